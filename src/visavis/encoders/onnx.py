"""The encoder of model folders, on ONNX Runtime."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from visavis.encoders.base import Encoder
from visavis.encoders.info import FORMAT, MODEL_FILE, ModelInfo, Network
from visavis.encoders.regions import STANDARD_REGIONS, pixel_box
from visavis.encoders.sessions import (
    core_count,
    image_inputs,
    open_parallel_session,
    open_session,
)
from visavis.encoders.tokens import find_unknown_words, open_tokenizer, text_inputs
from visavis.errors import ModelError
from visavis.threads import map_ahead
from visavis.types import Box, Pixels, Vectors

if TYPE_CHECKING:
    import onnxruntime
    from PIL.Image import Image
    from tokenizers import Tokenizer

__all__ = ["FORMAT", "MODEL_FILE", "ModelInfo", "OnnxEncoder"]

REGIONS_OUTPUT = "windows"
"""Output of an image network with the vectors of regions, (n, regions, dim)."""

COUNT_INPUT = "parts"
"""Input of an image network: vectors an image gets, (1,) int64. By default 1, the full image.

The values of both names are part of the file format: they stand in networks already exported.
"""

Loaded = TypeVar("Loaded")


class OnnxEncoder(Encoder):
    """Encode images and texts with the networks of a model folder.

    `model.json` says what the networks take: bytes or floats, token ids alone or with a mask.
    Each network is loaded when first needed. An image network that knows regions gives their
    vectors as a second output, (n, regions, dim), when it is asked for them.
    """

    def __init__(self, folder: Path, info: ModelInfo) -> None:
        self.folder, self.info = folder, info
        self.id, self.dim, self.languages = info.id, info.dim, info.languages
        self.image_size = info.preprocessing.size
        self.text_batch = info.text.batch or Encoder.text_batch
        self.regions = info.regions or STANDARD_REGIONS
        self.relevance, self.text_mean = info.relevance, info.text_mean
        self._lock = threading.Lock()
        self._loaded: dict[tuple[str, bool], Any] = {}

    @classmethod
    def open(cls, folder: str | Path) -> OnnxEncoder:
        """Open a model folder; raise ModelError if it is not one."""
        folder = Path(folder)
        return cls(folder, ModelInfo.read(folder))

    def unknown_words(self, text: str) -> list[str]:
        """Return the words that the tokenizer spells in fragments and the model did not learn."""
        return find_unknown_words(self._tokenizer, text, self.info.known_words)

    def region_boxes(self, size: tuple[int, int]) -> list[Box]:
        """Return the boxes of the regions in an image, whose edges `prepare` may cut off."""
        seen = self.info.preprocessing.seen(size)
        boxes = [pixel_box(region, (seen.width, seen.height)) for region in self.regions]
        return [replace(box, x=box.x + seen.x, y=box.y + seen.y) for box in boxes]

    def _prepare(self, image: Image) -> Pixels:
        return self.info.preprocessing.prepare(image)

    def _encode_images(self, pixels: NDArray[np.uint8]) -> Vectors:
        return self._run_images(_outputs(self.info.image), pixels)[0]

    def _encode_with_regions(self, pixels: NDArray[np.uint8]) -> Vectors:
        if not self.info.regions:
            return super()._encode_with_regions(pixels)
        session = self._image_session(len(pixels))
        full = self.info.image.output or session.get_outputs()[0].name
        # Networks exported by earlier versions always give all regions.
        knows_count = any(
            each.name == COUNT_INPUT for each in session.get_overridable_initializers()
        )
        count = {COUNT_INPUT: np.array([1 + len(self.regions)])} if knows_count else {}
        outputs = self._run_images([full, REGIONS_OUTPUT], pixels, count)
        vectors: Vectors = np.concatenate([outputs[0][:, np.newaxis], outputs[1]], axis=1)
        return vectors

    def _run_images(
        self,
        names: list[str] | None,
        pixels: NDArray[np.uint8],
        more: Mapping[str, NDArray[Any]] = MappingProxyType({}),
    ) -> list[Vectors]:
        """Run the image network; several images are divided among cores that work side by side.

        Where all cores work on each layer together, they wait for each other: two are a quarter
        slower. For one image that is still the fastest.
        """
        session = self._image_session(len(pixels))
        parts = self._parts(pixels)

        def run(part: NDArray[np.uint8]) -> list[Vectors]:
            inputs = image_inputs(session, self.info.preprocessing, part)
            return self._run(session, names, inputs | dict(more))

        if len(parts) == 1:
            return run(parts[0])
        outputs = list(map_ahead(run, parts, threads=core_count(), ahead=len(parts)))
        return [np.concatenate(each) for each in zip(*outputs, strict=True)]

    def _parts(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """Divide a batch among the cores, in parts that the network takes."""
        most = self.info.image.batch or ceil(len(pixels) / core_count())
        return np.array_split(pixels, ceil(len(pixels) / most))

    def _encode_texts(self, texts: list[str]) -> Vectors:
        session = self._text_session
        inputs = text_inputs(session, self._tokenizer, texts)
        return self._run(session, _outputs(self.info.text), inputs)[0]

    def _run(
        self,
        session: onnxruntime.InferenceSession,
        names: list[str] | None,
        inputs: dict[str, NDArray[Any]],
    ) -> list[Vectors]:
        known = [output.name for output in session.get_outputs()]
        if missing := set(names or ()).difference(known):
            raise ModelError(
                f"{self.folder}: a network has no output {missing.pop()!r}, only {', '.join(known)}"
            )
        outputs: list[Vectors] = session.run(names, inputs)
        return outputs

    def _image_session(self, images: int) -> onnxruntime.InferenceSession:
        """Return the session for so many images; one image takes what is there."""
        file = self.info.image.file
        there = (file, True) in self._loaded and (file, False) not in self._loaded
        parallel = core_count() > 1 and (images > 1 or there)
        return self._load_once(file, open_parallel_session if parallel else open_session)

    @property
    def _text_session(self) -> onnxruntime.InferenceSession:
        return self._load_once(self.info.text.file, open_session)

    @property
    def _tokenizer(self) -> Tokenizer:
        return self._load_once(self.info.tokenizer_file, open_tokenizer)

    def _load_once(self, name: str, load: Callable[[str], Loaded]) -> Loaded:
        """Return what `load` makes of a file, loaded once however many threads ask."""
        with self._lock:
            key = name, load is open_parallel_session
            if key not in self._loaded:
                self._loaded[key] = self._load(name, load)
            loaded: Loaded = self._loaded[key]
            return loaded

    def _load(self, name: str, load: Callable[[str], Loaded]) -> Loaded:
        path = self.folder / name
        if not path.is_file():
            raise ModelError(f"{self.folder} is not a complete model folder: no {name} in it")
        try:
            return load(str(path))
        except Exception as error:  # each library has its own exceptions
            first_line = str(error).splitlines()[0]
            raise ModelError(f"{path}: cannot be loaded ({first_line})") from error


def _outputs(network: Network) -> list[str] | None:
    return [network.output] if network.output else None
