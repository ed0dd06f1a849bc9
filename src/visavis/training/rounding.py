"""The precision of weights in a model folder: bytes for most, half precision for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from visavis.training.export.int8 import BYTES_FROM, are_bytes
from visavis.training.export.integers import round_to_bytes
from visavis.training.export.patches import Patches, Window, sum_products

_MATRIX, _CONVOLUTION = 2, 4  # dimensions
_ARGUMENTS = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_DEFAULTS = {"bias": None, "stride": 1, "padding": 0, "dilation": 1}


@torch.no_grad()
def round_weights(network: nn.Module, *, int8: bool) -> None:
    """Round weights to what a model folder stores; they stay in single precision.

    With `int8`, tables and matrices are rounded to bytes, one scale a row, and convolutions that
    `round_convolutions` has rounded do not change.
    """
    for value in network.parameters():
        large = int8 and value.numel() >= BYTES_FROM
        if large and value.dim() == _MATRIX:
            value.copy_(_to_bytes(value))
        elif not (large and value.dim() == _CONVOLUTION and are_bytes(value.cpu().numpy())):
            value.copy_(value.half())


@torch.no_grad()
def round_convolutions(network: nn.Module, images: Sequence[Tensor]) -> None:
    """Round large convolutions of two dimensions to bytes, one scale a channel.

    Errors make up for each other on the images, batches of inputs of the network; biases take up
    their means.
    """
    with _Convolutions() as seen:
        for batch in images:
            network(batch)
    for found in seen.found.values():
        rounded = round_to_bytes(found.weight.cpu().numpy(), Patches.of(np.asarray(found.sums)))
        scales = rounded.scales.reshape(-1, 1, 1, 1)
        found.weight.copy_(torch.from_numpy(rounded.integers * scales))
        if found.bias is not None:
            found.bias += torch.from_numpy(rounded.biases).to(found.bias)


@dataclass(slots=True)
class _Convolution:
    weight: Tensor
    bias: Tensor | None
    sums: NDArray[np.float64] | float = 0.0


class _Convolutions(TorchFunctionMode):
    """Notes of the convolutions within: their weights, and what these multiply."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[int, _Convolution] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.conv2d:
            self._note({**_DEFAULTS, **dict(zip(_ARGUMENTS, args, strict=False)), **(kwargs or {})})
        return func(*args, **(kwargs or {}))

    def _note(self, given: dict[str, Any]) -> None:
        weight = given["weight"]
        if weight.numel() < BYTES_FROM or isinstance(given["padding"], str):
            return
        strides, pads, dilations = (_pair(given[n]) for n in ("stride", "padding", "dilation"))
        window = Window(weight.shape[1], tuple(weight.shape[2:]), strides, dilations, 2 * pads)
        found = self.found.setdefault(id(weight), _Convolution(weight, given["bias"]))
        for values in given["input"].cpu().numpy():
            found.sums = found.sums + sum_products(values, window)


def _pair(value: Any) -> tuple[int, ...]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _to_bytes(value: Tensor) -> Tensor:
    """Return a matrix (rows, columns) with the values that bytes and one scale a row can hold."""
    scales = value.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
    return (value / scales).round() * scales
