"""Write what Python makes of texts, images and queries, for the TypeScript tests to compare with.

python packages/visavis/test/fixtures.py FILE.json
"""

from __future__ import annotations

import base64
import io
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from visavis import Collection
from visavis.encoders import load_encoder
from visavis.encoders.resolve import BUNDLED
from visavis.encoders.tokens import open_tokenizer
from visavis.queries import FUSIONS, Query, Term, parse_filter
from visavis.stores import Record
from visavis.types import Item

TEXTS = [
    "a dog runs on the beach",
    "Un chien court sur la plage.",
    "",
    "   ",
    "pêche et péché, l'été à Noël — œuvre",
    "ＦＵＬＬ ｗｉｄｔｈ ½ ﬁ",
    "emoji 🐕‍🦺 and 東京 and Ελλάδα",
    "x" * 300,
    "two  dogs\n\tplaying " * 60,
    "naïve café 100 % 3.14 #hash @home",
    "antidisestablishmentarianism hippopotamus",
    "[CLS] a dog [SEP] [UNK] [MASK] [PAD]",
    "l’été d’un garçon : « où est-ce ? » — aujourd'hui",
    "don't stop! it's 3½ km/h... (U.S.A.) a_b@c.org",
    "e\u0301te\u0301 \u00ad zero\u200bwidth \u0007 bell \ufeff no\u00a0break ß İstanbul",
    "人が走る 한국어 हिन्दी العربية",
]
SIZES = [
    ((640, 427), (224, 224)),
    ((31, 57), (224, 224)),
    ((224, 224), (96, 224)),
    ((5, 3), (17, 2)),
    ((427, 640), (224, 224)),
    ((640, 427), (240, 240)),
    ((240, 500), (240, 240)),
    ((120, 900), (100, 100)),
]
INTERPOLATIONS = ["bicubic", "bilinear", "lanczos", "box", "hamming", "nearest"]
COUNT = 400


def main(path: str) -> None:
    encoder = load_encoder()
    rng = np.random.default_rng(0)
    tokenizer = open_tokenizer(str(BUNDLED / "tokenizer.json"))
    tokenizer.no_padding()
    found = {
        "texts": [
            {"text": text, "ids": tokenizer.encode(text).ids, "vector": encode(vector)}
            for text, vector in zip(TEXTS, encoder.encode_texts(TEXTS), strict=True)
        ],
        "resized": [resized(rng, *sizes, name) for sizes in SIZES for name in INTERPOLATIONS],
        "images": [
            encoded(encoder, rng, size) for size in ((224, 224), (500, 375), (427, 640), (90, 200))
        ],
        "collection": searched(rng, encoder),
    }
    Path(path).write_text(json.dumps(found), "utf-8")


def encode(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array)).decode()


def noise(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Draw an image with coarse and fine detail."""
    coarse = Image.fromarray(rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)).resize(size)
    fine = rng.integers(-60, 60, (size[1], size[0], 3))
    return Image.fromarray(np.clip(np.asarray(coarse) + fine, 0, 255).astype(np.uint8))


def resized(
    rng: np.random.Generator, size: tuple[int, int], to: tuple[int, int], name: str
) -> dict[str, Any]:
    drawn = noise(rng, size)
    after = drawn.resize(to, Image.Resampling[name.upper()])
    return {
        "size": size,
        "to": to,
        "interpolation": name,
        "before": encode(np.asarray(drawn)),
        "after": encode(np.asarray(after)),
    }


def encoded(encoder: Any, rng: np.random.Generator, size: tuple[int, int]) -> dict[str, Any]:
    drawn = noise(rng, size)
    (vector,) = encoder.encode_images([drawn])
    return {"size": size, "rgb": encode(np.asarray(drawn)), "vector": encode(vector)}


def searched(rng: np.random.Generator, encoder: Any) -> dict[str, Any]:
    """Search a collection of random images, with one term and with several."""
    with tempfile.TemporaryDirectory() as folder, Collection.create(folder) as collection:
        vectors = rng.normal(size=(COUNT, encoder.dim)) + 2 * rng.normal(size=encoder.dim)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors.astype(np.float16).astype(np.float32)  # as TypeScript keeps them
        items = [Item(f"{n:03}", "image", f"{n}.jpg", None, facts(n)) for n in range(COUNT)]
        collection.store.upsert(map(Record, items, vectors))
        photo = png(noise(rng, (90, 60)))
        queries = [
            ([(1.0, "a dog")], []),
            ([(1.0, photo)], []),
            ([(1.0, "a dog"), (1.0, "snow")], []),
            ([(2.0, "a dog"), (1.0, "snow"), (-0.5, "people")], ["width>=100", "city~paris 3"]),
            ([(1.0, "a dog"), (-1.0, "a cat")], ["city!=Paris 2", "width<300"]),
            ([(1.0, photo), (1.0, "in red")], ["taken<=2023-06", "code!=3"]),
            ([(-0.5, photo), (2.0, "a dog"), (1.0, "snow")], ["width<300"]),
        ]
        return {
            "vectors": encode(vectors),
            "text_mean": encoder.text_mean.tolist(),
            "items": [
                {"id": i.id, "source": i.source, "metadata": dict(i.metadata)} for i in items
            ],
            "queries": [
                query(collection, [term(*each) for each in terms], where, fusion)
                for terms, where in queries
                for fusion in FUSIONS.names()
            ],
        }


def facts(n: int) -> dict[str, Any]:
    taken = f"2023-{n % 12 + 1:02}-14T15:02:11+02:00"
    return {"width": n, "city": f"Paris {n % 7}", "taken": taken, "code": str(n % 5)}


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def term(weight: float, value: str | bytes) -> Term:
    return Term(weight, "text" if isinstance(value, str) else "image", value)


def query(
    collection: Collection, terms: list[Term], where: list[str], fusion: str
) -> dict[str, Any]:
    hits = collection.search(Query(tuple(terms)), 20, "image", parse_filter(where), fusion=fusion)
    alone = [Query((replace(each, weight=1.0),)) for each in terms]
    vectors = map(collection.vector, alone)
    return {
        "terms": [
            {"weight": each.weight, "modality": each.modality, "vector": encode(vector)}
            for each, vector in zip(terms, vectors, strict=True)
        ],
        "where": where,
        "fusion": fusion,
        "hits": [(hit.id, hit.score) for hit in hits],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
