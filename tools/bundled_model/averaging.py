"""A mean of the weights of models that began alike, often better than each of them.

Wortsman et al., Robust fine-tuning of zero-shot models, 2022, https://arxiv.org/abs/2109.01903,
and Model soups, 2022, https://arxiv.org/abs/2203.05482.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


def mean_of(states: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of state dicts with the same names."""
    return {name: sum(state[name] for state in states) / len(states) for name in states[0]}
