"""Steps of an optimizer: the rates' schedule, the step, and what an epoch took."""

from __future__ import annotations

import math
import sys
import time

import numpy as np
import torch
from torch import Tensor, nn


def schedule(step: int, steps: int, warmup: int = 20) -> float:
    """Linear warm-up, then half a cosine down to nothing."""
    return min(1.0, (step + 1) / warmup) * (1 + math.cos(math.pi * step / steps)) / 2


def set_rates(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Give each group of weights this share of its `peak` rate."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share


def optimize(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()


class Clock:
    """Mean loss and seconds of an epoch."""

    def __init__(self) -> None:
        self.start, self.losses = time.perf_counter(), []

    def add(self, loss: Tensor) -> None:
        if not math.isfinite(loss.item()):
            sys.exit("the loss is not a number; try a smaller rate")
        self.losses.append(loss.item())

    def __str__(self) -> str:
        seconds = time.perf_counter() - self.start
        return f"{seconds:.0f} s, loss {np.mean(self.losses):.3f}"
