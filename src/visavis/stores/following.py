"""Following a store: what was added, changed and removed since a reader last looked."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from visavis.errors import ExpiredError
from visavis.stores.base import PAGE, VectorStore
from visavis.types import Item

ChangeKind: TypeAlias = Literal["added", "changed", "removed"]
KEPT = 100_000
"""Generations after which a reader has to begin again: what was removed before is forgotten."""
_END = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What has become of an item; one that was removed, or has no source left, is None."""

    id: str
    kind: ChangeKind
    item: Item | None


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a reader has followed a store.

    `generation`, `is_item` and `number` are the place of the last change that was read: within a
    generation, removals come first. The reader has all that was there at generation `seen`,
    whose random `mark` tells it from that of another store or of a restored copy; on the `first`
    reading it has nothing yet, and `seen` is when it began.
    """

    seen: int
    mark: str
    first: bool = False
    generation: int = -1
    is_item: bool = True
    number: int = _END


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes; `bookmark` continues after them, and there may be `more` at once."""

    changes: list[ItemChange]
    bookmark: Bookmark
    more: bool


class FollowableStore(VectorStore):
    """A store that tells what was added, changed and removed since a reader last looked.

    Each item is named once, as it is now: as added if the reader cannot have it yet. Vectors
    are not looked at: a migration to another model changes no item.
    """

    @abstractmethod
    def changes(self, after: Bookmark | None = None, limit: int = PAGE) -> Changes:
        """Return the next changes after a bookmark; without one, all items as added.

        Raises ExpiredError if the bookmark is too old, or of another store.
        """


class ChangeLog:
    """The changes that the tables `items`, `removed` and `generations` have, in one transaction.

    `execute` runs SQL whose parameters are written as `parameter`; `get` returns items by id.
    """

    def __init__(
        self,
        execute: Callable[[str, Sequence[Any]], Iterable[Any]],
        get: Callable[[list[str]], dict[str, Item]],
        parameter: str,
    ) -> None:
        self._execute, self._get, self._parameter = execute, get, parameter

    def follow(self, after: Bookmark | None, limit: int) -> Changes:
        """Return a page of changes as `FollowableStore.changes` does."""
        ((head, mark),) = self._run(
            "SELECT number, mark FROM generations ORDER BY number DESC LIMIT 1"
        )
        after = after or Bookmark(head, mark, first=True)
        if (after.mark,) not in self._run(
            "SELECT mark FROM generations WHERE number = ?", after.seen
        ):
            raise ExpiredError("what has changed since then is not known any more; begin again")
        rows = sorted(self._removed(after, limit + 1) + self._changed(after, limit + 1))
        more = len(rows) > limit
        changes = self._described(rows[:limit], -1 if after.first else after.seen)
        if not more:
            return Changes(changes, Bookmark(head, mark, generation=head), more)
        generation, is_item, number, *_ = rows[limit - 1]
        place = replace(after, generation=generation, is_item=bool(is_item), number=number)
        return Changes(changes, place, more)

    def _removed(self, after: Bookmark, limit: int) -> list[tuple[Any, ...]]:
        return self._run(
            """SELECT generation, 0, number, id, 0, FALSE FROM removed
            WHERE (generation, number) > (?, ?) ORDER BY generation, number LIMIT ?""",
            after.generation,
            _END if after.is_item else after.number,
            limit,
        )

    def _changed(self, after: Bookmark, limit: int) -> list[tuple[Any, ...]]:
        return self._run(
            """SELECT changed, 1, row, id, came,
                EXISTS (SELECT 1 FROM sources s WHERE s.item = i.row AND NOT s.missing)
            FROM items i WHERE (changed, row) > (?, ?) ORDER BY changed, row LIMIT ?""",
            after.generation,
            after.number if after.is_item else -1,
            limit,
        )

    def _described(self, rows: Sequence[tuple[Any, ...]], seen: int) -> list[ItemChange]:
        items = self._get([name for *_, name, _, findable in rows if findable])
        changes = []
        for *_, name, came, findable in rows:
            kind: ChangeKind = "removed"
            if findable:
                kind = "added" if came > seen else "changed"
            changes.append(ItemChange(name, kind, items.get(name)))
        return changes

    def _run(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return list(self._execute(sql.replace("?", self._parameter), parameters))
