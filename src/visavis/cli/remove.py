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

    An item is named by its id or by a path; a folder stands for all files below it. A
    picture that the collection also knows from another path stays.
    """
    with open_collection(collection, None) as opened:
        ids = {item.id for item in opened.get(names)}
        sources = _sources(opened, [name for name in names if name not in ids])
        count = opened.remove(ids=ids, sources=sources)
    print(f"{count:,} items removed")


def _sources(collection: Collection, names: Several[str]) -> list[str]:
    known = collection.store.sources() if names else {}
    return sorted({source for name in names for source in _matching(name, known)})


def _matching(name: str, known: Several[str]) -> list[str]:
    """Return the sources called `name` (from any folder) or below it; there must be some."""
    path = str(Path(name).absolute())
    below = path.rstrip(os.sep) + os.sep
    found = [s for s in known if s in {name, path} or s.startswith(below)]
    if not found:
        raise CollectionError(f"{name}: neither an id nor a path of this collection")
    return found
