"""The precision of weights in a model folder: bytes for matrices, half precision for the rest."""

from __future__ import annotations

import torch
from torch import Tensor, nn

BYTES_FROM = 1024  # matrices with fewer values stay in half precision


@torch.no_grad()
def round_weights(network: nn.Module, *, int8: bool) -> None:
    """Round weights to what a model folder stores; they stay in single precision.

    With `int8`, tables and matrices are rounded to bytes, one scale a row.
    """
    for value in network.parameters():
        in_bytes = int8 and value.dim() == 2 and value.numel() >= BYTES_FROM
        value.copy_(_to_bytes(value) if in_bytes else value.half())


def _to_bytes(value: Tensor) -> Tensor:
    """Return a matrix (rows, columns) with the values that bytes and one scale a row can hold."""
    scales = value.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
    return (value / scales).round() * scales
