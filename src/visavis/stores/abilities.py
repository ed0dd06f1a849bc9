"""What an engine may do beyond the contract: lists in order, marks, indexes, migration."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol, Self, TypeAlias

from visavis.errors import CollectionError
from visavis.stores.base import PAGE, VectorStore
from visavis.stores.records import (
    IndexState,
    Listed,
    Order,
    OrderKey,
    Place,
    Record,
    SourceState,
)
from visavis.types import Filter, Metadata, Modality

Change: TypeAlias = Callable[[str, Metadata], Metadata]
"""What returns new marks for an item, from its id and its marks."""


class TimelineStore(VectorStore):
    """A store that lists its items in order, and counts them by month.

    Items are those that a search with the same filter would rank, each at its first source that
    is not missing and meets the filter. `taken` is that source's metadata, if it is a text that
    begins with a year and a month; `added` is when the item came into the store.
    """

    @abstractmethod
    def listed(
        self,
        order: Order,
        after: Place | None = None,
        limit: int = PAGE,
        modality: Modality | None = None,
        where: Filter = (),
    ) -> list[Listed]:
        """Return a page of items: the next `limit` after a place; an empty page is the end."""

    @abstractmethod
    def months(
        self, key: OrderKey, modality: Modality | None = None, where: Filter = ()
    ) -> dict[str, int]:
        """Count items by the month of a date, such as "2026-05", in order.

        Those without the date are counted under "", last.
        """


class MarkableStore(VectorStore):
    """A store whose items can be marked: metadata that people set, such as albums.

    Marks belong to the item and stand in the metadata of all its sources, in place of values
    with the same keys. They stay when a source is written again, as indexing does.
    """

    def mark(self, ids: Sequence[str], change: Change) -> int:
        """Replace the marks of items by what `change` returns, in one step; count those changed.

        `change` is given the id and the marks of an item. Values are texts, numbers, truth values
        and lists of them. Unknown ids are passed over.
        """
        return self._mark(ids, lambda *item: _checked_marks(self.location, change(*item)))

    @abstractmethod
    def _mark(self, ids: Sequence[str], change: Change) -> int: ...


class ApproximateStore(VectorStore):
    """A store that may have approximate indexes, derived from its vectors.

    Once an index is built, searches of more than `least` vectors use it. It answers for additions
    and deletions at once, and scores are those of the vectors themselves: only an item that
    should be among the best may be left out. Where a filter leaves too few of the candidates,
    all vectors that meet it are compared.
    """

    least: int
    """Number of vectors below which all of them are compared."""

    @abstractmethod
    def build_index(self, modality: Modality, *, regions: bool = False) -> None:
        """Build the index of what a search of this sort ranks, or bring it up to date."""

    @abstractmethod
    def drop_index(self, modality: Modality, *, regions: bool = False) -> None:
        """Remove an index, if there is one."""

    @abstractmethod
    def index_state(self, modality: Modality, *, regions: bool = False) -> IndexState | None:
        """Describe an index; None if there is none that can be used."""

    def has_older_index(self, modality: Modality) -> bool:  # noqa: ARG002 - most have none
        """Tell whether the only index is one that an earlier version made, which is not used."""
        return False


class MigratableStore(VectorStore):
    """A store that can be given the vectors of another model while it is searched."""

    @abstractmethod
    def migrate(self, model_id: str, dim: int) -> Migration:
        """Begin to migrate to another model, or resume; a migration elsewhere is given up."""

    @abstractmethod
    def current(self) -> Self:
        """Return the store for the present vectors: itself, or another after a migration.

        Both share their connections: to close one is to close both.
        """


class Migration(Protocol):
    """A store on its way to another model, whose vectors wait beside the old ones.

    It may be interrupted at any time; call `migrate` again to resume. Searches see the old
    vectors until it is finished, and the new ones after; a store that is open meanwhile then
    raises a CollectionError that says so.
    """

    def counts(self) -> tuple[int, int]:
        """Return how many items have new vectors already, and how many items there are."""

    def left(self, after: str = "", limit: int = PAGE) -> dict[str, dict[str, SourceState]]:
        """Return a page of items without new vectors, by id, with the states of their sources.

        Sources that are not missing come first.
        """

    def put(self, records: Iterable[Record]) -> None:
        """Keep new vectors, with their regions, in one transaction; skip unknown items."""

    def finish(self, without: Collection[str]) -> bool:
        """Put the new vectors in place of the old ones, in one step.

        The items `without` new vectors stay, but their sources are marked as missing. Returns
        False, and changes nothing, if other items lack theirs: some may be new.
        """


def _checked_marks(location: str, marks: Metadata) -> Metadata:
    for key, value in marks.items():
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, str | int | float):
                raise CollectionError(
                    f"{location}: the mark {key!r} is {value!r}: give a text, a number, "
                    "true or false, or a list of them"
                )
    return marks
