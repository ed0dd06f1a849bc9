"""How well an image and a change in words find the images that show both.

python benchmarks/composition.py DATASET --split train       # to choose by
python benchmarks/composition.py DATASET --split train dev   # to report, once: tables in Markdown

DATASET is such as flickr8k:PATH, with captions in English. Queries: composition_queries.py; their
changes are asked for in English and in French. The reference itself is not ranked; all other
images are.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composition_french import read_french
from composition_queries import Composed, compose
from composition_rankings import BALANCES, RIVALS, fusions
from visavis.datasets import Caption, load_dataset
from visavis.encoders import Encoder, load_encoder
from visavis.evaluation.bootstrap import mean_intervals
from visavis.evaluation.embedding import embed_split
from visavis.moments import Moments
from visavis.queries import DEFAULT_FUSION, FUSIONS, Fusion, LinearQuery, MomentsOf, Terms
from visavis.queries.fusion import centred
from visavis.types import Modality, Vectors

DEPTH = 10
LANGS = ("en", "fr")
SUBTRACTED = (0.0, 0.25, 0.5, 0.75, 1.0)
MEASURES = ("mAP@10", "R@10")

Values = NDArray[np.float64]
Rows = NDArray[np.intp]
Ranker = Callable[["Gallery", Rows, Vectors], NDArray[np.floating]]
"""Scores (queries, images) of references, by their rows, with texts (queries, terms, dim)."""
Measured = Mapping[tuple[str, str, str], Values]
"""Average precision and recall of each query, by ranking, split and language."""


@dataclass(frozen=True)
class Gallery:
    """Images to be ranked, all their captions as `texts`, and the queries for them.

    `text_mean` is the model's own, of everyday words.
    """

    keys: tuple[str, ...]
    images: Vectors
    texts: Vectors
    queries: list[Composed]
    text_mean: Vectors | None

    @cached_property
    def moments(self) -> dict[Modality, Moments]:
        """Those of the images and of the captions."""
        return {"image": Moments.of(self.images), "text": Moments.of(self.texts)}

    def moments_of(self, modality: Modality | None = None) -> Moments:
        """Look up moments as fusions do."""
        return self.moments[modality or "image"]


@dataclass(frozen=True)
class Split:
    """Galleries of a split."""

    name: str
    galleries: list[Gallery]

    @cached_property
    def queries(self) -> list[Composed]:
        """Those of all galleries."""
        return [query for gallery in self.galleries for query in gallery.queries]

    @cached_property
    def combinations(self) -> Rows:
        """Number what each query wants: queries for one combination share their right answers."""
        wanted = sorted({tuple(sorted(query.wanted)) for query in self.queries})
        number = {frozenset(concepts): n for n, concepts in enumerate(wanted)}
        return np.array([number[query.wanted] for query in self.queries])

    def __str__(self) -> str:
        right = np.median([len(query.right) for query in self.queries])
        return (
            f"{self.name}: {sum(len(gallery.keys) for gallery in self.galleries):,} images in "
            f"{len(self.galleries)} galleries, {len(self.queries):,} queries for "
            f"{self.combinations.max() + 1:,} combinations, median {right:g} right answers"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", help="such as flickr8k:PATH")
    parser.add_argument("--split", nargs="+", default=["train"])
    parser.add_argument("--size", type=int, default=1000, help="images ranked at a time")
    parser.add_argument("--model", help="model folder (default: the bundled one)")
    parser.add_argument("--cache", type=Path, help="folder where vectors are kept")
    parser.add_argument("--balances", action="store_true", help="try other balances too")
    parser.add_argument(
        "--subtract", action="store_true", help="take away what the reference shows, too"
    )
    options = parser.parse_args()
    encoder = load_encoder(options.model)
    splits = [
        Split(name, list(read(encoder, options.dataset, name, options.size, options.cache)))
        for name in options.split
    ]
    print(f"{options.dataset.split(':')[0]}, model {encoder.id}\n")
    print("\n".join(f"- {split}" for split in splits))
    texts = {lang: changes(encoder, splits, lang) for lang in LANGS}
    measured = {
        (name, split.name, lang): measure(split, ranker, texts[lang])
        for name, ranker in rankers().items()
        for split in splits
        for lang in LANGS
    }
    report(splits, measured)
    if options.balances:
        report_balances(splits, texts["en"])
    if options.subtract:
        report_subtraction(splits, texts)


def read(
    encoder: Encoder, dataset: str, split: str, size: int, cache: Path | None
) -> Iterator[Gallery]:
    """Cut a split into galleries of one size, in the order of the dataset."""
    keys, captions, images, texts = vectors(encoder, dataset, split, cache)
    for start in range(0, len(keys) - size // 2, size):
        own = keys[start : start + size]
        here = set(own)
        kept = [n for n, caption in enumerate(captions) if caption.image in here]
        queries = compose(captions[n] for n in kept)
        rows = slice(start, start + size)
        yield Gallery(own, images[rows], texts[kept], queries, encoder.text_mean)


def vectors(
    encoder: Encoder, source: str, split: str, cache: Path | None
) -> tuple[tuple[str, ...], list[Caption], Vectors, Vectors]:
    """Return images and English captions with their vectors, from the cache if there."""
    dataset = load_dataset(source).select(split=split)
    keys = tuple(dataset.images)
    captions = [c for c in dataset.captions if c.lang == "en" and not c.machine]
    name = hashlib.sha256(f"{encoder.id} {split} {keys} {captions}".encode()).hexdigest()
    file = cache / f"{name[:16]}.npz" if cache else None
    if file and file.exists():
        kept = np.load(file)
        return keys, captions, kept["images"], kept["texts"]
    (embedded,) = embed_split(encoder, dataset, split, ["en"])
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, images=embedded.images, texts=embedded.texts)
    return keys, captions, embedded.images, embedded.texts


def changes(encoder: Encoder, splits: Sequence[Split], lang: str) -> dict[str, Vectors]:
    """Return the vector of each change, and of what it replaces, in a language."""
    queries = [query for split in splits for query in split.queries]
    asked = sorted({text for query in queries for text in (query.change, query.shown)})
    said = [read_french()(change) for change in asked] if lang == "fr" else asked
    return dict(zip(asked, encoder.encode_texts(said), strict=True))


def rankers() -> dict[str, Ranker]:
    """List what is compared: one term alone, each fusion, and three that are not shipped."""
    return {
        "text only": lambda gallery, _, texts: texts[:, 0] @ gallery.images.T,
        "image only": lambda gallery, rows, _: gallery.images[rows] @ gallery.images.T,
        **{name: fused(fuse) for name, fuse in fusions().items()},
        "texts centred by captions": fused(centred_by_captions),
        "basic": basic,
    }


def fused(fuse: Fusion, weights: Sequence[float] = (1, 1)) -> Ranker:
    """Rank by an image and texts of some weights."""
    modalities: list[Modality] = ["image", *["text"] * (len(weights) - 1)]

    def rank(gallery: Gallery, rows: Rows, texts: Vectors) -> NDArray[np.floating]:
        vectors = np.concatenate([gallery.images[rows][:, np.newaxis], texts], axis=1)
        terms = (Terms(each, np.array(weights), modalities, gallery.text_mean) for each in vectors)
        queries = np.stack([fuse(each, gallery.moments_of).vector for each in terms])
        return unit(queries).astype(np.float32) @ gallery.images.T

    return rank


def centred_by_captions(terms: Terms, moments: MomentsOf) -> LinearQuery:
    """Join as `centred` does, with the mean of all captions in place of that of words."""
    return centred(replace(terms, text_mean=moments("text").mean), moments)


def basic(gallery: Gallery, rows: Rows, texts: Vectors) -> NDArray[np.floating]:
    """Join as BASIC does: means taken away, each term from 0 to 1, product less 0.1 · (sum)².

    Psomas et al., "Instance-Level Composed Image Retrieval" (2025), without its projection on
    contrastive directions and its expansion of the query.
    """
    images = unit(gallery.images - gallery.images.mean(axis=0))
    by_image = _from_0_to_1(images[rows] @ images.T)
    by_text = _from_0_to_1(unit(texts[:, 0] - gallery.texts.mean(axis=0)) @ images.T)
    return by_image * by_text - 0.1 * (by_image + by_text) ** 2


def _from_0_to_1(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
    return (scores - low) / (high - low)


def unit(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def measure(
    split: Split, ranker: Ranker, texts: Mapping[str, Vectors], *, shown: bool = False
) -> Values:
    """Return average precision and recall at 10 of every query: (queries, 2).

    The ranker gets the change, and with `shown` what the reference shows in its place.
    """
    values = []
    for gallery in split.galleries:
        number = {key: n for n, key in enumerate(gallery.keys)}
        rows = np.array([number[query.reference] for query in gallery.queries])
        asked = np.array(
            [
                [texts[query.change], *([texts[query.shown]] if shown else [])]
                for query in gallery.queries
            ]
        )
        scores = np.round(ranker(gallery, rows, asked), 6)
        scores[np.arange(len(rows)), rows] = -np.inf
        best = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
        for query, found in zip(gallery.queries, best.tolist(), strict=True):
            right = np.array([gallery.keys[n] in query.right for n in found])
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


def report(splits: Sequence[Split], measured: Measured) -> None:
    """Print each ranking's figures, the default's lead with intervals, and figures by change."""
    names = list(dict.fromkeys(name for name, _, _ in measured))
    columns = [(split, lang) for split in splits for lang in LANGS]
    titles = [f"{split.name}, {lang}" for split, lang in columns]
    _table(
        ["mAP@10, R@10", *titles],
        (
            [name, *(_mean(measured[name, split.name, lang]) for split, lang in columns)]
            for name in names
        ),
    )
    print("\n95 % bootstrap intervals over combinations")
    _table(
        [f"{DEFAULT_FUSION} over", *titles],
        (
            [
                f"{name}, {measure}",
                *(_lead(measured, name, split, lang, column) for split, lang in columns),
            ]
            for name in RIVALS
            for column, measure in enumerate(MEASURES)
        ),
    )
    for split in splits:
        kinds = np.array([query.kind for query in split.queries])
        each = sorted(set(kinds))
        _table(
            [f"{split.name} mAP@10, en", *each],
            (
                [
                    name,
                    *(
                        f"{100 * measured[name, split.name, 'en'][kinds == kind, 0].mean():.2f}"
                        for kind in each
                    ),
                ]
                for name in names
            ),
        )


def report_balances(splits: Sequence[Split], texts: Mapping[str, Vectors]) -> None:
    """Print mAP@10 at several balances, of the default and of the sum."""
    _table(
        ["mAP@10, en, at balance", *map(str, BALANCES)],
        (
            [
                f"{split.name}, {name}",
                *(
                    f"{100 * measure(split, fused(FUSIONS.get(name), (1 - balance, balance)), texts)[:, 0].mean():.2f}"
                    for balance in BALANCES
                ),
            ]
            for split in splits
            for name in (DEFAULT_FUSION, "sum")
        ),
    )


def report_subtraction(splits: Sequence[Split], texts: Mapping[str, Mapping[str, Vectors]]) -> None:
    """Print mAP@10 where what the reference shows is taken away, at several weights."""
    rows = []
    for split in splits:
        for lang, vectors in texts.items():
            for name in (DEFAULT_FUSION, "sum"):
                found = (
                    measure(split, fused(FUSIONS.get(name), (1, 1, -weight)), vectors, shown=True)
                    if weight
                    else measure(split, fused(FUSIONS.get(name)), vectors)
                    for weight in SUBTRACTED
                )
                means = (f"{100 * values[:, 0].mean():.2f}" for values in found)
                rows.append([f"{split.name}, {lang}, {name}", *means])
    _table(["mAP@10, less what is shown, times", *map(str, SUBTRACTED)], rows)


def _mean(values: Values) -> str:
    precision, recall = 100 * values.mean(axis=0)
    return f"{precision:.2f}, {recall:.2f}"


def _lead(measured: Measured, name: str, split: Split, lang: str, column: int) -> str:
    lead = 100 * (measured[DEFAULT_FUSION, split.name, lang] - measured[name, split.name, lang])
    low, high = mean_intervals(lead, split.combinations)[column]
    return f"{lead[:, column].mean():+.2f} [{low:+.2f}, {high:+.2f}]"


def _table(titles: list[str], rows: Iterable[list[str]]) -> None:
    print(f"\n| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
