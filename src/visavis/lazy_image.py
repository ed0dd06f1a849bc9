"""An image that is decoded when its pixels are asked for, not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL.Image import Image


class LazyImage(Image):
    """An image whose pixels `decode` makes, once, when they are loaded.

    Until then its size is `size`, an upper bound on which limits are checked.
    """

    def __init__(self, size: tuple[int, int], decode: Callable[[], Image]) -> None:
        super().__init__()
        self._size, self._mode = size, "RGB"
        self._decode: Callable[[], Image] | None = decode

    def load(self) -> Any:
        """Decode, unless that is done."""
        if self._decode:
            decode, self._decode = self._decode, None
            image = decode()
            image.load()
            self.im, self._mode, self._size = image.im, image.mode, image.size
            self.info["full_size"] = image.size
        return super().load()
