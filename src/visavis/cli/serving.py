"""Options and helpers shared by `serve` and `keys`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from visavis.errors import VisavisError
from visavis.extras import import_extra

if TYPE_CHECKING:
    from visavis.server import KeyRing

keys_option = click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="VISAVIS_KEYS",
    show_envvar=True,
    help="Key file; by default keys.json in the collection's folder.",
)


def open_keys(collection: str, file: Path | None) -> KeyRing:
    """Return the keys in a file, by default in the collection's folder; raises VisavisError."""
    folder = collection_folder(collection)
    if file is None and folder is None:
        raise VisavisError(f"{collection} is not a folder: name a file with --keys")
    if file is None and folder and not folder.is_dir():
        raise VisavisError(f"{collection}: no collection here; name one, or a file with --keys")
    keys: KeyRing = import_server("keys").KeyRing(file or Path(collection) / "keys.json")
    return keys


def collection_folder(collection: str) -> Path | None:
    """Return the folder of a collection, None for the URL of a database server."""
    return None if "://" in collection else Path(collection).absolute()


def import_server(name: str) -> Any:
    """Import a module of the server; raises MissingExtraError if the extra is not installed."""
    return import_extra(f"visavis.server.{name}", "the server", "serve")
