"""A teacher of the text tower: a frozen sentence encoder whose vectors it learns to reproduce.

Hinton et al., Distilling the Knowledge in a Neural Network, 2015, https://arxiv.org/abs/1503.02531.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.errors import TrainingError
from visavis.files import replacing

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Teacher:
    """The teacher's vectors by text: unit vectors (n, width), and the row of each text.

    Texts of one meaning may share a row: a French sentence has that of its English equal.
    """

    vectors: Tensor
    row_of: Mapping[str, int]

    def rows(self, texts: Sequence[str]) -> Tensor:
        """Return the row of each text, int64 (texts,), or -1 for one the teacher does not know."""
        return torch.tensor([self.row_of.get(text, UNKNOWN) for text in texts], dtype=torch.int64)

    def means(self, rows: Tensor, groups: Tensor, count: int) -> Tensor:
        """Return the unit mean of the known rows of each group, (count, width); 0 if it has none.

        `groups` (texts,) numbers the group of each text, such as the image of a caption.
        """
        known = rows != UNKNOWN
        sums = torch.zeros(count, self.vectors.shape[1])
        return F.normalize(sums.index_add_(0, groups[known], self.vectors[rows[known]]), dim=1)

    @classmethod
    def encode(cls, folder: str, texts: Sequence[str], equals: Mapping[str, str]) -> Self:
        """Encode texts with a sentence-transformers model, a folder or a name on the hub.

        A text of `equals` gets the vector of its equal. Raises TrainingError.
        """
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise TrainingError(
                "a teacher that is no .npz file needs pip install sentence-transformers"
            ) from error
        said = {text: equals.get(text, text) for text in texts}
        distinct = {text: row for row, text in enumerate(dict.fromkeys(said.values()))}
        try:
            model = SentenceTransformer(folder, device="cpu")
        except (OSError, ValueError) as error:
            raise TrainingError(f"{folder}: not a sentence-transformers model ({error})") from error
        vectors = model.encode(
            list(distinct), batch_size=256, normalize_embeddings=True, convert_to_tensor=True
        )
        return cls(vectors.float(), {text: distinct[equal] for text, equal in said.items()})

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `save` wrote. Raises TrainingError."""
        try:
            with np.load(path) as stored:
                vectors = torch.from_numpy(stored["vectors"].astype(np.float32))
                texts = json.loads(stored["texts"].tobytes())
                rows = stored["rows"].tolist()
        except (OSError, EOFError, KeyError, TypeError, ValueError, BadZipFile) as error:
            raise TrainingError(f"{path}: no teacher's vectors in it ({error})") from error
        return cls(F.normalize(vectors, dim=1), dict(zip(texts, rows, strict=True)))

    def save(self, path: Path) -> None:
        """Write an .npz file: `vectors` in half precision, `texts` in JSON, `rows` of the texts."""
        texts = np.frombuffer(json.dumps(list(self.row_of)).encode(), np.uint8)
        rows = np.fromiter(self.row_of.values(), np.int32)
        with replacing(path) as file:
            np.savez(file, vectors=self.vectors.half().numpy(), texts=texts, rows=rows)


def fit_linear(x: Tensor, y: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
    """Return weight (out, in) and bias (out,) of the map x → y with the least squares, by ridge.

    Of x (n, in) and y (n, out) it minimises |x W' + b - y|² + penalty (|W|² + |b|²).
    """
    x = torch.cat([x, torch.ones(len(x), 1)], dim=1)
    gram = x.T @ x + penalty * torch.eye(x.shape[1])
    found = torch.linalg.solve(gram, x.T @ y)
    return found[:-1].T, found[-1]


@torch.no_grad()
def fitted_linear(x: Tensor, y: Tensor, penalty: float) -> nn.Linear:
    """Return the map of `fit_linear` as a layer that can go on learning."""
    weight, bias = fit_linear(x, y, penalty)
    fitted = nn.Linear(weight.shape[1], weight.shape[0])
    fitted.weight.copy_(weight)
    fitted.bias.copy_(bias)
    return fitted
