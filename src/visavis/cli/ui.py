from __future__ import annotations

import os
from typing import Any

import click
from click.core import ParameterSource

from visavis.cli.options import collection_option, model_option
from visavis.cli.output import say
from visavis.cli.serving import import_server


@click.command("ui")
@click.argument("sources", nargs=-1, is_eager=True, metavar="[FOLDER]...")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    help="Port to listen on. Without this option, another one if it is taken.",
)
@click.option(
    "--browser/--no-browser", default=True, help="Open the page in the browser.", show_default=False
)
@click.option("--regions", is_flag=True, help="Index regions of the images too.")
@collection_option
@model_option
@click.pass_context
def command(
    context: click.Context,
    *,
    sources: tuple[str, ...],
    port: int,
    browser: bool,
    regions: bool,
    collection: str,
    model: str | None,
) -> None:
    """Index folders, and search them in the browser.

    Without a FOLDER, the collection is shown as it is. The page is for this machine only; see
    visavis serve for others. Ctrl-C ends it.
    """
    # Before numpy is loaded: see visavis serve.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    run = import_server("run")
    if sources:
        _index(context, sources, regions=regions, collection=collection, model=model)
    options = {"model": model, "browser": browser and _has_screen(), "started": say}
    try:
        import_server("serve").serve(collection, port=port, **options)
    except run.ListenError:
        if context.get_parameter_source("port") is not ParameterSource.DEFAULT:
            raise
        import_server("serve").serve(collection, port=0, **options)


def _index(context: click.Context, sources: tuple[str, ...], **options: Any) -> None:
    """Do what `visavis index` does; skipped files, which it lists, do not stop the rest."""
    from visavis.cli.index import command as index

    try:
        context.invoke(index, sources=sources, **options)
    except click.exceptions.Exit:
        return


def _has_screen() -> bool:
    """Tell whether a browser can be shown; one in the terminal would take the terminal away."""
    named = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return os.name == "nt" or os.uname().sysname == "Darwin" or any(map(os.environ.get, named))
