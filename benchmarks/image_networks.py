"""Latency of the image networks of two models, alternating.

python benchmarks/image_networks.py BEFORE AFTER

Both are model folders; each network gets images of its own size. The ratio is the median over
rounds of AFTER's time to BEFORE's.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

BATCHES = (1, 16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path, nargs=2, metavar="MODEL")
    parser.add_argument("-n", type=int, default=35, help="rounds (default: 35)")
    parser.add_argument("--threads", type=int, default=1, help="of each network (default: 1)")
    options = parser.parse_args()
    networks = [
        (open_network(folder, options.threads), pixels_for(folder)) for folder in options.models
    ]
    for size in BATCHES:
        for network, pixels in networks:
            milliseconds(network, pixels[:size])  # the first run takes memory
        rounds = [
            [milliseconds(n, pixels[:size]) for n, pixels in networks] for _ in range(options.n)
        ]
        before, after = np.array(rounds).T
        print(
            f"{size:>2} at a time: {np.median(before):.1f} and {np.median(after):.1f} ms an image, "
            f"ratio {np.median(after / before):.2f} (medians of {options.n} rounds)"
        )


def open_network(folder: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(folder / "image.onnx", options)


def pixels_for(folder: Path) -> NDArray[np.uint8]:
    side = json.loads((folder / "model.json").read_text("utf-8"))["image"]["size"]
    shape = (max(BATCHES), side, side, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def milliseconds(network: onnxruntime.InferenceSession, pixels: NDArray[np.uint8]) -> float:
    start = time.perf_counter()
    network.run(None, {network.get_inputs()[0].name: pixels})
    return (time.perf_counter() - start) / len(pixels) * 1e3


if __name__ == "__main__":
    main()
