from __future__ import annotations

import pytest
import torch

from visavis.training.ema import MovingAverage


def test_average_follows_the_written_recurrence():
    model = torch.nn.Linear(1, 1, bias=False)
    model.weight.data.fill_(0.0)
    moving = MovingAverage(model, decay=0.5)
    expected = 0.0
    for step, value in enumerate((1.0, 2.0, 4.0), start=1):
        model.weight.data.fill_(value)
        moving.update(model)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * value
    assert moving.average.weight.item() == pytest.approx(expected)
