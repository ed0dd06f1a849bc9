"""Index on a cluster of Ray: its workers encode shards, one process merges them."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from visavis.collection import Collection
from visavis.distributed.shards import Shard, embed
from visavis.encoders import Encoder, load_encoder
from visavis.errors import CollectionError, MissingExtraError, UnavailableError, first_line
from visavis.indexing import Findings, IndexProgress, IndexReport, changed_sources, index
from visavis.stores import SQLiteStore, VectorStore
from visavis.upkeep import copy

SOURCES = 512
"""Images and texts in a shard: some seconds of work, so little is done again if a node dies."""
LOCAL = "local"
"""The address that starts a cluster on this machine, for as long as the run takes."""


def index_on_ray(
    findings: Findings,
    collection: Collection,
    *,
    address: str = LOCAL,
    model: str | None = None,
    regions: bool = False,
    sources: int = SOURCES,
    progress: Callable[[IndexProgress], None] | None = None,
) -> IndexReport:
    """Index what was found as `index` does, but encode on the workers of a cluster of Ray.

    `address` is that of a cluster, "auto" for the one that this machine belongs to. Workers must
    see the sources under the same paths or URLs, have visavis and find the `model`, a name or
    folder. A shard has so many `sources`; if its worker or node dies, another one encodes it. It
    is merged as `merge` does it, so each item is written once, whatever was encoded twice. What
    no worker could read or encode is tried here at the end. Index again to resume.

    Raises what `index` raises, MissingExtraError without Ray, and UnavailableError if there is no
    cluster at the address.
    """
    start = perf_counter()
    pending = changed_sources(findings, collection, regions=regions)
    run = _Run(collection.store, pending)
    shards = [pending[first : first + sources] for first in range(0, len(pending), sources)]
    found = len(findings.images) + len(findings.texts) + len(findings.skipped)
    known = found - len(pending)

    def tell(done: int = 0, encoded: int = 0) -> None:
        if progress:
            now = max(done, known + run.done), run.skipped, run.images + encoded
            progress(IndexProgress(found, *now, perf_counter() - start))

    with _cluster(address if shards else "") as ray:
        tasks = (findings.only(shard) for shard in shards)
        for outcome in _encoded(ray, tasks, model, regions=regions) if ray else ():
            run.merge(*outcome)
            tell()
    report = index(
        findings, collection, regions=regions, progress=lambda now: tell(now.done, now.encoded)
    )
    return run.report(report, perf_counter() - start)


class _Run:
    """What became of the sources that were not in the collection as they are now."""

    def __init__(self, store: VectorStore, pending: Sequence[str]) -> None:
        self._store, self._pending = store, pending
        self._before = store.states(pending)
        self._merged: set[str] = set()
        self._known: set[str] = set()
        self._new: set[str] = set()
        self.done = self.skipped = self.images = 0
        self._regions = self._texts = self._frames = 0

    def merge(self, content: bytes, report: IndexReport) -> None:
        """Copy a shard, given as the content of its file, into the collection."""
        with tempfile.TemporaryDirectory(prefix="visavis-") as folder:
            file = Path(folder, "shard.sqlite")
            file.write_bytes(content)
            with closing(SQLiteStore.open(str(file))) as shard:
                states = dict(shard.iter_sources())
                ids = {state.id for state in states.values()}
                self._known |= self._store.encoded(sorted(ids - self._new))
                self._new |= ids - self._known
                copied = copy(shard, self._store)
                self._merged |= states.keys()
        if copied.skipped:
            raise CollectionError(f"not copied: {copied.skipped[0]}")
        self.done += report.added + report.renamed + report.unchanged + len(report.skipped)
        self.skipped += len(report.skipped)
        self.images += report.images
        self._regions += report.regions
        self._texts += report.texts
        self._frames += report.frames

    def report(self, last: IndexReport, seconds: float) -> IndexReport:
        """Return the report of all; the `last` index, here, found unchanged what was merged."""
        skipped = {each.where for each in last.skipped}
        after = self._store.states(self._pending)
        written = [name for name in self._pending if name in self._merged and name not in skipped]
        before = self._before
        touched = [n for n in written if n in before and before[n].id == after[n].id]
        added = len({after[name].id for name in written} & self._new)
        images = self.images + last.images
        return replace(
            last,
            added=last.added + added,
            renamed=last.renamed + len(written) - len(touched) - added,
            unchanged=last.unchanged - len(written) + len(touched),
            images=images,
            seconds=seconds,
            images_per_second=images / seconds if images else 0.0,
            regions=self._regions + last.regions,
            texts=self._texts + last.texts,
            frames=self._frames + last.frames,
        )


def encode_shard(findings: Findings, model: str | None, *, regions: bool) -> tuple[bytes, Any]:
    """Encode a shard on a worker; return the content of its file, and the report."""
    with tempfile.TemporaryDirectory(prefix="visavis-") as folder:
        shard = Shard(1, 1)
        report = embed(findings, folder, shard, model=_model(model), regions=regions, threads=2)
        file = Path(folder, "shard.sqlite")
        with closing(SQLiteStore.open(str(Path(folder, shard.name)))) as store:
            store.backup(file)
        return file.read_bytes(), report


@cache
def _model(name: str | None) -> Encoder:
    """Load a model once for all shards of a worker."""
    return load_encoder(name)


def _encoded(
    ray: Any, tasks: Iterator[Findings], model: str | None, *, regions: bool
) -> Iterator[tuple[bytes, IndexReport]]:
    """Yield shards as they are encoded, with a few waiting for each core of the cluster.

    One that no worker could encode, however often it was tried, is left out.
    """
    remote = ray.remote(scheduling_strategy="SPREAD")(encode_shard)
    running: list[Any] = []
    for task in tasks:
        running.append(remote.remote(task, model, regions=regions))
        if len(running) >= 2 * max(1, int(ray.cluster_resources().get("CPU", 1))):
            yield from _next(ray, running)
    while running:
        yield from _next(ray, running)


def _next(ray: Any, running: list[Any]) -> Iterator[tuple[bytes, IndexReport]]:
    """Wait for one task of those that run, and yield its outcome if it has one."""
    (ready, *_), _ = ray.wait(running, num_returns=1)
    running.remove(ready)
    try:
        outcome = ray.get(ready)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None  # of our own making: the same one that `index` raises
    except ray.exceptions.RayError:
        return
    yield outcome


@contextmanager
def _cluster(address: str) -> Iterator[Any]:
    """Connect to a cluster, or start one here; an empty address does neither, and yields None."""
    if not address:
        yield None
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ModuleNotFoundError:
        raise MissingExtraError("indexing on a cluster of Ray", "ray") from None
    if ray.is_initialized():
        yield ray
        return
    try:
        if address == LOCAL:
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        else:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UnavailableError(f"--ray {address}: {first_line(error)}") from error
    try:
        yield ray
    finally:
        ray.shutdown()
