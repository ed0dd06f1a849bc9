"""How well relevance tells searches with an answer from searches without, as Markdown tables.

python benchmarks/relevance.py flickr8k:PATH --split dev
python benchmarks/relevance.py flickr8k:PATH --split dev --inputs

The images of the split are dealt into two halves. The curve is fitted on one half and measured on
the other, then the other way round, and collections of each size are drawn from the half that is
measured. Each query is asked twice: where its answer is in the collection, and where it is not.
The split should not be one that the model was trained on. The second table asks which words the
model says it does not know.

`--inputs` compares what a curve may look at instead: the log loss of its guesses about the
searches of the other half, which is ln 2 = 0.693 if a guess is always one half.
"""

from __future__ import annotations

import argparse
import random
import string
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.datasets import load_dataset
from visavis.encoders import Encoder, load_encoder
from visavis.encoders.relevance import RelevanceCurve
from visavis.evaluation.bootstrap import Draws, draw
from visavis.evaluation.calibration import (
    Outcomes,
    fit_curve,
    fit_logistic,
    judge,
    search_best,
)
from visavis.evaluation.embedding import EmbeddedSplit, embed_split, human_captions
from visavis.evaluation.qrels import Indices
from visavis.evaluation.relevance_queries import JudgedQueries, judge_captions, judge_words

SIZES = (20, 100, 500)
COLUMNS = (
    ("query", ":--"),
    ("not in the collection", ":--"),
    ("language", ":--"),
    ("images", "--:"),
    ("queries", "--:"),
    ("area under the curve", "--:"),
    ("error at the cut", "--:"),
    ("hidden though there", "--:"),
    ("shown though not", "--:"),
)
PERCENTS = (2.5, 97.5)
MADE_UP = 1000
Figure = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Measured:
    """Relevance of the best hits (n,), whether an answer was there, and whether each was shown."""

    relevance: NDArray[np.float64]
    fits: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    group: Indices

    @property
    def queries(self) -> int:
        """Searches with an answer; as many had none."""
        return int(self.fits.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", help="such as flickr8k:PATH")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--model", help="model folder (default: the bundled one)")
    parser.add_argument("--inputs", action="store_true", help="compare inputs of the curve")
    options = parser.parse_args()
    encoder = load_encoder(options.model)
    dataset = load_dataset(options.dataset)
    splits = embed_split(encoder, dataset, options.split)
    halves = deal(len(splits[0].keys))
    if options.inputs:
        print(f"{dataset.name} {options.split}, model `{encoder.id}`\n")
        print_inputs(splits, encoder, halves)
        return
    curves = [fit_half(splits, encoder, half) for half in halves]
    cuts = " and ".join(f"{curve.cut:.2f}" for curve in curves)
    print(
        f"{dataset.name} {options.split}, {len(splits[0].keys):,} images, model `{encoder.id}`; "
        f"cuts {cuts}\n"
    )
    print_row([name for name, _ in COLUMNS])
    print_row([line for _, line in COLUMNS])
    for split in splits:
        for query, left_out, judged in cases(split, encoder):
            for size in SIZES:
                found = measure(judged, split, halves, curves, size)
                print_row([query, left_out, split.lang, str(size), *cells(found)])
    print()
    train = [caption.text for caption in human_captions(dataset.select(split="train"))]
    print_unknown_words(encoder, train)


def deal(images: int) -> tuple[Indices, Indices]:
    """Deal rows of images into two halves, with a fixed seed."""
    order = np.random.default_rng(0).permutation(images)
    return np.sort(order[: images // 2]), np.sort(order[images // 2 :])


def fit_half(splits: Sequence[EmbeddedSplit], encoder: Encoder, half: Indices) -> RelevanceCurve:
    """Fit the curve as `visavis models calibrate` does, on a half of the images."""
    outcomes = [found for _, found in searches_of(splits, encoder, half)]
    return fit_curve(Outcomes.joined(outcomes), {})


def searches_of(
    splits: Sequence[EmbeddedSplit], encoder: Encoder, half: Indices
) -> list[tuple[str, Outcomes]]:
    """Search a half of the images for captions and words in each language."""
    parts = [split.subset(half) for split in splits]
    return [
        (f"{name}, {part.lang}", search_best(judged, part.images, np.unique(part.image_index)))
        for part in parts
        for name, judged in zip(("captions", "words"), judge(part, encoder), strict=False)
    ]


def cases(split: EmbeddedSplit, encoder: Encoder) -> Iterator[tuple[str, str, JudgedQueries]]:
    """Yield a name for the queries, what is left out where there is no answer, and the queries."""
    yield "caption", "its image", judge_captions(split, similar=0)
    yield "caption", "its image and the 5 % most like it", judge_captions(split)
    if words := judge_words(split, encoder):
        yield "word", "all images it is said of", words


def measure(
    judged: JudgedQueries,
    split: EmbeddedSplit,
    halves: tuple[Indices, Indices],
    curves: Sequence[RelevanceCurve],
    size: int,
) -> Measured:
    """Search collections of one size in each half, judged by the curve of the other."""
    with_captions = np.unique(split.image_index)
    parts = []
    for half, curve in zip(halves, reversed(curves), strict=True):
        candidates = np.intersect1d(half, with_captions)
        sizes = [min(size, len(candidates))]
        found = search_best(judged, split.images, candidates, sizes, seed=1)
        relevance = relevance_of(found, curve)
        parts.append(Measured(relevance, found.fits, relevance >= curve.cut, found.group))
    return Measured(
        np.concatenate([part.relevance for part in parts]),
        np.concatenate([part.fits for part in parts]),
        np.concatenate([part.shown for part in parts]),
        np.concatenate([part.group for part in parts]),
    )


def relevance_of(found: Outcomes, curve: RelevanceCurve) -> NDArray[np.float64]:
    """Return the relevance of the best hit of each search."""
    searches = zip(found.score, found.words, found.images, strict=True)
    return np.array(
        [curve.relevance(score, "word " * int(words), int(n)) for score, words, n in searches]
    )


def cells(found: Measured) -> list[str]:
    """Return the figures of a row; intervals are over images, or over words."""
    _, group = np.unique(found.group, return_inverse=True)
    drawn = draw(int(group.max()) + 1)
    area = area_under_curve(found.relevance, found.fits)
    wrong = (found.shown != found.fits).astype(np.float64)
    hidden = 1 - found.shown[found.fits].mean()
    shown = found.shown[~found.fits].mean()

    def error(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return (times @ wrong) / times.sum()

    return [
        f"{found.queries:,}",
        f"{area(np.ones(len(group))):.3f} ({interval(area, drawn, group, 1, 3)})",
        f"{100 * wrong.mean():.0f} % ({interval(error, drawn, group, 100, 0)})",
        f"{100 * hidden:.0f} %",
        f"{100 * shown:.0f} %",
    ]


def interval(figure: Figure, drawn: Draws, group: Indices, scale: float, digits: int) -> str:
    """Return the 95 % bootstrap interval of a figure of how often each search is counted."""
    values = [float(figure(times[group])) for times in drawn]
    low, high = np.percentile(values, PERCENTS)
    return f"{scale * low:.{digits}f} to {scale * high:.{digits}f}"


def area_under_curve(values: NDArray[np.float64], positive: NDArray[np.bool_]) -> Figure:
    """Return the function from weights (n,) to the area under the ROC curve of the values.

    The area is the share of pairs (positive, negative) in which the positive has the higher
    value; ties count half. Hanley and McNeil, "The meaning and use of the area under a receiver
    operating characteristic (ROC) curve" (1982).
    """
    levels, level = np.unique(values, return_inverse=True)

    def area(times: NDArray[np.float64]) -> NDArray[np.float64]:
        ups = np.bincount(level[positive], times[positive], len(levels))
        downs = np.bincount(level[~positive], times[~positive], len(levels))
        below = np.cumsum(downs) - downs / 2
        return (ups @ below) / (ups.sum() * downs.sum())

    return area


def print_inputs(
    splits: Sequence[EmbeddedSplit], encoder: Encoder, halves: tuple[Indices, Indices]
) -> None:
    """Print the log loss, on each half, of curves of other inputs fitted on the other half."""
    found = [searches_of(splits, encoder, half) for half in halves]
    names = [name for name, _ in found[0]]
    print_row(["inputs", *names])
    print_row([":--"] + ["--:"] * len(names))
    for title, inputs in INPUTS.items():
        losses = []
        for here, there in (found, found[::-1]):
            known = Outcomes.joined([outcomes for _, outcomes in here])
            weights = fit_logistic(inputs(known), known.fits)
            losses.append([log_loss(inputs(each) @ weights, each.fits) for _, each in there])
        print_row([title, *(f"{loss:.3f}" for loss in np.mean(losses, axis=0))])


def log_loss(x: NDArray[np.float64], fits: NDArray[np.bool_]) -> float:
    """Return the mean of -ln p of what came true, for log odds x."""
    return float(np.logaddexp(0, np.where(fits, -x, x)).mean())


def stack(*columns: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.ones(len(columns[0])), *columns], axis=1)


INPUTS: dict[str, Callable[[Outcomes], NDArray[np.float64]]] = {
    "score": lambda one: stack(one.score),
    "deviations": lambda one: stack(one.deviations),
    "score, images": lambda one: stack(one.score, np.log(one.images)),
    "deviations, images": lambda one: stack(one.deviations, np.log(one.images)),
    "score, words": lambda one: stack(one.score, np.log(one.words)),
    "**score, images, words**": lambda one: stack(one.score, np.log(one.images), np.log(one.words)),
    "score, images, words, deviations": lambda one: stack(
        one.score, np.log(one.images), np.log(one.words), one.deviations
    ),
}


def print_unknown_words(encoder: Encoder, captions: Sequence[str]) -> None:
    """Print how many words of training captions, and of random letters, are said to be unknown."""
    counts = Counter(word for text in captions for word in text.split() if word.isalpha())
    rng = random.Random(0)
    made_up = [
        "".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 10))) for _ in range(MADE_UP)
    ]
    print_row(["words", "number", "said to be unknown"])
    print_row([":--", "--:", "--:"])
    for name, words in (
        ("five times or more in the training captions", [w for w, n in counts.items() if n > 4]),
        ("once in the training captions", [w for w, n in counts.items() if n == 1]),
        ("random letters, 4 to 10", made_up),
    ):
        if words:
            unknown = sum(bool(encoder.unknown_words(word)) for word in words)
            print_row([name, f"{len(words):,}", f"{100 * unknown / len(words):.1f} %"])


def print_row(values: Sequence[str]) -> None:
    print(f"| {' | '.join(values)} |", flush=True)


if __name__ == "__main__":
    main()
