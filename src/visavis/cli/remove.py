from __future__ import annotations

import os
from collections.abc import Collection as Several
from pathlib import Path
from typing import TYPE_CHECKING

import click

from visavis.cli.options import collection_option, open_collection
from visavis.errors import CollectionError

if TYPE_CHECKING:
    from visavis.collection import Collection


@click.command("remove")
@click.argument("names", nargs=-1, required=True, metavar="ID|PATH...")
@collection_option
def command(names: tuple[str, ...], *, collection: str) -> None:
    """Take items out of a collection; the files themselves stay.

    An item is named by its id or by a path. A folder stands for all files below it, a file
    also for the texts in it or beside it. What the collection also knows from elsewhere stays.
    """
    with open_collection(collection, None) as opened:
        ids = {item.id for item in opened.get(names)}
        sources = _sources(opened, [name for name in names if name not in ids])
        count = opened.remove(ids=ids, sources=sources)
    print(f"{count:,} item{'s' if count != 1 else ''} removed")


def _sources(collection: Collection, names: Several[str]) -> list[str]:
    known = collection.store.sources() if names else {}
    return sorted({source for name in names for source in _matching(name, known)})


def _matching(name: str, known: Several[str]) -> list[str]:
    """Return the sources called `name`, below it or within it; there must be some."""
    if not name.strip():  # an unset variable of a shell must not stand for the current folder
        raise CollectionError("an empty name; name an id or a path, '.' for this folder")
    path = str(Path(name).absolute())
    inside = (path.rstrip(os.sep) + os.sep, f"{path}#", f"{name}#")
    found = [source for source in known if source in {name, path} or source.startswith(inside)]
    if not found:
        raise CollectionError(f"{name}: neither an id nor a path of this collection")
    return found
