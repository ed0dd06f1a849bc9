"""How much an approximate index finds of what comparing all vectors finds."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

from visavis.stores.base import VectorStore
from visavis.types import Hits, Modality, Vectors


@dataclass(frozen=True, slots=True)
class Recall:
    """Mean share of the exact k best that the index found, and median milliseconds of a search."""

    queries: int
    k: int
    share: float
    milliseconds: float
    exact_milliseconds: float


def sample_queries(store: VectorStore, modality: Modality, count: int) -> Vectors:
    """Return vectors (≤ count, dim) of the other modality, or of the same if there are too few.

    They stand for queries: a text that looks for images lies elsewhere than the images do. Items
    whose vector was damaged are left out.
    """
    other: Modality = "text" if modality == "image" else "image"
    ids = store.ids(other, limit=count)
    # Ids are hashes, so the first ones are a fair sample.
    ids = ids if len(ids) == count else store.ids(modality, limit=count)
    encoded = store.encoded(ids)
    return store.vectors([name for name in ids if name in encoded])


def measure_recall(
    store: VectorStore, modality: Modality, queries: Vectors, k: int = 10, *, regions: bool = False
) -> Recall:
    """Search for each query (n, dim) both ways, in turns."""
    shares, times, exact_times = [], [], []
    for query in queries:
        near, spent = _search(store, query, k, modality, regions=regions, exact=False)
        best, spent_exactly = _search(store, query, k, modality, regions=regions, exact=True)
        wanted = {hit.id for hit in best}
        shares.append(len(wanted & {hit.id for hit in near}) / max(1, len(wanted)))
        times.append(spent)
        exact_times.append(spent_exactly)
    share = float(np.mean(shares)) if shares else 1.0
    return Recall(len(queries), k, share, median(times or [0]), median(exact_times or [0]))


def _search(
    store: VectorStore, query: Vectors, k: int, modality: Modality, *, regions: bool, exact: bool
) -> tuple[Hits, float]:
    start = perf_counter()
    (hits,) = store.search(query[np.newaxis], k, modality, regions=regions, exact=exact)
    return hits, 1000 * (perf_counter() - start)
