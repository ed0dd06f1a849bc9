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
    """Return the sources called one of `names`, below it or within it; each must have some."""
    prefixes = {name: _prefixes(name) for name in names}
    found: dict[str, set[str]] = {name: set() for name in names}
    for source, _ in collection.store.iter_sources() if names else ():
        for name, (exact, inside) in prefixes.items():
            if source in exact or source.startswith(inside):
                found[name].add(source)
    for name, sources in found.items():
        if not sources:
            raise CollectionError(f"{name}: neither an id nor a path of this collection")
    return sorted(set().union(*found.values()))


def _prefixes(name: str) -> tuple[set[str], tuple[str, ...]]:
    """Return what a source must be, or begin with, to belong to a name."""
    if not name.strip():  # an unset variable of a shell must not stand for the current folder
        raise CollectionError("an empty name; name an id or a path, '.' for this folder")
    path = str(Path(name).absolute())
    return {name, path}, (path.rstrip(os.sep) + os.sep, f"{path}#", f"{name}#")
