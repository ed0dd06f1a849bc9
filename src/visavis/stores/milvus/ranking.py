"""Ranks the vectors of a collection in Milvus: by its index, or all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from visavis.stores.columns import read_box
from visavis.stores.conditions import meets
from visavis.stores.milvus.entries import SEEN, item_of
from visavis.stores.milvus.expressions import compile_filter
from visavis.stores.milvus.table import MOST_ROWS, Table, batched
from visavis.stores.records import Ranking
from visavis.types import Hit, Hits, Vectors

MOST = 200
"""Results up to which an index is asked; more are found by comparing all vectors."""
_EF = 200
"""Candidates that an index looks at, at least."""
_VECTORS_OF_ITEM = 18
"""Vectors of an image with regions, its full image included."""
_BLOCK = 4096

Scored = tuple[dict[str, Any], float]


def search(table: Table, queries: Vectors, ranking: Ranking, *, exact: bool) -> list[Hits]:
    """Return the hits of each query (n, dim); with `exact`, no graph is asked."""
    is_flat = table.index_kind() == "FLAT"
    if not is_flat and (exact or ranking.k > MOST):
        return _compare_here(table, queries, ranking)
    found = [_near(table, query, ranking, is_flat=is_flat) for query in queries]
    open_ones = [number for number, hits in enumerate(found) if hits is None]
    best = [hits or Hits() for hits in found]
    if open_ones:
        compared = _compare_here(table, queries[open_ones], ranking)
        for number, hits in zip(open_ones, compared, strict=True):
            best[number] = hits
    return best


def ranked(ranking: Ranking) -> str:
    """Return the expression for what a search ranks; it may accept more than the filter does."""
    parts = f'part == "{ranking.modality}"'
    if ranking.regions:
        parts = f'part in ["{ranking.modality}", "regions"]'
    return f"{parts} and findable{compile_filter(ranking.where).text}"


def _near(table: Table, query: Vectors, ranking: Ranking, *, is_flat: bool) -> Hits | None:
    """Ask for more candidates until the best are certain; None if Milvus returns no more of them.

    Of an item with several sources there are several candidates, a filter may refuse some, and
    of those with the same score the first by id is wanted.
    """
    where, limit = ranked(ranking), 4 * ranking.k * (_VECTORS_OF_ITEM if ranking.regions else 1)
    while True:
        limit = min(max(limit, 16), MOST_ROWS)
        rows = table.near(query, where, SEEN, limit, None if is_flat else max(_EF, limit))
        best = _best(rows, ranking)
        is_end = len(rows) < limit
        if is_end or (len(best) == ranking.k and best[-1].score > round(rows[-1][1], 6)):
            return Hits(best, exact=is_flat)
        if limit == MOST_ROWS:
            return None
        limit *= 4


def _compare_here(table: Table, queries: Vectors, ranking: Ranking) -> list[Hits]:
    """Read all vectors and compare them here: exact, whatever the index."""
    best: list[list[Scored]] = [[] for _ in queries]
    for block in batched(table.scan(ranked(ranking), [*SEEN, "vector"]), _BLOCK):
        vectors = np.array([row.pop("vector") for row in block], np.float32)
        for number, scores in enumerate(queries @ vectors.T):
            rows = [*best[number], *zip(block, scores.tolist(), strict=True)]
            kept = {hit.id for hit in _best(rows, ranking)}
            best[number] = [(row, score) for row, score in rows if row["item"] in kept]
    return [Hits(_best(rows, ranking)) for rows in best]


def _best(rows: Iterable[Scored], ranking: Ranking) -> list[Hit]:
    """Return the k best items that meet the filter, each by its best row."""
    best: dict[str, Hit] = {}
    rank = [(-round(score, 6), row["item"], row["box"], row["source"], row) for row, score in rows]
    for score, name, box, _, row in sorted(rank, key=lambda each: each[:4]):
        if name not in best and (not ranking.where or meets(item_of(row), ranking.where)):
            item = item_of(row)
            best[name] = Hit(
                name, -score, item.modality, item.source, item.text, read_box(box), item.metadata
            )
            if len(best) == ranking.k:
                break
    return list(best.values())
