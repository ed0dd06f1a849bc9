"""What the commands of the server share."""

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
    help="The file of keys; keys.json in the collection's folder by default.",
)


def ring_of(collection: str, named: Path | None) -> KeyRing:
    """Return the keys in the file named, or in the collection's folder."""
    folder = folder_of(collection)
    if named is None and folder is None:
        raise VisavisError(f"{collection} is not a folder: name a file with --keys")
    if named is None and folder and not folder.is_dir():
        raise VisavisError(f"{collection}: no collection here; name one, or a file with --keys")
    ring: KeyRing = load("keys").KeyRing(named or Path(collection) / "keys.json")
    return ring


def folder_of(collection: str) -> Path | None:
    """Return the folder of a collection, None for the URL of a database server."""
    return None if "://" in collection else Path(collection).absolute()


def load(name: str) -> Any:
    """Import a module of the server; raises MissingExtraError where its extra is missing."""
    return import_extra(f"visavis.server.{name}", "the server", "serve")
