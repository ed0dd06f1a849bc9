from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from visavis.cli.options import collection_option, model_option, open_collection
from visavis.cli.serving import collection_folder, import_server, keys_option, open_keys
from visavis.errors import VisavisError

if TYPE_CHECKING:
    from visavis.server import KeyRing


@click.command("serve")
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    help="Port to listen on; 0 for any free one.",
)
@click.option("--write", is_flag=True, help="Allow clients to add and remove items.")
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Another host name to answer to, such as photos.example.org. Repeatable.",
)
@click.option(
    "--cors",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="A site whose pages may call the API, such as https://example.org. Repeatable.",
)
@click.option("--queries", type=click.IntRange(1), default=32, help="Queries that may run or wait.")
@keys_option
@collection_option
@model_option
def command(
    *,
    host: str,
    port: int,
    write: bool,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    queries: int,
    keys: Path | None,
    collection: str,
    model: str | None,
) -> None:
    """Serve a collection as a web page and an HTTP API.

    If the collection has keys, every request needs one; a server that other machines can reach
    must have one: see visavis keys. Ctrl-C finishes the running requests, then stops.
    """
    # Queries run in parallel: numpy's own threads would only compete with them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    server = import_server("run")
    with open_collection(collection, model) as opened:
        folder = collection_folder(collection)
        settings = import_server("settings").Settings(
            name=folder.name if folder else "collection",
            keys=_required_keys(collection, keys, host),
            write=write,
            hosts=(*server.LOCAL_NAMES, *hosts) if hosts or server.is_local(host) else (),
            origins=origins,
            folder=folder,
            queries=queries,
        )
        with server.listen(host, port) as listener:
            started = f"{settings.name} is at {server.url_of(listener)} (Ctrl-C stops)"
            server.run(opened, settings, listener, lambda: click.echo(started))


def _required_keys(collection: str, file: Path | None, host: str) -> KeyRing | None:
    """Return the keys of the collection; None if it has none and only this machine is served."""
    keys = open_keys(collection, file) if file or collection_folder(collection) else None
    if keys and keys.keys:
        return keys
    if file:
        raise VisavisError(f"{file}: no keys there; make one with visavis keys add NAME")
    if not import_server("run").is_local(host):
        raise VisavisError(
            f"--host {host} is beyond this machine: make a key first, with visavis keys add NAME"
        )
    return None
