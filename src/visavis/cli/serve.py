from __future__ import annotations

import os
from pathlib import Path

import click

from visavis.cli.options import collection_option, model_option
from visavis.cli.output import say
from visavis.cli.serving import import_server, keys_option


@click.command("serve")
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    help="Port to listen on; 0 for any free one.",
)
@click.option("--write", is_flag=True, help="Allow clients to add, mark and remove items.")
@click.option(
    "--originals",
    is_flag=True,
    help="Give original files, with the coordinates in them, to keys that may only read.",
)
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
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    help="Processes that share the port, each with the model in its memory.",
)
@keys_option
@collection_option
@model_option
def command(
    *,
    host: str,
    port: int,
    write: bool,
    originals: bool,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    queries: int,
    workers: int,
    keys: Path | None,
    collection: str,
    model: str | None,
) -> None:
    """Serve a collection as a web page and an HTTP API.

    If the collection has keys, every request needs one; a server that other machines can reach
    must have one: see visavis keys. Ctrl-C finishes the running requests, then stops.
    """
    # Before numpy is loaded: its threads wait by spinning, and take the cores from each other and
    # from the encoder while several queries run.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import_server("serve").serve(
        collection,
        model=model,
        host=host,
        port=port,
        keys=keys,
        write=write,
        originals=originals,
        hosts=hosts,
        origins=origins,
        queries=queries,
        workers=workers,
        started=say,
    )
