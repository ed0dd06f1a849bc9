"""Records for stores, short to write."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from visavis.stores import Record, Region, Stamp, create_store
from visavis.types import Box, Item

DIM = 6


def unit(*values):
    vector = np.zeros(DIM, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def image(name, vector=None, /, *, source=None, stamp=None, **metadata):
    return Record(Item(name, "image", source or f"{name}.jpg", None, metadata), vector, stamp)


def caption(name, vector, text, **metadata):
    return Record(Item(name, "text", f"texts.txt#{name}", text, metadata), vector)


def with_regions(name, full, *others, **more):
    """An image whose regions lie side by side, ten pixels wide."""
    regions = [Region(Box(10 * n, 0, 10, 10), vector) for n, vector in enumerate(others)]
    return replace(image(name, full, **more), regions=regions)


def filled_store(location):
    """Create a collection of five images, i1 to i5."""
    store = create_store(location, "model@1", DIM)
    store.upsert([image(f"i{n}", unit(n, 1)) for n in range(1, 6)])
    return store


def found(store, *args, **kwargs):
    """Return the ids of what a search for `unit(1)` finds."""
    (hits,) = store.search(unit(1)[np.newaxis], *args, **kwargs)
    return [hit.id for hit in hits]


def fill(store, count=20):
    """Put in images with regions, copies and captions; the first image has vanished."""
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(count, 3, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    for n, (full, one, two) in enumerate(vectors):
        stamp = Stamp(n, 10**18 + n)
        store.upsert(
            [
                with_regions(f"{n:03}", full, one, two, stamp=stamp, width=n, tags=["a", None]),
                image(f"{n:03}", None, source=f"copy/é{n:03}.jpg", stamp=stamp, album="2024"),
                caption(f"t{n:03}", one, f"légende {n}", lang="fr"),
            ]
        )
    store.mark_missing(["000.jpg", "copy/é000.jpg"])
    return store


def all_of(store):
    """Return all that a store holds, in plain values."""
    sources = store.sources(limit=10**6)
    return {
        record.item.source: (
            record.item,
            record.vector.tolist(),
            record.stamp,
            sources[record.item.source].missing,
            [(str(each.box), each.vector.tolist()) for each in record.regions],
        )
        for record in store.records(list(sources))
    }


def asked(store):
    queries = np.stack([unit(1), unit(0, 1)])
    return [store.search(queries, 9, regions=regions) for regions in (False, True)]
