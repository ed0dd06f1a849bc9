"""How long a page of 200 of 100,000 photographs takes, in order, and a timeline, in SQLite.

python benchmarks/listing.py [--items 100000]

Milliseconds of processor time: the first call, and the median.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from filters import photographs
from visavis.queries import parse_filter
from visavis.stores import Order, Place, SQLiteStore

PAGE = 200
WHERE = {
    "": (),
    "camera~canon (1 in 5)": parse_filter("camera~canon"),
    "place=town1 (few)": parse_filter("place=town1"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("-n", type=int, default=11, help="calls of each (default: 11)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = SQLiteStore.create(folder, "random@1", 8)
        store.upsert(photographs(options.items, 8))
        for name, where in WHERE.items():
            for order in ("id", "taken", "-taken", "-added"):
                by = Order.parse(order)
                after = Place("2015-06") if by.key == "taken" else None
                page = partial(store.listed, by, after, PAGE, "image", where)
                tell(f"{order} {name}", page, options.n)
            tell(f"timeline {name}", partial(store.months, "taken", "image", where), 3)
        store.close()


def tell(name: str, call: Callable[[], object], times: int) -> None:
    took = []
    for _ in range(times):
        start = time.thread_time()
        call()
        took.append(1000 * (time.thread_time() - start))
    print(f"{name:32} {took[0]:8.1f} ms {median(took):8.1f} ms", flush=True)


if __name__ == "__main__":
    main()
