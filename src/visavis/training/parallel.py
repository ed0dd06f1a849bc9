"""Devices, and several processes that share a batch: each encodes a part, all see all vectors.

Every process draws the same batch and computes the same loss over all vectors. Gathering sums
gradients over the processes and the wrapper of the model averages them, so the weights change
as they would in one process.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, distributed
from torch.distributed.nn import functional as distributed_functional

from visavis.errors import TrainingError
from visavis.training.data import Rows

Device = Literal["auto", "cpu", "cuda"]


def open_accelerator(device: Device) -> Accelerator:
    """Return the accelerator of a device; "auto" takes a GPU where there is one.

    Raises TrainingError for a GPU that is not there.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise TrainingError("--device cuda: no GPU that torch can use; take cpu, or auto")
    cuda = device != "cpu" and torch.cuda.is_available()
    return Accelerator(cpu=not cuda, mixed_precision="bf16" if cuda else "no")


def own_share(rows: Rows) -> Rows:
    """Return this process's part of `rows`, the first repeated until all parts are equal."""
    world, rank = _world()
    padding = -len(rows) % world
    padded = np.concatenate([rows, np.resize(rows, padding)])
    return np.split(padded, world)[rank]


def gather(vectors: Tensor, count: int) -> Tensor:
    """Concatenate the parts of all processes, without the rows that padded them: `count` rows."""
    if _world()[0] == 1:
        return vectors
    parts: tuple[Tensor, ...] = distributed_functional.all_gather(vectors)  # type: ignore[no-untyped-call]
    return torch.cat(parts)[:count]


def _world() -> tuple[int, int]:
    if not distributed.is_initialized():
        return 1, 0
    return distributed.get_world_size(), distributed.get_rank()
