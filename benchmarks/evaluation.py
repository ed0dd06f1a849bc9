"""Cost of evaluating given vectors, against a matrix product and argsort of the same size.

python benchmarks/evaluation.py

Fails if 1,000 images with 5,000 texts take more than three times as long as the product of their
vectors and an argsort of the scores, or if 5,000 images with 25,000 texts (COCO's test split) take
more than 2 GB.
"""

import resource
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from visavis.evaluation.qrels import image_to_text_qrels, text_to_image_qrels
from visavis.evaluation.ranks import rank_vectors
from visavis.evaluation.summary import summarize

DIM = 256
RUNS = 7
SLOWEST = 3.0
LARGEST = 2.0
GIGABYTE = 1e6 if sys.platform == "linux" else 1e9  # ru_maxrss counts kilobytes on Linux


def main() -> None:
    images, texts, image_index = vectors(1_000)
    pairs = [
        (
            seconds(lambda: floor(images, texts)),
            seconds(lambda: evaluate(images, texts, image_index)),
        )
        for _ in range(RUNS)
    ]
    least, cost = (median(times) for times in zip(*pairs, strict=True))
    evaluate(*vectors(5_000))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIGABYTE
    print(f"medians of {RUNS} interleaved runs, {DIM} dimensions")
    print(f"  {'1,000 x 5,000: product and argsort':<36} {least:.3f} s")
    print(f"  {'1,000 x 5,000: all figures, both ways':<36} {cost:.3f} s")
    print(f"  {'ratio (at most 3)':<36} {cost / least:.2f}")
    print(f"  {'5,000 x 25,000: peak (at most 2 GB)':<36} {memory:.2f} GB")
    sys.exit(cost / least > SLOWEST or memory > LARGEST)


def vectors(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    image_index = np.arange(count).repeat(5)
    found = [rng.normal(size=(n, DIM)).astype(np.float32) for n in (count, len(image_index))]
    images, texts = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in found)
    return images, texts, image_index


def floor(images: np.ndarray, texts: np.ndarray) -> None:
    np.argsort(-(texts @ images.T), axis=1)


def evaluate(images: np.ndarray, texts: np.ndarray, image_index: np.ndarray) -> None:
    summarize(rank_vectors(images, texts, image_to_text_qrels(image_index)))
    summarize(rank_vectors(texts, images, text_to_image_qrels(image_index)))


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
