"""Measure on dev what several model folders find together, and with each image mirrored, too.

    python tools/bundled_model/teachers.py --data flickr8k:FOLDER MODEL MODEL …

So a teacher is chosen: the vectors of several models side by side have the mean of their scores,
and a vector may be the mean of those of an image and its mirror image.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.datasets import load_dataset
from visavis.encoders import Encoder, load_encoder
from visavis.evaluation.embedding import EmbeddedSplit, embed_split
from visavis.evaluation.protocol import measure

LANGS = ("en", "fr")
Vectors = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--data", required=True, help="such as flickr8k:FOLDER")
    options = parser.parse_args()
    dataset = load_dataset(options.data)
    encoders = [load_encoder(model) for model in options.models]
    found = [
        (embed_split(one, dataset, "dev", LANGS), embed_split(Mirrored(one), dataset, "dev", LANGS))
        for one in encoders
    ]
    print("| vectors | language | image → text | text → image | sum |\n|---|---|---|---|---|")
    for number in range(len(LANGS)):
        plain = [own[number] for own, _ in found]
        both = [with_mirrored(own[number], mirrored[number]) for own, mirrored in found]
        for encoder, one, mirrored in zip(encoders, plain, both, strict=True):
            print(row(encoder.id, one))
            print(row(f"{encoder.id}, also mirrored", mirrored))
        if len(encoders) > 1:
            print(row("all side by side", reduce(side_by_side, plain)))
            print(row("all side by side, also mirrored", reduce(side_by_side, both)))


class Mirrored:
    """An encoder that sees images mirrored."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode_images(self, images: Sequence[NDArray[np.uint8]]) -> Vectors:
        return self._encoder.encode_images([image[:, ::-1] for image in images])


def with_mirrored(own: EmbeddedSplit, mirrored: EmbeddedSplit) -> EmbeddedSplit:
    """Give each image the mean of its vector and of its mirror image's."""
    mean = own.images + mirrored.images
    return replace(own, images=mean / np.linalg.norm(mean, axis=1, keepdims=True))


def side_by_side(first: EmbeddedSplit, second: EmbeddedSplit) -> EmbeddedSplit:
    """Join two models' vectors, so that scores add up."""
    images = np.concatenate([first.images, second.images], axis=1)
    return replace(first, images=images, texts=np.concatenate([first.texts, second.texts], axis=1))


def row(name: str, embedded: EmbeddedSplit) -> str:
    """Return a line of the table: recall at 1, 5 and 10 both ways, and their sum."""
    details = measure(embedded).details()
    ways = [
        [details[way][f"R@{k}"] for k in (1, 5, 10)] for way in ("image_to_text", "text_to_image")
    ]
    cells = [" / ".join(f"{recall:.1f}" for recall in way) for way in ways]
    return f"| {name} | {embedded.lang} | {cells[0]} | {cells[1]} | {sum(map(sum, ways)):.1f} |"


if __name__ == "__main__":
    main()
