"""The contract of encoders: images and texts in, unit vectors of one space out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from visavis.encoders.regions import STANDARD_REGIONS, RelativeBox, cut_out, pixel_box
from visavis.encoders.relevance import RelevanceCurve
from visavis.errors import ModelError
from visavis.types import Box, Pixels, Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

    from visavis.images import ImageInput

T = TypeVar("T")


class Encoder(ABC):
    """Turns images and texts into vectors of one space.

    A subclass sets `id`, `dim`, `languages` and `image_size`, and writes `_encode_images` and
    `_encode_texts`; opening images, batches, checks and unit length are done here. Any number
    of inputs is accepted, none included, and the grouping of inputs does not change their
    vectors. One encoder may serve several threads at once. Construction should be cheap: load
    weights when the first image or text arrives.
    """

    id: str
    """Name and content hash of the model; encoders with the same id share one space."""

    dim: int
    """Length of the vectors."""

    languages: tuple[str, ...]
    """ISO 639-1 codes of the languages the model was trained on."""

    image_size: int
    """Side in pixels of the square images that the model takes."""

    regions: tuple[RelativeBox, ...] = STANDARD_REGIONS
    """The regions that `encode_with_regions` encodes beside the full image."""

    image_batch: int = 16
    """Images encoded at a time."""

    text_batch: int = 64
    """Texts encoded at a time."""

    relevance: RelevanceCurve | None = None
    """What a score says about relevance; None if that was not measured."""

    text_mean: Vectors | None = None
    """What its texts have in common: the mean (dim,) of everyday words; None if unknown."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id!r}>"

    @abstractmethod
    def _encode_images(self, pixels: NDArray[np.uint8]) -> Vectors:
        """Encode up to `image_batch` RGB images (n, image_size, image_size, 3): (n, dim).

        The vectors may have any length but zero.
        """

    @abstractmethod
    def _encode_texts(self, texts: list[str]) -> Vectors:
        """Encode up to `text_batch` texts: (n, dim), of any length but zero."""

    def _encode_with_regions(self, pixels: NDArray[np.uint8]) -> Vectors:
        """Encode a batch of images and their regions: (n, 1 + regions, dim).

        By default each region is cut out and encoded as an image.
        """
        views: list[Pixels] = [
            view
            for image in pixels
            for view in (image, *(cut_out(image, region) for region in self.regions))
        ]
        rows = [self._encode_images(batch) for batch in self._image_batches(views)]
        return np.concatenate(rows).reshape(len(pixels), 1 + len(self.regions), -1)

    def _prepare(self, image: Image) -> Pixels:
        """Resize an upright RGB image to (image_size, image_size, 3); by default, squash it."""
        from visavis.images import squash

        return squash(image, self.image_size)

    def prepare(self, image: ImageInput) -> Pixels:
        """Open an image and bring it to the model's size: (image_size, image_size, 3).

        An array that has this shape already is taken as it is. Raises ImageError.
        """
        from visavis.images import open_image

        if isinstance(image, np.ndarray) and self._is_prepared(image):
            return image
        return self._prepare(open_image(image, size=self.image_size))

    def encode_images(self, images: Sequence[ImageInput]) -> Vectors:
        """Encode images: (n, dim), rows of unit length in the order given.

        An image is a path, the bytes of a file, a PIL image, or an array, uint8
        (height, width, 3). Raises ImageError for one that cannot be opened.
        """
        batches = self._image_batches(_listed(images, "images"))
        return self._unit([self._encode_images(batch) for batch in batches])

    def encode_with_regions(self, images: Sequence[ImageInput]) -> Vectors:
        """Encode images and their regions: (n, 1 + regions, dim), the full image first.

        Raises ImageError for an image that cannot be opened.
        """
        batches = self._image_batches(_listed(images, "images"))
        rows = [self._encode_with_regions(batch) for batch in batches]
        return self._unit(rows, 1 + len(self.regions))

    def region_boxes(self, size: tuple[int, int]) -> list[Box]:
        """Return the boxes of the regions in an image of (width, height) pixels."""
        return [pixel_box(region, size) for region in self.regions]

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: (n, dim), rows of unit length in the order given.

        Of a long text the beginning counts. Raises TypeError for what is not a text.
        """
        texts = _listed(texts, "texts")
        for text in texts:
            if not isinstance(text, str):
                raise TypeError(f"a text is a str, not {type(text).__name__}: {text!r:.60}")
        # Texts of similar length are padded less.
        order = np.argsort([len(text) for text in texts], kind="stable")
        batches = _batches([texts[n] for n in order], self.text_batch)
        vectors = self._unit([self._encode_texts(list(batch)) for batch in batches])
        vectors[order] = vectors.copy()
        return vectors

    def unknown_words(self, text: str) -> list[str]:  # noqa: ARG002 - an encoder may know
        """Return the words of a text that the model has not learned, in their order.

        By default none: an encoder that cannot tell says nothing.
        """
        return []

    def _image_batches(self, images: Sequence[ImageInput]) -> Iterator[NDArray[np.uint8]]:
        for batch in _batches(images, self.image_batch):
            yield np.stack([self.prepare(image) for image in batch])

    def _is_prepared(self, pixels: Pixels) -> bool:
        return pixels.dtype == np.uint8 and pixels.shape == (self.image_size, self.image_size, 3)

    def _unit(self, rows: list[Vectors], *regions: int) -> Vectors:
        """Join batches to (n, *regions, dim) and scale each vector to unit length."""
        for batch in rows:
            if batch.shape[-1] != self.dim:
                found = batch.shape[-1]
                raise ModelError(f"{self.id}: vectors of {found} dimensions instead of {self.dim}")
        vectors = np.concatenate([np.empty((0, *regions, self.dim), np.float32), *rows])
        lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
        if not (lengths > 0).all() or not np.isfinite(lengths).all():
            raise ModelError(f"{self.id}: a vector is zero or not finite")
        vectors /= lengths
        return vectors.astype(np.float32, copy=False)


def _listed(inputs: Iterable[T], what: str) -> list[T]:
    if isinstance(inputs, str | bytes | Path) or not isinstance(inputs, Iterable):
        raise TypeError(f"a list of {what} is needed, not a single {type(inputs).__name__}")
    return list(inputs)


def _batches(inputs: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(inputs), size):
        yield inputs[start : start + size]
