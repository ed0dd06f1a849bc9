"""Weights of convolutions rounded to integers, so that the errors of a sum cancel out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.training.export.patches import Patches

Floats = NDArray[np.float64]

MOST = 64  # of an integer: two products with 0 to 255 then fit 16 bits
MOST_OF_TWO = 2 * MOST
DAMPING = 0.01  # of the mean variance, added to each: the covariance of few images can be singular
LEAST_SCALE = 1e-4  # of the largest: a row of zeros has none


@dataclass(frozen=True, slots=True)
class Rounded:
    """Integers of the weights' shape, a scale each row, and what to add to biases, each (rows,)."""

    integers: NDArray[np.int8]
    scales: NDArray[np.float32]
    biases: Floats


def round_to_integers(weights: NDArray[np.float32], patches: Patches) -> Rounded:
    """Round weights (rows, inputs, height, width), in groups as their patches are.

    The error of each weight is made up for by the weights that are still to be rounded, as far as
    the values that they multiply go together, and the error's mean by the bias: Frantar et al.,
    GPTQ, 2022, https://arxiv.org/abs/2210.17323, with the covariance in place of the second moment;
    Nagel et al., Data-Free Quantization, 2019, https://arxiv.org/abs/1906.04721.

    Processors without VNNI instructions add two products of neighbours in 16 bits. So neighbours
    of a convolution of single pixels are `MOST_OF_TWO` at most together. Weights of others, whose
    order in memory is the runtime's, are `MOST` at most.
    """
    rows = weights.reshape(len(patches.mean), -1, patches.mean.shape[1]).astype(np.float64)
    in_pairs = weights.shape[2:] == (1, 1) and len(rows) == 1
    scales = _scales(rows, in_pairs=in_pairs)
    integers = _compensate(rows, scales, patches.covariance, in_pairs=in_pairs)
    error = rows - integers * scales[:, :, None]
    return Rounded(
        integers.reshape(weights.shape).astype(np.int8),
        scales.ravel().astype(np.float32),
        np.einsum("grv,gv->gr", error, patches.mean).ravel(),
    )


def _scales(rows: Floats, *, in_pairs: bool) -> Floats:
    """Return the scales (groups, rows) with which the largest weights, or pairs, just fit."""
    sizes, most = np.abs(rows), MOST
    if in_pairs:
        even = np.pad(sizes, ((0, 0), (0, 0), (0, sizes.shape[2] % 2)))
        sizes, most = even[:, :, ::2] + even[:, :, 1::2], MOST_OF_TWO - 1  # each may be rounded up
    scales: Floats = sizes.max(axis=2) / most
    least = max(float(scales.max()) * LEAST_SCALE, float(np.finfo(np.float32).tiny))
    return scales.clip(least)


def _compensate(rows: Floats, scales: Floats, covariance: Floats, *, in_pairs: bool) -> Floats:
    """Round one weight of all rows after the other: (groups, rows, values)."""
    variance = np.trace(covariance, axis1=1, axis2=2)[:, None, None] / rows.shape[2]
    damping = np.maximum(DAMPING * variance, np.finfo(np.float32).tiny) * np.eye(rows.shape[2])
    shares = np.linalg.cholesky(np.linalg.inv(covariance + damping)).swapaxes(1, 2)
    left, integers = rows / scales[:, :, None], np.zeros_like(rows)
    for n in range(rows.shape[2]):
        most: Floats | int = _beside(n, left, integers) if in_pairs else MOST
        integers[:, :, n] = np.clip(np.round(left[:, :, n]), -most, most)
        error = (left[:, :, n] - integers[:, :, n]) / shares[:, None, n, n]
        left[:, :, n + 1 :] -= error[:, :, None] * shares[:, None, n, n + 1 :]
    return integers


def _beside(n: int, left: Floats, integers: Floats) -> Floats:
    """Return what the neighbour leaves for weight `n`: (groups, rows)."""
    neighbour = integers[:, :, n - 1] if n % 2 else np.round(left[:, :, n + 1 : n + 2].sum(axis=2))
    rest: Floats = np.clip(MOST_OF_TWO - np.abs(neighbour), 0, MOST_OF_TWO - 1)
    return rest
