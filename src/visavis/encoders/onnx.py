"""A model folder run by ONNX Runtime: the one format that `train` writes and all else reads."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from visavis.encoders.windows import STANDARD_WINDOWS, Window, cut
from visavis.errors import ModelError
from visavis.types import Box, Pixels, Vectors

if TYPE_CHECKING:
    import onnxruntime
    from PIL.Image import Image
    from tokenizers import Tokenizer

    from visavis.encoders.base import Picture

FORMAT = 1
MODEL_FILE = "model.json"
WINDOWS_OUTPUT = "windows"
IMAGE_BATCH = 16
TEXT_BATCH = 64

Input = TypeVar("Input")
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What `model.json` says of a model; `details` holds the whole file."""

    id: str
    dim: int
    languages: tuple[str, ...]
    image_file: str
    image_size: int
    windows: tuple[Window, ...]
    text_file: str
    tokenizer_file: str
    details: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> ModelInfo:
        """Read and check `model.json`; raise ModelError when it cannot be used."""
        path = folder / MODEL_FILE
        try:
            details = json.loads(path.read_text("utf-8"))
        except OSError:
            raise ModelError(f"{folder} is not a model folder: no {MODEL_FILE} in it") from None
        except ValueError as error:
            raise ModelError(f"{path}: not valid JSON ({error})") from None
        if not isinstance(details, dict) or details.get("format") != FORMAT:
            raise ModelError(f"{path}: not a model of format {FORMAT}, the only one known here")
        try:
            return cls(
                id=str(details["id"]),
                dim=int(details["dim"]),
                languages=tuple(details["languages"]),
                image_file=details["image"]["file"],
                image_size=int(details["image"]["size"]),
                windows=tuple(_window(each) for each in details["image"].get("windows", ())),
                text_file=details["text"]["file"],
                tokenizer_file=details["text"]["tokenizer"],
                details=details,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: {error} is missing or malformed") from None


class OnnxEncoder:
    """Encode images and texts with the networks of a model folder.

    The image network takes uint8 (n, size, size, 3), the text network int64 token ids
    (n, tokens) padded with 0; both give (n, dim). Each is loaded when first needed. An image
    network that knows windows gives them as a second output, (n, windows, dim).
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
        """Side of the square picture the image network sees, in pixels."""
        return self.info.image_size

    def prepare(self, image: Image) -> Pixels:
        """Resize an RGB picture, aspect ratio not kept: (image_size, image_size, 3)."""
        from visavis.images import squash

        return squash(image, self.image_size)

    def encode_images(self, images: Sequence[Picture]) -> Vectors:
        """Encode RGB pictures, or arrays made by `prepare`: (n, dim)."""
        rows = [
            self._run(self._image_session, self._stack(batch))
            for batch in _batches(images, IMAGE_BATCH)
        ]
        return self._unit(rows)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows of the image network, or a standard set that is cut out."""
        return self.info.windows or STANDARD_WINDOWS

    def encode_windows(self, images: Sequence[Picture]) -> Vectors:
        """Encode pictures as a whole and in their windows: (n, 1 + windows, dim).

        One pass of the network gives all of them, if it knows windows; else each is cut out.
        """
        encode = self._run_windows if self.info.windows else self._cut_windows
        rows = [encode(self._stack(batch)) for batch in _batches(images, IMAGE_BATCH)]
        return self._unit(rows, 1 + len(self.windows))

    def _run_windows(self, batch: NDArray[np.uint8]) -> Vectors:
        session = self._image_session
        outputs = dict(
            zip(
                [output.name for output in session.get_outputs()],
                session.run(None, {session.get_inputs()[0].name: batch}),
                strict=True,
            )
        )
        if WINDOWS_OUTPUT not in outputs:
            raise ModelError(f"{self.folder}: its image network has no output {WINDOWS_OUTPUT!r}")
        whole, windows = outputs.values()
        vectors: Vectors = np.concatenate([whole[:, np.newaxis], windows], axis=1)
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
            self._run(self._text_session, self._tokens([texts[i] for i in batch]))
            for batch in _batches(order, TEXT_BATCH)
        ]
        vectors = self._unit(rows)
        vectors[order] = vectors.copy()
        return vectors

    def encode_regions(self, image: Image, boxes: Sequence[Box]) -> Vectors:
        """Encode rectangles of one picture, each cut out: (n, dim)."""
        from visavis.images import crop

        return self.encode_images([crop(image, box) for box in boxes])

    def _stack(self, images: Sequence[Picture]) -> NDArray[np.uint8]:
        return np.stack([self._pixels(image) for image in images])

    def _pixels(self, image: Picture) -> Pixels:
        return image if isinstance(image, np.ndarray) else self.prepare(image)

    def _tokens(self, texts: list[str]) -> NDArray[np.int64]:
        return np.array([found.ids for found in self._tokenizer.encode_batch(texts)], np.int64)

    def _run(self, session: onnxruntime.InferenceSession, batch: NDArray[Any]) -> Vectors:
        name = session.get_inputs()[0].name
        vectors: Vectors = session.run(None, {name: batch})[0]
        return vectors

    def _unit(self, rows: list[Vectors], *parts: int) -> Vectors:
        vectors = np.concatenate([np.empty((0, *parts, self.dim), np.float32), *rows])
        vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
        return vectors

    @property
    def _image_session(self) -> onnxruntime.InferenceSession:
        return self._part(self.info.image_file, _open_session)

    @property
    def _text_session(self) -> onnxruntime.InferenceSession:
        return self._part(self.info.text_file, _open_session)

    @property
    def _tokenizer(self) -> Tokenizer:
        return self._part(self.info.tokenizer_file, _open_tokenizer)

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


def _window(parts: list[float]) -> Window:
    x, y, width, height = map(float, parts)
    return x, y, width, height


def _open_session(path: str) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Threads that spin while they wait are fast in a benchmark and rude to everything else.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _open_tokenizer(path: str) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer: Tokenizer = Tokenizer.from_file(path)
    return tokenizer


def _batches(inputs: Sequence[Input] | NDArray[Any], size: int) -> Iterator[Any]:
    for start in range(0, len(inputs), size):
        yield inputs[start : start + size]
