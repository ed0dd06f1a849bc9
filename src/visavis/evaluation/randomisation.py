"""Whether two models differ, or the images happened to suit one: a paired randomisation test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.judgments import Indices

ROUNDS = 10_000
_AT_ONCE = 1_000


def p_value(differences: NDArray[np.float64], images: Indices, rounds: int = ROUNDS) -> float:
    """Return how often chance alone would give a mean difference as large, either way.

    `differences` (queries,) are the values of one model less those of another for the same
    queries, `images` (queries,) the image each query is about. If the models were equal, either
    could have given either value, so signs are exchanged at random, for all queries of an image
    at once: p = (1 + |{rounds : |Σ| ≥ |observed Σ|}|) / (1 + rounds). Smucker, Allan and
    Carterette, "A comparison of statistical significance tests for information retrieval
    evaluation", CIKM 2007. https://doi.org/10.1145/1321440.1321528
    """
    _, image = np.unique(images, return_inverse=True)
    sums = np.bincount(image, differences)
    observed = abs(float(sums.sum()))
    rng = np.random.default_rng(0)
    extreme = 0
    for begin in range(0, rounds, _AT_ONCE):
        shape = (min(_AT_ONCE, rounds - begin), len(sums))
        signs = rng.integers(2, size=shape, dtype=np.int8) * 2.0 - 1
        # Sums in another order differ by rounding; those are equal, not smaller.
        extreme += int(np.count_nonzero(np.abs(signs @ sums) >= observed - 1e-9))
    return (1 + extreme) / (1 + rounds)


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p values for their number, keeping their order.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979): the i-th smallest of n is multiplied by n - i + 1, never to fall below
    the one before nor to pass 1.
    """
    order = np.argsort(p_values)
    factors = np.arange(len(order), 0, -1)
    raised = np.minimum(np.maximum.accumulate(np.asarray(p_values)[order] * factors), 1)
    corrected = np.empty(len(order))
    corrected[order] = raised
    return corrected.tolist()
