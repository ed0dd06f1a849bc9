"""What a query of several terms costs beside one of a single term, on made-up vectors.

python benchmarks/composition_cost.py
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from visavis.queries import FUSIONS
from visavis.stores.matrix import Matrix

DIM = 256
K = 10
RUNS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, nargs="+", default=[100_000, 500_000])
    parser.add_argument("--terms", type=int, default=2)
    options = parser.parse_args()
    print(f"{DIM} dimensions, {os.cpu_count()} cores; median of {RUNS} runs in milliseconds")
    for items in options.items:
        rng = np.random.default_rng(0)
        vectors = rng.standard_normal((items, DIM), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        matrix = Matrix(np.arange(items), vectors)
        terms, weights = vectors[: options.terms].copy(), np.ones(options.terms)
        one = milliseconds(lambda m=matrix, t=terms: m.nearest(t[:1], K))
        print(f"{items:,} items\n  one term, cosine          {one:8.1f}")
        for name in FUSIONS.names():
            fuse = FUSIONS.get(name)
            spent = milliseconds(
                lambda m=matrix, t=terms, f=fuse, w=weights: m.combined(
                    t, lambda rows: f(rows, w), K, None
                )
            )
            print(f"  {options.terms} terms, {name:<16} {spent:8.1f}")


def milliseconds(run: Callable[[], object]) -> float:
    run()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * median(times)


if __name__ == "__main__":
    main()
