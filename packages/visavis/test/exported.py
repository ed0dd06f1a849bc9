"""Export a collection of random images for the device, and write what Python finds in it.

python packages/visavis/test/exported.py FOLDER
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from visavis import Collection
from visavis.encoders import load_encoder
from visavis.queries import Query, Term
from visavis.stores import Record
from visavis.types import Item
from visavis.upkeep import export_for_device

COUNT = 3000
WORDS = [
    "a dog",
    "snow",
    "un vélo rouge",
    "deux enfants",
    "the sea at night",
    "a red car",
    "people",
    "une fleur",
]
LESS = 0.5


def main(folder: str) -> None:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    encoder = load_encoder()
    with tempfile.TemporaryDirectory() as home, Collection.create(home) as collection:
        fill(collection, encoder.dim)
        for vectors in ("float16", "int8"):
            export_for_device(collection.store, target / f"{vectors}.visavis", vectors=vectors)
        texts = dict(zip(WORDS, encoder.encode_texts(WORDS), strict=True))
        found = [searched(collection, terms, texts) for terms in queries()]
    model = {
        "id": encoder.id,
        "dim": encoder.dim,
        "info": {"textMean": encoder.text_mean.tolist()},
    }
    (target / "expected.json").write_text(
        json.dumps({"model": model, "count": COUNT, "queries": found}), "utf-8"
    )


def fill(collection: Collection, dim: int) -> None:
    """Put in vectors as images have them: around a common mean, in groups that are much alike."""
    rng = np.random.default_rng(20)
    groups = rng.normal(size=(40, dim))
    vectors = (
        0.8 * rng.normal(size=(COUNT, dim))
        + groups[rng.integers(40, size=COUNT)]
        + rng.normal(size=dim)
    )
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    items = [
        Item(f"{n:05}", "image", f"/photos/é{n}.jpg", None, {"width": n}) for n in range(COUNT)
    ]
    collection.store.upsert(map(Record, items, vectors))


def queries() -> list[list[tuple[float, str]]]:
    alone = [[(1.0, word)] for word in WORDS]
    pairs = [
        [(1.0, a), (weight, b)] for a in WORDS for b in WORDS if a != b for weight in (1.0, -LESS)
    ]
    return alone + pairs


def searched(collection: Collection, terms: list[tuple[float, str]], texts: dict[str, Any]) -> Any:
    query = Query(tuple(Term(weight, "text", word) for weight, word in terms))
    hits = collection.search(query, 10, "image")
    return {
        "terms": [
            {
                "weight": weight,
                "modality": "text",
                "vector": base64.b64encode(texts[word].tobytes()).decode(),
            }
            for weight, word in terms
        ],
        "hits": [(hit.id, hit.score) for hit in hits],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
