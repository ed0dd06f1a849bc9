"""Write a collection into one file: for other programs, or to be searched elsewhere."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np

from visavis.datasets import Skipped
from visavis.errors import CollectionError, MissingExtraError, reason
from visavis.files import replacing
from visavis.stores import Record, SourceState, SQLiteStore, VectorStore
from visavis.upkeep.copying import copy
from visavis.upkeep.pages import pages

Progress: TypeAlias = Callable[[int, int], None]

COLUMNS = ("id", "modality", "source", "missing", "text", "box", "metadata", "vector")
MAX_BYTES = 4_000_000_000
"""Bytes of an .npz in memory; Parquet is written piece by piece."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Outcome of an export: rows of a table, or sources of a collection; what is damaged.

    `regions` were left out. `changing`: the collection was changed meanwhile, and a table may hold
    some of it before and some of it after.
    """

    rows: int
    bytes: int
    regions: int
    skipped: tuple[Skipped, ...]
    changing: bool
    seconds: float


def export(
    store: VectorStore,
    file: str | Path,
    *,
    regions: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Write a collection into a file whose suffix says what it is; one that is there is replaced.

    - `.sqlite` is a collection in one file, with everything: it can be searched anywhere, and
      `copy` makes a folder or a database of it. Nothing has to stop while it is written.
    - `.parquet` and `.npz` are tables for other programs, one row a source in the order of the
      sources, with the columns `id`, `modality`, `source`, `missing`, `text`, `box`, `metadata`
      (JSON) and `vector`; with `regions`, a row for each region follows, with its box as
      "x,y,width,height".

    The file appears when it is complete. Raises CollectionError for another suffix, for the
    collection's own file, and if it cannot be written; MissingExtraError without pyarrow.
    """
    path = Path(file)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise CollectionError(f"{file}: expected a name that ends in {', '.join(_WRITERS)}")
    refuse_own_file(path, store.location)
    start, generation = perf_counter(), store.generation
    try:
        rows = write(store, path, regions, progress or (lambda *_: None))
        size = path.stat().st_size
    except OSError as error:
        raise CollectionError(f"{file}: {reason(error)}") from error
    return ExportReport(
        rows=rows.count,
        bytes=size,
        regions=rows.left_out,
        skipped=tuple(rows.skipped),
        changing=rows.torn and store.generation != generation,
        seconds=perf_counter() - start,
    )


def refuse_own_file(file: str | Path, location: str) -> None:
    """Raise CollectionError if a file to be written is the collection or lies inside of it."""
    own, path = Path(location).resolve(), Path(file).resolve()
    if "://" not in location and (path == own or own in path.parents):
        raise CollectionError(f"{file} is inside of the collection; name a file elsewhere")


class _Rows:
    """The rows of a table, some at a time, each time as a dict of columns."""

    def __init__(self, store: VectorStore, progress: Progress, *, regions: bool) -> None:
        self._store, self._progress, self._regions = store, progress, regions
        self.count = self.left_out = 0
        self.skipped: list[Skipped] = []
        self.torn = True
        """Whether the rows may be of several states of the collection."""

    def __iter__(self) -> Iterator[dict[str, list[Any]]]:
        done, found = 0, self._store.stats().sources
        for page in pages(self._store):
            self.skipped += page.damaged
            records = sorted(page.records, key=lambda record: record.item.source)
            rows = [row for each in records for row in self._rows(each, page.states)]
            self.count += len(rows)
            done += len(page.states)
            self._progress(done, max(done, found))
            yield {name: [row[n] for row in rows] for n, name in enumerate(COLUMNS)}

    def _rows(self, record: Record, states: Mapping[str, SourceState]) -> Iterator[tuple[Any, ...]]:
        item, missing = record.item, states[record.item.source].missing
        metadata = json.dumps(dict(item.metadata), ensure_ascii=False)
        about = (item.id, item.modality, item.source, missing, item.text)
        if record.vector is None:
            self.skipped.append(Skipped(item.source, "its item has no vector"))
            return
        yield (*about, None, metadata, record.vector)
        if not self._regions:
            self.left_out += len(record.regions)
            return
        for region in record.regions:
            yield (*about, str(region.box), metadata, region.vector)


def _write_parquet(store: VectorStore, path: Path, regions: bool, progress: Progress) -> _Rows:  # noqa: FBT001
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise MissingExtraError("Parquet", "parquet") from None
    types = dict.fromkeys(COLUMNS, pa.string())
    types |= {"missing": pa.bool_(), "vector": pa.list_(pa.float32(), store.dim)}
    schema = pa.schema(types, metadata={"model": store.model_id})
    rows = _Rows(store, progress, regions=regions)
    with (
        replacing(path) as file,
        parquet.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        for columns in rows:
            vectors = np.asarray(columns.pop("vector"), np.float32).reshape(-1)
            flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors), store.dim)
            arrays = [pa.array(columns[name], types[name]) for name in COLUMNS[:-1]]
            writer.write_batch(pa.record_batch([*arrays, flat], schema))
    return rows


def _write_npz(store: VectorStore, path: Path, regions: bool, progress: Progress) -> _Rows:  # noqa: FBT001
    rows = _Rows(store, progress, regions=regions)
    table: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for columns in rows:
        for name, values in columns.items():
            table[name] += values
        longest = sum(max(map(len, filter(None, table[name])), default=0) for name in _TEXTS)
        if rows.count * 4 * (store.dim + longest) > MAX_BYTES:
            raise CollectionError(f"{path}: too large for NumPy's format; export to .parquet")
    arrays: dict[str, Any] = {
        name: np.array([v or "" for v in table[name]], str) for name in _TEXTS
    }
    arrays["missing"] = np.array(table["missing"], bool)
    arrays["vector"] = np.asarray(table["vector"], np.float32).reshape(-1, store.dim)
    with replacing(path) as file:
        np.savez(file, model=np.array(store.model_id), **{name: arrays[name] for name in COLUMNS})
    return rows


def _write_sqlite(store: VectorStore, path: Path, regions: bool, progress: Progress) -> _Rows:  # noqa: ARG001, FBT001
    rows = _Rows(store, progress, regions=True)
    if isinstance(store, SQLiteStore):
        store.check()  # damage must not replace an older copy
        store.backup(path)
        rows.count, rows.torn = store.stats().sources, False
        return rows
    with tempfile.TemporaryDirectory(prefix=".visavis-", dir=path.parent) as folder:
        target = SQLiteStore.create(folder, store.model_id, store.dim)
        try:
            report = copy(store, target, progress)
            target.backup(path)
        finally:
            target.close()
    rows.count, rows.torn = report.copied, report.changing
    rows.skipped += report.skipped
    return rows


_TEXTS = ("id", "modality", "source", "text", "box", "metadata")
_WRITERS = {".sqlite": _write_sqlite, ".parquet": _write_parquet, ".npz": _write_npz}
