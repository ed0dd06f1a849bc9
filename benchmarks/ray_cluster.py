"""Indexing by two nodes of Ray, of one core each, next to `index` on the same two cores.

python benchmarks/ray_cluster.py FOLDER [--limit 1024] [--rounds 3]

The nodes run on this machine. They and `index` take turns with the same photographs, each into a
new collection. The first round of Ray starts its workers, which load the model: it is told by
itself and not among the medians. A cluster's start is not counted.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median

from visavis.collection import Collection
from visavis.distributed import index_on_ray
from visavis.indexing import Findings, IndexReport, find, index

NODE = {"num_cpus": 1, "object_store_memory": 80_000_000}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="with photographs")
    parser.add_argument("--limit", type=int, default=1024, help="number of photographs")
    parser.add_argument("--sources", type=int, default=128, help="photographs of a shard")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    files = sorted(options.folder.glob("*.jpg"))[: options.limit]
    ways: dict[str, Callable[[Findings, Collection], IndexReport]] = {
        "index": index,
        "two nodes of Ray": lambda found, into: index_on_ray(
            found, into, address="auto", sources=options.sources
        ),
    }
    with suppress(KeyError):  # decides how many threads onnxruntime takes, here as on the nodes
        del os.environ["OMP_NUM_THREADS"]
    cluster = start()
    try:
        print(f"{len(files):,} photographs, {os.cpu_count()} cores, shards of {options.sources}")
        times: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(options.rounds + 1):
            for name, run in ways.items():
                seconds = once(files, run)
                if number:
                    times[name].append(seconds)
                print(f"{'first ' if not number else ''}{name}: {seconds:.1f} s", flush=True)
        local, spread = (median(spent) for spent in times.values())
        for name, spent in times.items():
            print(f"{name}: median {len(files) / median(spent):.1f} images a second")
        print(f"Ray reaches {local / spread:.0%} of index")
    finally:
        import ray

        ray.shutdown()
        cluster.shutdown()


def start() -> object:
    """Start two nodes on this machine, and connect to them."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # As much of the processor as index gets; Ray spells it so.
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    cluster.add_node(**NODE)
    ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
    cluster.wait_for_nodes()
    return cluster


def once(files: list[Path], run: Callable[[Findings, Collection], IndexReport]) -> float:
    """Index files into a new collection; return the seconds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Collection.create(f"{folder}/collection") as collection,
    ):
        start = time.perf_counter()
        report = run(find([str(file) for file in files]), collection)
        seconds = time.perf_counter() - start
    if report.added != len(files):
        raise SystemExit(f"{report.added} of {len(files)} were added")
    return seconds


if __name__ == "__main__":
    main()
