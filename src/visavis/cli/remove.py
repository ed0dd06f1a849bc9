from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from visavis.cli.options import collection_option, open_collection
from visavis.cli.output import say
from visavis.errors import CollectionError
from visavis.remote import is_remote

if TYPE_CHECKING:
    from visavis.stores import VectorStore


@click.command("remove")
@click.argument("names", nargs=-1, required=True, metavar="ID|PATH...")
@collection_option
def command(names: tuple[str, ...], *, collection: str) -> None:
    """Remove items from a collection; the files themselves stay.

    Name items by id or path. A folder stands for all files below it, a file also for the texts
    in it or beside it. Items that have another source in the collection stay.
    """
    with open_collection(collection, None) as opened:
        ids = {item.id for item in opened.get(names)}
        named = [_sources(opened.store, name) for name in names if name not in ids]
        count = opened.remove(ids=ids, sources=sorted(set().union(*named)))
    say("1 item removed" if count == 1 else f"{count:,} items removed")


def _sources(store: VectorStore, name: str) -> set[str]:
    """Return the sources equal to `name`, below it or within it; there must be some."""
    if not name.strip():  # an unset shell variable must not mean the current folder
        raise CollectionError("an empty name; give an id or a path, '.' for this folder")
    # As `index` names sources.
    path = name if is_remote(name) else os.path.abspath(Path(name).expanduser())  # noqa: PTH100
    found = set(store.states([name, path]))
    for prefix in (path.rstrip(os.sep) + os.sep, f"{path}#", f"{name}#"):
        found.update(source for source, _ in store.iter_sources(prefix))
    if not found:
        raise CollectionError(f"{name}: neither an id nor a path of this collection")
    return found
