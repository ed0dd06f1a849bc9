"""Options and helpers shared by `serve` and `keys`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from visavis.extras import import_extra

keys_option = click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="VISAVIS_KEYS",
    show_envvar=True,
    help="Key file; by default keys.json in the collection's folder.",
)


def import_server(name: str) -> Any:
    """Import a module of the server; raises MissingExtraError if the extra is not installed."""
    return import_extra(f"visavis.server.{name}", "the server", "serve")
