"""A model folder run by ONNX Runtime: the one format that `train` writes and all else reads."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from visavis.errors import ModelError
from visavis.types import Box, Pixels, Vectors

if TYPE_CHECKING:
    import onnxruntime
    from PIL.Image import Image
    from tokenizers import Tokenizer

    from visavis.encoders.base import Picture

FORMAT = 1
MODEL_FILE = "model.json"
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
                text_file=details["text"]["file"],
                tokenizer_file=details["text"]["tokenizer"],
                details=details,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: {error} is missing or malformed") from None


class OnnxEncoder:
    """Encode images and texts with the networks of a model folder.

    The image network takes uint8 (n, size, size, 3), the text network int64 token ids
    (n, tokens) padded with 0; both give (n, dim). Each is loaded when first needed.
    """

    def __init__(self, folder: Path, info: ModelInfo) -> None:
        self.folder, self.info = folder, info
        self._lock = threading.Lock()

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
            self._run(self._image_session, np.stack([self._pixels(image) for image in batch]))
            for batch in _batches(images, IMAGE_BATCH)
        ]
        return self._unit(rows)

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

    def _pixels(self, image: Picture) -> Pixels:
        return image if isinstance(image, np.ndarray) else self.prepare(image)

    def _tokens(self, texts: list[str]) -> NDArray[np.int64]:
        return np.array([found.ids for found in self._tokenizer.encode_batch(texts)], np.int64)

    def _run(self, session: onnxruntime.InferenceSession, batch: NDArray[Any]) -> Vectors:
        name = session.get_inputs()[0].name
        vectors: Vectors = session.run(None, {name: batch})[0]
        return vectors

    def _unit(self, rows: list[Vectors]) -> Vectors:
        if not rows:
            return np.empty((0, self.dim), np.float32)
        vectors = np.concatenate(rows)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    @cached_property
    def _image_session(self) -> onnxruntime.InferenceSession:
        return self._load(self.info.image_file, _open_session)

    @cached_property
    def _text_session(self) -> onnxruntime.InferenceSession:
        return self._load(self.info.text_file, _open_session)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer: Tokenizer = self._load(self.info.tokenizer_file, Tokenizer.from_file)
        return tokenizer

    def _load(self, name: str, load: Callable[[str], Part]) -> Part:
        path = self.folder / name
        if not path.is_file():
            raise ModelError(f"{self.folder} is not a complete model folder: no {name} in it")
        try:
            with self._lock:
                return load(str(path))
        except Exception as error:  # each library has exceptions of its own
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path}: cannot be loaded ({reason})") from error


def _open_session(path: str) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Threads that spin while they wait are fast in a benchmark and rude to everything else.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _batches(inputs: Sequence[Input] | NDArray[Any], size: int) -> Iterator[Any]:
    for start in range(0, len(inputs), size):
        yield inputs[start : start + size]
