"""Statistical significance: a paired randomisation test, and a correction for many tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.qrels import Indices

ROUNDS = 10_000
_BLOCK = 1_000


def p_value(differences: NDArray[np.float64], images: Indices, rounds: int = ROUNDS) -> float:
    """Return the two-sided p value of a mean difference between two models.

    `differences` (queries,) are the values of one model minus those of the other on the same
    queries, `images` (queries,) the image of each query. Under the null hypothesis either model
    could have given either value, so signs are flipped at random, for all queries of an image
    together: p = (1 + |{rounds : |Σ| ≥ |observed Σ|}|) / (1 + rounds). Smucker, Allan and
    Carterette, "A comparison of statistical significance tests for information retrieval
    evaluation", CIKM 2007. https://doi.org/10.1145/1321440.1321528
    """
    _, image = np.unique(images, return_inverse=True)
    sums = np.bincount(image, differences)
    observed = abs(float(sums.sum()))
    rng = np.random.default_rng(0)
    extreme = 0
    for begin in range(0, rounds, _BLOCK):
        shape = (min(_BLOCK, rounds - begin), len(sums))
        signs = rng.integers(2, size=shape, dtype=np.int8) * 2.0 - 1
        # Equal sums differ by rounding when their order does.
        extreme += int(np.count_nonzero(np.abs(signs @ sums) >= observed - 1e-9))
    return (1 + extreme) / (1 + rounds)


def holm_correction(p_values: Sequence[float]) -> list[float]:
    """Correct p values for multiple comparisons; the order is kept.

    The i-th smallest of n is multiplied by n - i + 1, then raised to at least the one before
    and cut at 1. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian
    Journal of Statistics 6 (1979).
    """
    order = np.argsort(p_values)
    factors = np.arange(len(order), 0, -1)
    raised = np.minimum(np.maximum.accumulate(np.asarray(p_values)[order] * factors), 1)
    corrected = np.empty(len(order))
    corrected[order] = raised
    return corrected.tolist()
