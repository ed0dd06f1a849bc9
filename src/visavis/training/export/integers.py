"""Weights of convolutions rounded to integers, so that the errors of a sum cancel out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.training.export.int8 import MOST_OF_BYTES
from visavis.training.export.patches import Patches

Floats: TypeAlias = NDArray[np.float64]
Limits: TypeAlias = Callable[[int, Floats, Floats], tuple[Floats | int, Floats | int]]
"""What weight `n` may be rounded to, given what is left to round and what is rounded already."""

MOST = 64  # of an integer that is multiplied: two products with 0 to 255 then fit 16 bits
MOST_OF_TWO = 2 * MOST
DAMPING = 0.01  # of the mean variance, added to each: the covariance of few images can be singular
LEAST_SCALE = 1e-4  # of the largest: a row of zeros has none


@dataclass(frozen=True, slots=True)
class Rounded:
    """Integers of the weights' shape, a scale each row, and what to add to biases, each (rows,)."""

    integers: NDArray[np.int8]
    scales: NDArray[np.float32]
    biases: Floats


def round_to_bytes(weights: NDArray[np.float32], patches: Patches) -> Rounded:
    """Round weights (rows, inputs, height, width) to -127 … 127, in groups as their patches are.

    The error of each weight is made up for by the weights that are still to be rounded, as far as
    the values that they multiply go together, and the error's mean by the bias: Frantar et al.,
    GPTQ, 2022, https://arxiv.org/abs/2210.17323, with the covariance in place of the second moment;
    Nagel et al., Data-Free Quantization, 2019, https://arxiv.org/abs/1906.04721.

    The largest weight of a row becomes 127 or -127, so that scales can be told from the weights.
    """
    rows = _rows(weights, patches)
    at = np.abs(rows).argmax(axis=2)
    largest = np.take_along_axis(rows, at[:, :, None], axis=2)[:, :, 0]
    wanted = MOST_OF_BYTES * np.sign(largest)

    def limits(n: int, left: Floats, integers: Floats) -> tuple[Floats, Floats]:  # noqa: ARG001
        fixed = (at == n) & (wanted != 0)
        return np.where(fixed, wanted, -MOST_OF_BYTES), np.where(fixed, wanted, MOST_OF_BYTES)

    scales = np.where(largest, np.abs(largest), 1) / MOST_OF_BYTES
    return _round(rows, scales, weights.shape, patches, limits)


def round_to_integers(weights: NDArray[np.float32], patches: Patches) -> Rounded:
    """Round weights as `round_to_bytes` does, for products of integers.

    Processors without VNNI instructions add two products of neighbours in 16 bits. So neighbours
    of a convolution of single pixels are `MOST_OF_TWO` at most together. Weights of others, whose
    order in memory is the runtime's, are `MOST` at most.
    """
    rows = _rows(weights, patches)
    sizes = np.abs(rows)
    if weights.shape[2:] == (1, 1) and len(rows) == 1:
        even = np.pad(sizes, ((0, 0), (0, 0), (0, sizes.shape[2] % 2)))
        pairs = even[:, :, ::2] + even[:, :, 1::2]
        scales = _not_zero(pairs.max(axis=2) / (MOST_OF_TWO - 1))  # each of two may be rounded up
        return _round(rows, scales, weights.shape, patches, _beside)
    return _round(rows, _not_zero(sizes.max(axis=2) / MOST), weights.shape, patches, _within)


def _rows(weights: NDArray[np.float32], patches: Patches) -> Floats:
    """Return weights as (groups, rows, values)."""
    return weights.reshape(len(patches.mean), -1, patches.mean.shape[1]).astype(np.float64)


def _not_zero(scales: Floats) -> Floats:
    """Return scales that biases can be divided by."""
    least = max(float(scales.max()) * LEAST_SCALE, float(np.finfo(np.float32).tiny))
    return scales.clip(least)


def _round(
    rows: Floats, scales: Floats, shape: tuple[int, ...], patches: Patches, limits: Limits
) -> Rounded:
    """Round rows (groups, rows, values) by scales (groups, rows)."""
    integers = _compensate(rows / scales[:, :, None], _shares(patches), limits)
    error = rows - integers * scales[:, :, None]
    return Rounded(
        integers.reshape(shape).astype(np.int8),
        scales.ravel().astype(np.float32),
        np.einsum("grv,gv->gr", error, patches.mean).ravel(),
    )


def _compensate(left: Floats, shares: Floats, limits: Limits) -> Floats:
    """Round one weight of all rows after the other: (groups, rows, values)."""
    integers = np.zeros_like(left)
    for n in range(left.shape[2]):
        integers[:, :, n] = np.clip(np.round(left[:, :, n]), *limits(n, left, integers))
        error = (left[:, :, n] - integers[:, :, n]) / shares[:, None, n, n]
        left[:, :, n + 1 :] -= error[:, :, None] * shares[:, None, n, n + 1 :]
    return integers


def _shares(patches: Patches) -> Floats:
    """Return the upper triangles R (groups, values, values) with RᵀR = the inverse covariance.

    They are the inverses of the U with UUᵀ = the covariance, which Cholesky's method finds when the
    values are in reverse.
    """
    values = patches.mean.shape[1]
    variance = np.trace(patches.covariance, axis1=1, axis2=2) / values
    damping = (DAMPING * variance).clip(np.finfo(np.float32).tiny)
    covariance = patches.covariance + damping[:, None, None] * np.eye(values)
    upper = np.linalg.cholesky(covariance[:, ::-1, ::-1])[:, ::-1, ::-1]
    shares: Floats = np.linalg.inv(upper)
    return shares


def _within(n: int, left: Floats, integers: Floats) -> tuple[int, int]:  # noqa: ARG001
    return -MOST, MOST


def _beside(n: int, left: Floats, integers: Floats) -> tuple[Floats, Floats]:
    """Return what the neighbour leaves for weight `n`."""
    neighbour = integers[:, :, n - 1] if n % 2 else np.round(left[:, :, n + 1 : n + 2].sum(axis=2))
    rest = np.clip(MOST_OF_TWO - np.abs(neighbour), 0, MOST_OF_TWO - 1)
    return -rest, rest
