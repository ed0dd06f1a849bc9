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

from visavis.training.export.int8 import BYTES_FROM, MOST_OF_BYTES, are_bytes
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
    """Round large convolutions to bytes, one scale a channel, as `round_to_bytes` does.

    `images` are batches of the network's inputs, on which the errors of weights cancel out. Weights
    that are computed stay as they are, and so do those of convolutions that pad by a name.
    """
    with _Convolutions() as seen:
        for batch in images:
            network(batch)
    for found in seen.found.values():
        patches = Patches.of(np.asarray(found.sums))
        if found.bias is None:
            patches = patches.around_zero()
        rounded = round_to_bytes(found.weight.float().cpu().numpy(), patches)
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
    """Recorder of the convolutions of a network that runs, and of what their weights multiply."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[int, _Convolution] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.conv2d:
            self._note({**_DEFAULTS, **dict(zip(_ARGUMENTS, args, strict=False)), **(kwargs or {})})
        return func(*args, **(kwargs or {}))

    def _note(self, given: dict[str, Any]) -> None:
        weight = given["weight"]
        named = isinstance(given["padding"], str)
        if named or weight.numel() < BYTES_FROM or not isinstance(weight, nn.Parameter):
            return
        strides, pads, dilations = (_pair(given[n]) for n in ("stride", "padding", "dilation"))
        size = (weight.shape[2], weight.shape[3])
        window = Window(weight.shape[1], size, strides, dilations, 2 * pads)
        found = self.found.setdefault(id(weight), _Convolution(weight, given["bias"]))
        for values in given["input"].float().cpu().numpy():
            found.sums = found.sums + sum_products(values, window)


def _pair(value: Any) -> tuple[int, ...]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _to_bytes(value: Tensor) -> Tensor:
    """Return a matrix (rows, columns) with the values that bytes and one scale a row can hold."""
    scales = value.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / MOST_OF_BYTES
    return (value / scales).round() * scales
