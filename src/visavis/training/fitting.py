"""Fit a few parameters by Adam, where no epochs of images are needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor


@torch.enable_grad()
def fit(
    groups: Sequence[dict[str, Any]], loss_of: Callable[[], Tensor], steps: int, decay: float = 0.0
) -> float:
    """Minimise a loss that draws its own batches; return its last value.

    `groups` are those of torch's optimisers, each with its highest rate as `lr`; it is kept for
    half of the steps, then falls to 0.
    """
    optimizer = torch.optim.AdamW(groups, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, 2 * (1 - step / steps))
    )
    loss = torch.zeros(())
    for _ in range(steps):
        loss = loss_of()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return loss.item()
