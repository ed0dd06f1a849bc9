"""What every encoder promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from visavis.encoders.windows import Window
from visavis.types import Box, Pixels, Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

    ImageInput: TypeAlias = Image | Pixels


class Encoder(Protocol):
    """Images and texts in, unit vectors of one space out.

    Any number of inputs, none included, is accepted; results do not depend on how inputs
    are grouped; one encoder may serve several threads at once. Making an encoder is cheap:
    weights are loaded when the first image or text arrives, each side on its own.
    """

    @property
    def id(self) -> str:
        """Name and content hash of the model; two encoders with one id give one space."""

    @property
    def dim(self) -> int:
        """Length of the vectors."""

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages the model was trained on."""

    @property
    def image_size(self) -> int:
        """Side of the square image the image side sees, in pixels."""

    def prepare(self, image: Image) -> Pixels:
        """Resize an RGB image to what the model sees: (image_size, image_size, 3)."""

    def encode_images(self, images: Sequence[ImageInput]) -> Vectors:
        """Encode RGB images, or arrays made by `prepare`: (n, dim)."""

    @property
    def windows(self) -> tuple[Window, ...]:
        """The parts of an image that `encode_windows` looks at beside the whole."""

    def window_boxes(self, size: tuple[int, int]) -> list[Box]:
        """Return where the windows lie in an image of some width and height."""

    def encode_windows(self, images: Sequence[ImageInput]) -> Vectors:
        """Encode images as a whole and in their windows: (n, 1 + windows, dim)."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts of any length: (n, dim)."""

    def encode_regions(self, image: Image, boxes: Sequence[Box]) -> Vectors:
        """Encode rectangles of one image: (n, dim)."""
