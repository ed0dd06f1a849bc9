from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from visavis.training.data import Pairs
from visavis.training.dev_loss import DevLoss
from visavis.training.losses import LOSSES, BatchLoss
from visavis.training.objective import Objective
from visavis.training.recipe import Stage


def pairs(images, captions):
    rows = np.repeat(np.arange(images), captions)
    return Pairs(
        [Path(f"{n}.png") for n in range(images)], ["a"] * len(rows), ["en"] * len(rows), rows
    )


def vectors(images, captions, seed=0):
    generator = torch.Generator().manual_seed(seed)
    drawn = [normalize(torch.randn(n, 8, generator=generator)) for n in (images, images * captions)]
    return drawn[0], drawn[1]


def measured(stage, size=50, images=6, captions=1, given=None):
    learned = Objective(stage, 8, torch.Generator())
    with torch.no_grad():
        learned.log_scale.fill_(1.5)
    own = vectors(images, captions) if given is None else given
    return DevLoss(stage, size, pairs(images, captions), 3).measure(None, learned, own)


def test_it_is_the_loss_written_out_at_the_temperature_learned():
    images, texts = vectors(6, 1)
    scores = images @ texts.T * np.exp(1.5)
    target = torch.arange(6)
    expected = cross_entropy(scores, target) + cross_entropy(scores.T, target)
    assert measured(Stage(name="a")) == pytest.approx(float(expected), rel=1e-5)


def test_it_is_the_same_each_time_and_a_queue_does_not_count():
    stage = Stage(name="a", loss="max-violation", captions=2)
    assert measured(stage, size=4, images=20, captions=5) == measured(
        Stage(name="a", loss="max-violation", captions=2, queue=7), size=4, images=20, captions=5
    )


def test_perfect_vectors_have_no_violations():
    perfect = torch.eye(6, 8)
    stage = Stage(name="a", loss="triplet", negatives="round", miner="hard")
    assert measured(stage, given=(perfect, perfect)) == 0
    assert measured(stage) > 0


def test_losses_that_need_more_than_scores_are_left_out(monkeypatch):
    class Other(BatchLoss):
        pass

    monkeypatch.setattr(LOSSES, "_objects", {**LOSSES._objects, "other": Other})
    plain = measured(Stage(name="a", loss="info-nce"))
    stage = Stage(name="a", loss="info-nce+3*other")
    images, texts = vectors(6, 1)
    only = DevLoss(stage, 50, pairs(6, 1), 3)
    learned = Objective(Stage(name="a"), 8, torch.Generator())
    with torch.no_grad():
        learned.log_scale.fill_(1.5)
    assert only.measure(None, learned, (images, texts)) == pytest.approx(plain)
    none = DevLoss(Stage(name="a", loss="other"), 50, pairs(6, 1), 3)
    assert np.isnan(none.measure(None, learned, (images, texts)))
