"""Reads the hits of a search in SQLite: items, their first sources, boxes of regions."""

from __future__ import annotations

import json
import sqlite3
from itertools import chain

from visavis.stores.columns import damaged, read_box, read_item
from visavis.stores.filter_sql import compile_filter
from visavis.stores.matrix import Match
from visavis.types import Box, Filter, Hit, Hits, Item

FINDABLE = "FROM sources s JOIN items i ON i.row = s.item WHERE NOT s.missing"
# With min() the other columns come from the row that holds the least value.
FIRST_SOURCE = "i.row, i.id, i.modality, i.text, s.source, s.metadata, min(s.missing || s.source)"


def read_hits(
    database: sqlite3.Connection, best: list[list[Match]], k: int, where: Filter
) -> list[Hits]:
    """Return for each list of matches the k best as hits, with their first sources."""
    clause, parameters = compile_filter(where)
    matches = list(chain(*best))
    rows = database.execute(
        f"""SELECT {FIRST_SOURCE} {FINDABLE}
        AND s.item IN (SELECT value FROM json_each(?)){clause} GROUP BY i.row""",
        (json.dumps(list({match.row for match in matches})), *parameters),
    )
    found = {row: read_item(*columns) for row, *columns, _ in rows}
    if any(match.row not in found for match in matches):
        raise damaged("another program has changed its rows")
    boxes = _boxes(database, {match.row for match in matches if match.region})
    hits = [
        [_hit(found[m.row], m.score, boxes[m.row][m.region] if m.region else None) for m in each]
        for each in best
    ]
    return [Hits(sorted(each, key=lambda hit: (-hit.score, hit.id))[:k]) for each in hits]


def _hit(item: Item, score: float, box: Box | None) -> Hit:
    return Hit(item.id, round(score, 6), item.modality, item.source, item.text, box, item.metadata)


def _boxes(database: sqlite3.Connection, rows: set[int]) -> dict[int, list[Box | None]]:
    """Return the boxes of all vectors of some items, in order; None for the full image."""
    boxes: dict[int, list[Box | None]] = {row: [] for row in rows}
    stored = database.execute(
        """SELECT item, box FROM vectors WHERE item IN (SELECT value FROM json_each(?))
        ORDER BY item, box""",
        (json.dumps(list(rows)),),
    )
    for row, box in stored:
        boxes[row].append(read_box(box))
    return boxes
