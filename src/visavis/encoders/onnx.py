"""A model folder run by ONNX Runtime: the one format that `train` writes and all else reads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from visavis.encoders.info import FORMAT, MODEL_FILE, ModelInfo, Network
from visavis.encoders.sessions import image_inputs, open_session
from visavis.encoders.tokens import open_tokenizer, text_inputs
from visavis.encoders.windows import STANDARD_WINDOWS, Window, cut, window_box
from visavis.errors import ModelError
from visavis.types import Box, Pixels, Vectors

if TYPE_CHECKING:
    import onnxruntime
    from PIL.Image import Image
    from tokenizers import Tokenizer

    from visavis.encoders.base import ImageInput

__all__ = ["FORMAT", "MODEL_FILE", "ModelInfo", "OnnxEncoder"]

WINDOWS_OUTPUT = "windows"
PARTS_INPUT = "parts"  # how many vectors an image gets; one, of the whole, if not given
IMAGE_BATCH = 16
TEXT_BATCH = 64

Input = TypeVar("Input")
Part = TypeVar("Part")


class OnnxEncoder:
    """Encode images and texts with the networks of a model folder.

    What the networks take, bytes or floats, ids alone or with a mask, says `model.json`; both
    give (n, dim). Each is loaded when first needed. An image network that knows windows gives
    them as a second output, (n, windows, dim), when asked for so many `parts`.
    """

    def __init__(self, folder: Path, info: ModelInfo) -> None:
        self.folder, self.info = folder, info
        self._lock = threading.Lock()
        self._parts: dict[str, Any] = {}

    @classmethod
    def open(cls, folder: str | Path) -> OnnxEncoder:
        """Open a model folder; raise ModelError when it is none."""
        folder = Path(folder)
        return cls(folder, ModelInfo.read(folder))

    @property
    def id(self) -> str:
        """Name and content hash of the model."""
        return self.info.id

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return self.info.dim

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages the model was trained on."""
        return self.info.languages

    @property
    def image_size(self) -> int:
        """Side of the square image the image network sees, in pixels."""
        return self.info.preprocessing.size

    def prepare(self, image: Image) -> Pixels:
        """Resize and crop an RGB image as the model wants it: (image_size, image_size, 3)."""
        return self.info.preprocessing.prepare(image)

    def encode_images(self, images: Sequence[ImageInput]) -> Vectors:
        """Encode RGB images, or arrays made by `prepare`: (n, dim)."""
        return self._unit([self._run_images(batch) for batch in self._image_batches(images)])

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows of the image network, or a standard set that is cut out."""
        return self.info.windows or STANDARD_WINDOWS

    def window_boxes(self, size: tuple[int, int]) -> list[Box]:
        """Return where the windows lie in an image, of which `prepare` may cut off the edges."""
        seen = self.info.preprocessing.seen(size)
        boxes = [window_box(window, (seen.width, seen.height)) for window in self.windows]
        return [replace(box, x=box.x + seen.x, y=box.y + seen.y) for box in boxes]

    def encode_windows(self, images: Sequence[ImageInput]) -> Vectors:
        """Encode images as a whole and in their windows: (n, 1 + windows, dim).

        One pass of the network gives all of them, if it knows windows; else each is cut out.
        """
        encode = self._run_windows if self.info.windows else self._cut_windows
        rows = [encode(batch) for batch in self._image_batches(images)]
        return self._unit(rows, 1 + len(self.windows))

    def _run_windows(self, batch: NDArray[np.uint8]) -> Vectors:
        session = self._image_session
        whole = self.info.image.output or session.get_outputs()[0].name
        inputs = self._image_inputs(batch)
        # Networks exported by earlier versions always give all windows.
        if any(each.name == PARTS_INPUT for each in session.get_overridable_initializers()):
            inputs[PARTS_INPUT] = np.array([1 + len(self.info.windows)])
        outputs = self._run(session, [whole, WINDOWS_OUTPUT], inputs)
        vectors: Vectors = np.concatenate([outputs[0][:, np.newaxis], outputs[1]], axis=1)
        return vectors

    def _cut_windows(self, batch: NDArray[np.uint8]) -> Vectors:
        from PIL.Image import fromarray

        parts = [
            part
            for pixels in batch
            for part in (pixels, *(fromarray(cut(pixels, window)) for window in self.windows))
        ]
        return self.encode_images(parts).reshape(len(batch), -1, self.dim)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts, of which the first tokens the model has room for count: (n, dim)."""
        order = np.argsort([len(text) for text in texts], kind="stable")
        rows = [
            self._run_texts([texts[i] for i in batch])
            for batch in _batches(order, self.info.text.batch or TEXT_BATCH)
        ]
        vectors = self._unit(rows)
        vectors[order] = vectors.copy()
        return vectors

    def encode_regions(self, image: Image, boxes: Sequence[Box]) -> Vectors:
        """Encode rectangles of one image, each cut out: (n, dim)."""
        from visavis.images import crop

        return self.encode_images([crop(image, box) for box in boxes])

    def _image_batches(self, images: Sequence[ImageInput]) -> Iterator[NDArray[np.uint8]]:
        for batch in _batches(images, self.info.image.batch or IMAGE_BATCH):
            yield np.stack([self._pixels(image) for image in batch])

    def _pixels(self, image: ImageInput) -> Pixels:
        return image if isinstance(image, np.ndarray) else self.prepare(image)

    def _run_images(self, batch: NDArray[np.uint8]) -> Vectors:
        session = self._image_session
        return self._run(session, _outputs(self.info.image), self._image_inputs(batch))[0]

    def _run_texts(self, texts: list[str]) -> Vectors:
        session = self._text_session
        inputs = text_inputs(session, self._tokenizer, texts)
        return self._run(session, _outputs(self.info.text), inputs)[0]

    def _image_inputs(self, batch: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
        return image_inputs(self._image_session, self.info.preprocessing, batch)

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

    def _unit(self, rows: list[Vectors], *parts: int) -> Vectors:
        if rows and rows[0].shape[-1] != self.dim:
            length = rows[0].shape[-1]
            raise ModelError(
                f"{self.folder}: a network gives {length} numbers, {MODEL_FILE} says {self.dim}"
            )
        vectors = np.concatenate([np.empty((0, *parts, self.dim), np.float32), *rows])
        vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
        return vectors

    @property
    def _image_session(self) -> onnxruntime.InferenceSession:
        return self._part(self.info.image.file, open_session)

    @property
    def _text_session(self) -> onnxruntime.InferenceSession:
        return self._part(self.info.text.file, open_session)

    @property
    def _tokenizer(self) -> Tokenizer:
        return self._part(self.info.tokenizer_file, open_tokenizer)

    def _part(self, name: str, load: Callable[[str], Part]) -> Part:
        """Return what a file holds, loaded once however many threads ask."""
        with self._lock:
            if name not in self._parts:
                self._parts[name] = self._load(name, load)
            part: Part = self._parts[name]
            return part

    def _load(self, name: str, load: Callable[[str], Part]) -> Part:
        path = self.folder / name
        if not path.is_file():
            raise ModelError(f"{self.folder} is not a complete model folder: no {name} in it")
        try:
            return load(str(path))
        except Exception as error:  # each library has exceptions of its own
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path}: cannot be loaded ({reason})") from error


def _outputs(network: Network) -> list[str] | None:
    return [network.output] if network.output else None


def _batches(inputs: Sequence[Input] | NDArray[Any], size: int) -> Iterator[Any]:
    for start in range(0, len(inputs), size):
        yield inputs[start : start + size]
