"""How often the name of what an image shows comes first among a hundred everyday names.

    python benchmarks/everyday_names.py flickr8k:FOLDER        # the bundled model, dev
    python benchmarks/everyday_names.py flickr8k:FOLDER --model MODEL

The names are in `everyday_names.tsv`: English, French, and the words by which English captions
call the thing. An image shows what most of its captions by people call by name (`--least` of them),
and a name is right if any of them does. Names are compared as `visavis evaluate --task classify`
does. Prints a Markdown table: all images, and a mean over names, as half of Flickr8k's images with
a name show dogs.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.datasets import Dataset, load_dataset
from visavis.encoders import load_encoder
from visavis.evaluation.classification import encode_classes
from visavis.evaluation.embedding import encode_files, human_captions

NAMES = Path(__file__).with_name("everyday_names.tsv")
LANGS = ("en", "fr")
WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Name:
    """A thing's name in each language, and the words by which English captions call it."""

    by_lang: dict[str, str]
    words: frozenset[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="such as flickr8k:FOLDER")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--least", type=int, default=3, help="captions that name what is shown")
    options = parser.parse_args()
    names, dataset = read_names(NAMES), load_dataset(options.data)
    images, counts = count_names(dataset, options.split, names)
    shown = counts >= options.least
    seen = shown.any(axis=1)
    encoder = load_encoder(options.model)
    vectors = encode_files(encoder, [dataset.images[image] for image in np.array(images)[seen]])
    print(
        f"model {encoder.id}: {dataset.name} {options.split}, {seen.sum():,} of {len(images):,} "
        f"images, {len(names)} names, of which {shown.any(axis=0).sum()} are shown\n"
    )
    print("| names in | images, % | mean over names, % |\n|---|---:|---:|")
    for lang in LANGS:
        texts = encode_classes(encoder, [name.by_lang[lang] for name in names], lang)
        first = (vectors @ texts.T).argmax(axis=1)
        right = counts[seen][np.arange(len(first)), first] > 0
        print(f"| {lang} | {100 * right.mean():.1f} | {100 * mean_of(right, shown[seen]):.1f} |")


def read_names(path: Path) -> list[Name]:
    """Read lines of an English name, a French one, and words between spaces, with tabs between."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [Name({"en": en, "fr": fr}, frozenset(words.split())) for en, fr, words in rows]


def count_names(
    dataset: Dataset, split: str, names: list[Name]
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the images of a split, and how many captions of each call each name's thing."""
    captions = defaultdict(list)
    for caption in human_captions(dataset, "en"):
        if dataset.splits[caption.image] == split:
            captions[caption.image].append(frozenset(WORD.findall(caption.text.lower())))
    counts = [
        [sum(not name.words.isdisjoint(said) for said in own) for name in names]
        for own in captions.values()
    ]
    return list(captions), np.array(counts, np.int64).reshape(-1, len(names))


def mean_of(right: NDArray[np.bool_], shown: NDArray[np.bool_]) -> float:
    """Return the mean over names of the share of their images that are right."""
    return float(np.mean([right[column].mean() for column in shown.T if column.any()]))


if __name__ == "__main__":
    main()
