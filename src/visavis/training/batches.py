"""Batches of images and captions, drawn anew each epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from visavis.training.data import Rows


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of images and of captions of one optimiser step.

    `image_of_caption` holds the position in `images` of each caption's image. With `mined`, the
    first captions are the positives of a round's triplets, in the order of their images, and
    `mined` holds the position in `captions` of each one's negative.
    """

    images: Rows
    captions: Rows
    image_of_caption: Rows
    mined: Rows | None = None


class ImageBatches:
    """Batches of images, each with up to `captions` of its captions, drawn anew each epoch."""

    def __init__(self, image_of_caption: Rows, size: int, captions: int) -> None:
        self.size, self.captions = size, captions
        order = np.argsort(image_of_caption, kind="stable")
        self.own = np.split(order, np.cumsum(np.bincount(image_of_caption))[:-1])

    def __len__(self) -> int:
        return max(1, len(self.own) // self.size)

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch; the images left over wait for the next."""
        order = rng.permutation(len(self.own))
        for start in range(0, len(self) * self.size, self.size):
            images = order[start : start + self.size]
            drawn = [rng.permutation(self.own[image])[: self.captions] for image in images]
            image_of_caption = np.repeat(np.arange(len(images)), [len(own) for own in drawn])
            yield Batch(images, np.concatenate(drawn), image_of_caption)


class TripletBatches:
    """Batches of (image, caption, negative caption), negatives drawn for a round of epochs.

    `negatives` (captions,) holds a caption for each, or -1. With `together` the captions of an
    image come in one batch: fewer images to encode, which counts while a backbone learns.
    """

    def __init__(
        self, image_of_caption: Rows, size: int, negatives: Rows, *, together: bool = False
    ) -> None:
        self.image_of_caption, self.negatives = image_of_caption, negatives
        self.size, self.together = size, together
        self.pairs = np.flatnonzero(negatives >= 0)

    def __len__(self) -> int:
        return max(1, len(self.pairs) // self.size)

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch; the pairs left over wait for the next."""
        order = rng.permutation(self.pairs)
        if self.together:
            position = rng.permutation(self.image_of_caption.max() + 1)  # of each image
            order = order[np.argsort(position[self.image_of_caption[order]], kind="stable")]
        for start in range(0, len(self) * self.size, self.size):
            pairs = order[start : start + self.size]
            pairs = pairs[np.argsort(self.image_of_caption[pairs], kind="stable")]
            images, image_of_caption = np.unique(self.image_of_caption[pairs], return_inverse=True)
            captions = np.concatenate([pairs, self.negatives[pairs]])
            yield Batch(images, captions, image_of_caption, len(pairs) + np.arange(len(pairs)))
