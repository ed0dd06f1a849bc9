"""A queue of recent vectors: candidates beyond those of the batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MemoryQueue(nn.Module):
    """The last `size` vectors of length `dim`, and the row of the image that each belongs to.

    They have no gradients, and are part of the `state_dict`. Wang et al.,
    Cross-Batch Memory for Embedding Learning, 2020, https://arxiv.org/abs/1912.06798.
    """

    _vectors: Tensor
    _images: Tensor
    _seen: Tensor

    def __init__(self, size: int, dim: int) -> None:
        super().__init__()
        self.register_buffer("_vectors", torch.zeros(size, dim))
        self.register_buffer("_images", torch.zeros(size, dtype=torch.int64))
        self.register_buffer("_seen", torch.zeros((), dtype=torch.int64))

    def __len__(self) -> int:
        return min(int(self._seen), len(self._vectors))

    @property
    def vectors(self) -> Tensor:
        """A copy of the vectors, (n, dim), in no particular order."""
        return self._vectors[: len(self)].clone()

    @property
    def images(self) -> Tensor:
        """A copy of the image row of each vector, (n,)."""
        return self._images[: len(self)].clone()

    @torch.no_grad()
    def extend(self, vectors: Tensor, images: Tensor) -> None:
        """Add vectors (n, dim) of image rows (n,), in place of the oldest."""
        last = torch.arange(len(vectors), device=self._seen.device)[-len(self._vectors) :]
        slots = (self._seen + last) % len(self._vectors)
        self._vectors[slots] = vectors[last].to(self._vectors)
        self._images[slots] = images[last].to(self._images)
        self._seen += len(vectors)
