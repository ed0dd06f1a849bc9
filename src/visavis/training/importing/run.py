"""Import a model: load it with torch, write it as ONNX, and check one against the other."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from visavis.encoders.folder import check_new, write_description
from visavis.encoders.onnx import OnnxEncoder
from visavis.errors import ModelError
from visavis.hub.source import fetch_source
from visavis.training.export.check import check_cosines
from visavis.training.importing import dual
from visavis.training.importing.examples import vector_pairs
from visavis.training.importing.sentence import sentence_side
from visavis.training.importing.sides import ImageSide, TextSide


@dataclass(frozen=True, slots=True)
class Imported:
    """An imported model: its id, its dimension, the lowest cosine to torch's vectors."""

    id: str
    dim: int
    lowest: float


def import_model(
    source: str,
    folder: Path,
    *,
    image_source: str | None = None,
    name: str | None = None,
    languages: Sequence[str] = (),
    licence: str = "",
    progress: bool = False,
) -> Imported:
    """Make a model folder of a dual encoder of transformers, from a folder or the hub.

    With `image_source`, the source is a text tower of sentence-transformers, and the image
    tower comes from that dual encoder. Raises ModelError when the source cannot be loaded, does
    something that is not known here, or when the new model's vectors differ from torch's.
    Nothing is left of a failed import.
    """
    check_new(folder)
    image_folder = str(fetch_source(image_source or source, progress=progress))
    model = dual.load_model(image_folder)
    images = dual.image_side(image_folder, model)
    texts = (
        sentence_side(fetch_source(source, progress=progress))
        if image_source
        else dual.text_side(image_folder, model)
    )
    about = {
        "similarity": dual.similarity(model),
        "languages": list(languages),
        "licence": licence,
        "source": f"{source} + {image_source}" if image_source else source,
    }
    return write_model(images, texts, folder, name or Path(source).name, about)


def write_model(
    images: ImageSide, texts: TextSide, folder: Path, name: str, about: dict[str, Any]
) -> Imported:
    """Write both sides into a new folder, which appears when all is done and checked."""
    check_new(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        draft = Path(scratch) / "model"
        draft.mkdir()
        whole = _description(images, texts, about)
        images.write(draft / "image.onnx")
        texts.write(draft / "text.onnx")
        texts.tokenizer.save(str(draft / "tokenizer.json"), pretty=False)
        identity = write_description(draft, name, whole)
        lowest = check_cosines(folder, vector_pairs(OnnxEncoder.open(draft), images, texts))
        if folder.exists():
            folder.rmdir()
        shutil.move(draft, folder)
    return Imported(identity, whole["dim"], lowest)


def _description(images: ImageSide, texts: TextSide, about: dict[str, Any]) -> dict[str, Any]:
    image = images.preprocessing.describe()
    del image["scaling"], image["channels"]  # both happen inside the network
    return {
        "dim": _dim(images, texts),
        "image": {"file": "image.onnx", **image},
        "text": {
            "file": "text.onnx",
            "tokenizer": "tokenizer.json",
            "max_tokens": texts.rules.max_tokens,
            "padding": texts.rules.padding,
            "pooling": texts.pooling,
        },
        **about,
    }


def _dim(images: ImageSide, texts: TextSide) -> int:
    black = Image.new("RGB", (images.preprocessing.size,) * 2)
    seen, read = images.reference([black]).shape[1], texts.reference(["a dog"]).shape[1]
    if seen != read:
        raise ModelError(f"images have {seen} dimensions and texts {read}: not one space")
    return int(read)
