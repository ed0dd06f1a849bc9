"""Read a store from its first source to its last, whatever is damaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from visavis.datasets import Skipped
from visavis.errors import DamagedError
from visavis.stores import Record, SourceState, VectorStore

PAGE = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Some sources with their states, their records, and those that are damaged."""

    states: Mapping[str, SourceState]
    records: list[Record]
    damaged: list[Skipped]


def pages(store: VectorStore) -> Iterator[Page]:
    """Yield all sources in the order of their code points, missing ones included."""
    states = store.sources(limit=PAGE)
    while states:
        yield _page(store, states)
        states = store.sources(after=next(reversed(states)), limit=PAGE)


def _page(store: VectorStore, states: Mapping[str, SourceState]) -> Page:
    try:
        return Page(states, store.records(list(states)), [])
    except DamagedError:
        page = Page(states, [], [])
    for source in states:
        try:
            page.records.extend(store.records([source]))
        except DamagedError as error:
            page.damaged.append(Skipped(source, str(error)))
    return page
