"""How well an image and a change in words find the images that show both.

python benchmarks/composition.py DATASET --split train   # to choose by
python benchmarks/composition.py DATASET --split dev     # to report, once

DATASET is such as flickr8k:PATH, with captions in English. Queries: composition_queries.py. The
reference itself is not ranked; all other images are.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composition_queries import Composed, compose
from visavis.datasets import Caption, load_dataset
from visavis.encoders import Encoder, load_encoder
from visavis.evaluation.bootstrap import mean_intervals
from visavis.evaluation.embedding import embed_split
from visavis.moments import Moments
from visavis.queries import DEFAULT_FUSION, FUSIONS, Terms
from visavis.types import Vectors

DEPTH = 10
BALANCES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
EVEN = np.array([1.0, 1.0])

Values = NDArray[np.float64]
Ranker = Callable[["Gallery", int, Vectors], NDArray[np.floating]]


@dataclass(frozen=True)
class Gallery:
    """Images to be ranked, all their captions as `texts`, and the queries for them."""

    keys: tuple[str, ...]
    images: Vectors
    texts: Vectors
    queries: list[Composed]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", help="such as flickr8k:PATH")
    parser.add_argument("--split", default="train")
    parser.add_argument("--size", type=int, default=1000, help="images ranked at a time")
    parser.add_argument("--model", help="model folder (default: the bundled one)")
    parser.add_argument("--cache", type=Path, help="folder where vectors are kept")
    parser.add_argument("--balances", action="store_true", help="try other balances too")
    options = parser.parse_args()
    encoder = load_encoder(options.model)
    galleries = list(read(encoder, options))
    queries = [query for gallery in galleries for query in gallery.queries]
    right = np.median([len(query.right) for query in queries])
    print(
        f"{options.dataset.split(':')[0]} {options.split}, en, model {encoder.id}\n"
        f"{len(queries):,} queries in {len(galleries)} galleries of up to {options.size:,} images, "
        f"{len({query.wanted for query in queries}):,} combinations, median {right:g} right answers"
    )
    measured = {
        name: measure(encoder, galleries, ranker)
        for name, ranker in rankers(balances=options.balances).items()
    }
    report(measured, queries)


def read(encoder: Encoder, options: argparse.Namespace) -> Iterator[Gallery]:
    """Cut a split into galleries of one size, in the order of the dataset."""
    keys, captions, images, texts = vectors(encoder, options)
    for start in range(0, len(keys) - options.size // 2, options.size):
        own = keys[start : start + options.size]
        here = set(own)
        kept = [n for n, caption in enumerate(captions) if caption.image in here]
        queries = compose(captions[n] for n in kept)
        yield Gallery(own, images[start : start + options.size], texts[kept], queries)


def vectors(
    encoder: Encoder, options: argparse.Namespace
) -> tuple[tuple[str, ...], list[Caption], Vectors, Vectors]:
    """Return images and English captions with their vectors, from the cache if there."""
    dataset = load_dataset(options.dataset).select(split=options.split)
    keys = tuple(dataset.images)
    captions = [c for c in dataset.captions if c.lang == "en" and not c.machine]
    name = hashlib.sha256(f"{encoder.id} {options.split} {keys} {captions}".encode()).hexdigest()
    file = options.cache / f"{name[:16]}.npz" if options.cache else None
    if file and file.exists():
        kept = np.load(file)
        return keys, captions, kept["images"], kept["texts"]
    (embedded,) = embed_split(encoder, dataset, options.split, ["en"])
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, images=embedded.images, texts=embedded.texts)
    return keys, captions, embedded.images, embedded.texts


def rankers(*, balances: bool) -> dict[str, Ranker]:
    """List what is compared: one term alone, each fusion, and BASIC."""
    found: dict[str, Ranker] = {
        "text only": lambda gallery, _, text: gallery.images @ text,
        "image only": lambda gallery, image, _: gallery.images @ gallery.images[image],
    }
    for name in FUSIONS.names():
        found[name] = fused(name, EVEN)
    found["basic"] = basic
    if balances:
        for name in (DEFAULT_FUSION, "sum"):
            for balance in BALANCES:
                weights = np.array([1 - balance, balance])
                found[f"{name}, balance {balance}"] = fused(name, weights)
    return found


def fused(name: str, weights: Values) -> Ranker:
    known: dict[int, dict[str | None, Moments]] = {}

    def rank(gallery: Gallery, image: int, text: Vectors) -> NDArray[np.floating]:
        if id(gallery) not in known:
            own = Moments.of(gallery.images)
            known[id(gallery)] = {None: own, "image": own, "text": Moments.of(gallery.texts)}
        moments = known[id(gallery)]
        terms = Terms(np.stack([gallery.images[image], text]), weights, ["image", "text"])
        query = FUSIONS.get(name)(terms, lambda modality=None: moments[modality])
        length = float(np.linalg.norm(query.vector))
        products = gallery.images @ (query.vector / length).astype(np.float32)
        return np.array([query.score(length * product) for product in products.tolist()])

    return rank


def basic(gallery: Gallery, image: int, text: Vectors) -> NDArray[np.floating]:
    """Join as BASIC does: means taken away, each term from 0 to 1, product less 0.1 · (sum)².

    Psomas et al., "Instance-Level Composed Image Retrieval" (2025), without its projection on
    contrastive directions and its expansion of the query.
    """
    images = unit(gallery.images - gallery.images.mean(axis=0))
    rows = np.stack([images[image], unit(text - gallery.texts.mean(axis=0))]) @ images.T
    low, high = rows.min(axis=1, keepdims=True), rows.max(axis=1, keepdims=True)
    by_image, by_text = (rows - low) / (high - low)
    return by_image * by_text - 0.1 * (by_image + by_text) ** 2


def unit(rows: Vectors) -> Vectors:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def measure(encoder: Encoder, galleries: list[Gallery], ranker: Ranker) -> Values:
    """Return average precision and recall at 10 of every query: (queries, 2)."""
    values = []
    for gallery in galleries:
        number = {key: n for n, key in enumerate(gallery.keys)}
        changes = sorted({query.change for query in gallery.queries})
        texts = dict(zip(changes, encoder.encode_texts(changes), strict=True))
        for query in gallery.queries:
            image = number[query.reference]
            scores = np.round(ranker(gallery, image, texts[query.change]), 6)
            scores[image] = -np.inf
            best = np.argsort(-scores, kind="stable")[:DEPTH]
            right = np.array([gallery.keys[n] in query.right for n in best])
            values.append(precision_and_recall(right, len(query.right)))
    return np.array(values)


def precision_and_recall(right: NDArray[np.bool_], count: int) -> tuple[float, float]:
    """Return AP@10 and recall at 10 of a ranking; both can reach 1 with more than 10 right.

    AP@10 is the mean of the precision at each right answer, over min(10, right answers), as
    in Baldrati et al., "Zero-Shot Composed Image Retrieval" (CIRCO, 2023).
    """
    possible = min(DEPTH, count)
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return float((precision * right).sum() / possible), float(right.sum() / possible)


def report(measured: dict[str, Values], queries: list[Composed]) -> None:
    """Print each way's figures, then the default's lead with intervals.

    Whole combinations are drawn: queries for one combination share their right answers.
    """
    kinds = np.array([query.kind for query in queries])
    names = sorted(set(kinds))
    print(f"\n{'':26}{'mAP@10':>8}{'R@10':>8}   mAP@10 by what changes: {', '.join(names)}")
    for name, values in measured.items():
        parts = "  ".join(f"{100 * values[kinds == kind, 0].mean():5.2f}" for kind in names)
        ap, recall = 100 * values.mean(axis=0)
        print(f"{name:26}{ap:8.2f}{recall:8.2f}   {parts}")
    wanted = sorted({tuple(sorted(query.wanted)) for query in queries})
    number = {frozenset(concepts): n for n, concepts in enumerate(wanted)}
    groups = np.array([number[query.wanted] for query in queries])
    print(f"\n{DEFAULT_FUSION} less …, 95 % bootstrap intervals over combinations")
    for name in ("sum", "text only", "image only"):
        lead = 100 * (measured[DEFAULT_FUSION] - measured[name])
        pairs = zip(("mAP@10", "R@10"), lead.mean(0), mean_intervals(lead, groups), strict=True)
        shown = ", ".join(
            f"{what} {m:+.2f} [{low:+.2f}, {up:+.2f}]" for what, m, (low, up) in pairs
        )
        print(f"  {name:12}{shown}")


if __name__ == "__main__":
    main()
