from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from visavis.cli.options import collection_option, model_option, open_collection
from visavis.cli.serving import folder_of, keys_option, load, ring_of
from visavis.errors import VisavisError

if TYPE_CHECKING:
    from visavis.server import KeyRing


@click.command("serve")
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="0 takes a free one.")
@click.option("--write", is_flag=True, help="Let clients add and remove items.")
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Also answer to this name, such as photos.example.org behind a proxy. Repeatable.",
)
@click.option(
    "--cors",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Let pages of this site call, such as https://example.org. Repeatable.",
)
@click.option("--queries", type=click.IntRange(1), default=32, help="How many may run or wait.")
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
    """Serve a collection: a page to search in, and an API for programs.

    Where there are keys, each request needs one; beyond this machine there must be one: see
    visavis keys. Ctrl-C stops when all running requests are answered.
    """
    # Queries run beside one another: what numpy starts threads for would only get in their way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    running = load("running")
    with open_collection(collection, model) as opened:
        folder = folder_of(collection)
        settings = load("settings").Settings(
            name=folder.name if folder else "collection",
            keys=_needed_keys(collection, keys, host),
            write=write,
            hosts=(*running.LOCAL_NAMES, *hosts) if hosts or running.is_local(host) else (),
            origins=origins,
            folder=folder,
            queries=queries,
        )
        with running.listen(host, port) as listener:
            started = f"{settings.name} is at {running.url_of(listener)} (Ctrl-C stops)"
            running.run(opened, settings, listener, lambda: click.echo(started))


def _needed_keys(collection: str, named: Path | None, host: str) -> KeyRing | None:
    """Return the keys that clients need: none on this machine, unless there are some."""
    ring = ring_of(collection, named) if named or folder_of(collection) else None
    if ring and ring.keys:
        return ring
    if named:
        raise VisavisError(f"{named}: no keys there; make one with visavis keys add NAME")
    if not load("running").is_local(host):
        raise VisavisError(
            f"--host {host} is beyond this machine: make a key first, with visavis keys add NAME"
        )
    return None
