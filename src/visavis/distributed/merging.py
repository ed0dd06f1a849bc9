"""Merge encoded shards into one collection, each item once however often it is done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from visavis.datasets import Skipped
from visavis.distributed.shards import REPORT, Shard
from visavis.errors import CollectionError
from visavis.stores import SQLiteStore, VectorStore, open_store
from visavis.upkeep import copy


@dataclass(frozen=True, slots=True)
class MergeReport:
    """Outcome of a merge, counted in sources as `visavis.upkeep.CopyReport` counts them.

    `refused` are the files that could not be read when the shards were encoded. `incomplete` are
    shards, such as `3/16`, that are not there, not encoded to their end, or being encoded.
    """

    shards: int
    copied: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    refused: tuple[Skipped, ...]
    incomplete: tuple[str, ...]
    seconds: float


def shards_in(folder: str | Path) -> list[Path]:
    """Return the folders of shards in a folder, by name; none if it is something else."""
    if "://" in str(folder) or SQLiteStore.exists(str(folder)):
        return []
    named = (path for path in Path(folder).glob("shard-*") if Shard.of_folder(path))
    return sorted(path for path in named if SQLiteStore.exists(str(path)))


def merge(
    shards: Sequence[Path],
    target: VectorStore,
    progress: Callable[[int, int], None] | None = None,
) -> MergeReport:
    """Copy the shards into a collection on any engine; nothing is encoded again.

    An item is written once, whatever the number of shards that hold it. What is there already
    stays, so a merge that was stopped is resumed by the same call, and shards that were encoded
    meanwhile are added. `progress` is called with the shards done and their number.

    Raises CollectionError as `copy` does, and ModelMismatchError for shards of another model.
    """
    start, copied, unchanged = perf_counter(), 0, 0
    skipped: list[Skipped] = []
    incomplete = list(_absent(shards))
    for done, folder in enumerate(shards, 1):
        complete = (folder / REPORT).exists()
        with closing(open_store(str(folder))) as store:
            report = copy(store, target)
        copied += report.copied
        unchanged += report.unchanged
        skipped += report.skipped
        if report.changing or not complete:
            incomplete.append(str(Shard.of_folder(folder)))
        if progress:
            progress(done, len(shards))
    return MergeReport(
        shards=len(shards),
        copied=copied,
        unchanged=unchanged,
        skipped=tuple(skipped),
        refused=tuple(each for folder in shards for each in _refused(folder)),
        incomplete=tuple(sorted(incomplete)),
        seconds=perf_counter() - start,
    )


def _absent(shards: Sequence[Path]) -> Iterator[str]:
    """Yield the shards that are not there, going by the names of those that are."""
    there = {shard for shard in map(Shard.of_folder, shards) if shard}
    for count in sorted({shard.count for shard in there}):
        every = (Shard(number, count) for number in range(1, count + 1))
        yield from (str(shard) for shard in every if shard not in there)


def _refused(folder: Path) -> list[Skipped]:
    """Return the files that could not be read, by the report of a shard."""
    try:
        report = json.loads((folder / REPORT).read_text("utf-8"))
        return [Skipped(each["where"], each["reason"]) for each in report["skipped"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError):
        raise CollectionError(
            f"{folder / REPORT}: cannot be read; encode the shard again"
        ) from None
