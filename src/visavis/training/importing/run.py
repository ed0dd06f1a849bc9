"""Import a model: load it with torch, write it as ONNX, and compare the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from visavis.encoders.folder import check_new, drafting, write_description
from visavis.encoders.onnx import OnnxEncoder
from visavis.encoders.text_mean import note_text_mean
from visavis.encoders.weights import separate_weights
from visavis.errors import ModelError
from visavis.hub.source import fetch_source
from visavis.training.export.check import check_cosines
from visavis.training.importing import dual, sentence
from visavis.training.importing.examples import vector_pairs
from visavis.training.importing.towers import ImportedImageTower, ImportedTextTower


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Outcome of an import; `lowest_cosine` is between torch's vectors and the new model's."""

    id: str
    dim: int
    lowest_cosine: float


def import_model(
    source: str,
    folder: Path,
    *,
    image_source: str | None = None,
    name: str | None = None,
    languages: Sequence[str] = (),
    licence: str = "",
    progress: bool = False,
) -> ImportReport:
    """Write a dual encoder of transformers, in a folder or on the hub, as a model folder.

    With `image_source`, `source` is a text tower of sentence-transformers, and the image tower
    is that of the dual encoder `image_source`. Raises ModelError if the source cannot be loaded
    or has a part that is not supported, or if the new model's vectors differ from torch's; a
    failed import leaves nothing behind.
    """
    check_new(folder)
    image_folder = str(fetch_source(image_source or source, progress=progress))
    model = dual.load_model(image_folder)
    images = dual.image_tower(image_folder, model)
    texts = (
        sentence.text_tower(fetch_source(source, progress=progress))
        if image_source
        else dual.text_tower(image_folder, model)
    )
    details = {
        "similarity": dual.similarity(model),
        "languages": list(languages),
        "licence": licence,
        "source": f"{source} + {image_source}" if image_source else source,
    }
    return write_model(images, texts, folder, name or Path(source).name, details)


def write_model(
    images: ImportedImageTower,
    texts: ImportedTextTower,
    folder: Path,
    name: str,
    details: Mapping[str, Any],
) -> ImportReport:
    """Write two towers as a model folder; `details` go into `model.json`.

    Raises ModelError, writing nothing, if the folder's vectors differ from torch's.
    """
    description = {**_describe(images, texts), **details}
    with drafting(folder) as draft:
        images.write(draft / "image.onnx")
        texts.write(draft / "text.onnx")
        texts.tokenizer.save(str(draft / "tokenizer.json"), pretty=False)
        identity = write_description(draft, name, description)
        # Only now: the id must not depend on how a version of ONNX Runtime writes networks.
        for network in ("image.onnx", "text.onnx"):
            separate_weights(draft / network)
        note_text_mean(draft)
        lowest = check_cosines(folder, vector_pairs(OnnxEncoder.open(draft), images, texts))
    return ImportReport(identity, description["dim"], lowest)


def _describe(images: ImportedImageTower, texts: ImportedTextTower) -> dict[str, Any]:
    image = images.preprocessing.describe()
    del image["scaling"], image["channels"]  # both happen inside the network
    return {
        "dim": dimensions(images, texts),
        "image": {"file": "image.onnx", **image},
        "text": {
            "file": "text.onnx",
            "tokenizer": "tokenizer.json",
            "max_tokens": texts.rules.max_tokens,
            "padding": texts.rules.padding,
            "pooling": texts.pooling,
        },
    }


def dimensions(images: ImportedImageTower, texts: ImportedTextTower) -> int:
    """Return the length of the vectors of both towers; raise ModelError if they differ."""
    black = Image.new("RGB", (images.preprocessing.size,) * 2)
    of_images, of_texts = images.reference([black]).shape[1], texts.reference(["a dog"]).shape[1]
    if of_images != of_texts:
        raise ModelError(f"images have {of_images} dimensions and texts {of_texts}: not one space")
    return int(of_texts)
