"""Copy a collection into another one, on any engine; no vector is computed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from visavis.datasets import Skipped
from visavis.errors import ModelMismatchError, RejectedError
from visavis.stores import Record, VectorStore
from visavis.upkeep.pages import Page, pages

_ROUNDS = 5
"""How often to go over a collection that keeps changing."""


@dataclass(frozen=True, slots=True)
class CopyReport:
    """Outcome of a copy, counted in sources.

    `copied` were written, `unchanged` were there already, `skipped` are damaged or cannot be kept
    by the other engine. `changing`: the original was still being changed at the end.
    """

    copied: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    changing: bool
    seconds: float


def copy(
    origin: VectorStore,
    target: VectorStore,
    progress: Callable[[int, int], None] | None = None,
) -> CopyReport:
    """Bring everything in `origin` into `target`: items, sources, metadata, vectors, regions.

    What is there already is not written again, so a copy that was stopped or killed is resumed by
    the same call, and what has changed since is brought up to date. What only `target` has stays.
    `progress` is called with the sources done and their number.

    Raises ModelMismatchError if the vectors are of different models, CollectionError if one of
    the stores cannot be read or written, or keeps no regions where there are some.
    """
    if (origin.model_id, origin.dim) != (target.model_id, target.dim):
        raise ModelMismatchError(
            f"{target.location} holds vectors of model {target.model_id!r}, "
            f"{origin.location} of {origin.model_id!r}: copy into a new collection"
        )
    run = _Run(origin, target, progress or (lambda *_: None))
    run.copy()
    return run.report()


class _Run:
    """One copy, which goes over the original until nothing was changed meanwhile."""

    def __init__(
        self, origin: VectorStore, target: VectorStore, progress: Callable[[int, int], None]
    ) -> None:
        self._start = perf_counter()
        self._origin, self._target, self._progress = origin, target, progress
        self._copied: set[str] = set()
        self._skipped: dict[str, Skipped] = {}
        self._found = 0
        self._changing = True

    def copy(self) -> None:
        """Go over all sources, again if the original has changed."""
        for _ in range(_ROUNDS):
            generation, self._found = self._origin.generation, 0
            expected = self._origin.stats().sources
            for page in pages(self._origin):
                self._copy_page(page)
                self._found += len(page.states)
                self._progress(self._found, max(expected, self._found))
            self._changing = self._origin.generation != generation
            if not self._changing:
                return

    def _copy_page(self, page: Page) -> None:
        sources = list(page.states)
        held = {each.item.source: each for each in self._target.records(sources)}
        self._skipped |= {each.where: each for each in page.damaged}
        self._put([each for each in page.records if not _same(each, held.get(each.item.source))])
        there = self._target.states(sources)
        for missing in (True, False):
            wrong = [
                source
                for source, state in there.items()
                if state.missing is not missing and page.states[source].missing is missing
            ]
            self._target.mark_missing(wrong, missing=missing)
            self._copied.update(wrong)

    def _put(self, records: Sequence[Record]) -> None:
        """Write records, all at once or, if the engine cannot keep one, each by itself."""
        try:
            self._target.upsert(records)
            self._copied.update(record.item.source for record in records)
        except RejectedError as error:
            if len(records) == 1:
                source = records[0].item.source
                self._skipped[source] = Skipped(source, str(error))
                return
            for record in records:
                self._put([record])

    def report(self) -> CopyReport:
        """Return what came of the copy."""
        return CopyReport(
            copied=len(self._copied),
            unchanged=max(0, self._found - len(self._copied | self._skipped.keys())),
            skipped=tuple(self._skipped.values()),
            changing=self._changing,
            seconds=perf_counter() - self._start,
        )


def _same(record: Record, held: Record | None) -> bool:
    """Tell whether a record is there already, with all it has."""
    if held is None or (record.item, record.stamp) != (held.item, held.stamp):
        return False
    if record.marks not in (None, held.marks):
        return False
    ours, theirs = _vectors(record), _vectors(held)
    return ours.items() <= theirs.items() and (not record.regions or ours == theirs)


def _vectors(record: Record) -> dict[str, bytes]:
    """Return the bytes of a record's vectors by their boxes; the full image has an empty one."""
    full = {} if record.vector is None else {"": record.vector.tobytes()}
    return full | {str(region.box): region.vector.tobytes() for region in record.regions}
