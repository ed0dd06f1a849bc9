"""Write model folders of several kinds, and the vectors that Python gets from them.

python packages/visavis/test/models.py FOLDER

CLIP and SigLIP with random weights, as `visavis models import` makes them
of transformers; the bundled model as `visavis models quantize --to int8-static` makes it, and with
weights in second files, as large imported models have them.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from visavis.encoders import load_encoder, weights
from visavis.encoders.onnx import OnnxEncoder
from visavis.encoders.resolve import BUNDLED
from visavis.training.importing.run import import_model
from visavis.training.quantize import quantize

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

from fixtures import encode, noise  # noqa: E402

import tiny_models  # noqa: E402

SIZES = [(90, 60), (40, 70)]
TINY = ("clip", "siglip")
TEXTS = [text for text in tiny_models.TEXTS if text.isascii() or "église" in text]


def main(target: str) -> None:
    folder = Path(target)
    rng = np.random.default_rng(5)
    images = [noise(rng, size) for size in SIZES]
    found = {}
    for name in TINY:
        with tempfile.TemporaryDirectory() as made:
            getattr(tiny_models, f"make_{name}")(Path(made) / name)
            import_model(str(Path(made) / name), folder / name, name=name, languages=("en", "fr"))
        found[name] = described(folder / name, images)
    photographs = tiny_models.photographs(20)
    quantize(BUNDLED, folder / "static", "int8-static", photographs, tiny_models.TEXTS, least=0.9)
    found["static"] = described(folder / "static", images)
    shutil.copytree(BUNDLED, folder / "separate")
    weights.LARGE = 0
    for network in ("image.onnx", "text.onnx"):
        weights.separate_weights(folder / "separate" / network)
    found["separate"] = described(folder / "separate", images)
    (folder / "expected.json").write_text(json.dumps(found), "utf-8")


def described(folder: Path, images: list[Image.Image]) -> dict[str, Any]:
    encoder = load_encoder(folder)
    assert isinstance(encoder, OnnxEncoder)
    return {
        "id": encoder.id,
        "texts": [
            {"text": text, "vector": encode(vector)}
            for text, vector in zip(TEXTS, encoder.encode_texts(TEXTS), strict=True)
        ],
        "images": [
            {"size": image.size, "rgb": encode(np.asarray(image)), "vector": encode(vector)}
            for image, vector in zip(images, encoder.encode_images(images), strict=True)
        ],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
