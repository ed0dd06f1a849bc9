"""The scores of a teacher model as targets, by the formula."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
from torch.nn.functional import normalize

from visavis.training.batches import Batch
from visavis.training.losses import LOSSES
from visavis.training.losses.base import LossContext
from visavis.training.teacher_model_targets import TeacherModelTargets

SCALE = 9.0


def unit(*shape, seed):
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(*shape, generator=generator), dim=-1)


def loss_with(known):
    targets = TeacherModelTargets(
        unit(3, 6, seed=0),
        unit(5, 6, seed=1),
        torch.tensor(known),
        further_paths=[],
        further=torch.empty(0, 6),
        lines=[],
        line_vectors=torch.empty(0, 6),
        scale=SCALE,
    )
    material = SimpleNamespace(targets=lambda _: targets)
    state = SimpleNamespace(materials={"teacher_model": material})
    return LOSSES.get("teacher-scores")(state, SimpleNamespace(name="heads")), targets


def given(images, texts):
    batch = Batch(np.array([2, 0]), np.array([4, 1, 0]), np.array([0, 1, 1]))
    return LossContext(
        batch, images, texts, None, lambda: images, np.random.default_rng(0), scale=4.0
    )


def test_scores_of_the_batch_are_compared_both_ways():
    loss, targets = loss_with([True, True, False, True, True])
    images, texts = unit(2, 3, seed=2), unit(3, 3, seed=3)
    own = 4.0 * images @ texts.T
    wanted = SCALE * targets.images.vectors[[2, 0]] @ targets.captions.vectors[[4, 1, 0]].T
    expected = 0.0
    for one, other in ((own, wanted), (own.T, wanted.T)):
        rows = [-(w.softmax(0) * o.log_softmax(0)).sum() for o, w in zip(one, other, strict=True)]
        expected += sum(rows) / len(rows)
    torch.testing.assert_close(loss(given(images, texts)), expected)


def test_a_caption_that_the_teacher_cannot_read_counts_for_nothing():
    loss, targets = loss_with([True, False, True, True, True])
    images, texts = unit(2, 3, seed=2), unit(3, 3, seed=3)
    own = 4.0 * images @ texts[[0, 2]].T
    wanted = SCALE * targets.images.vectors[[2, 0]] @ targets.captions.vectors[[4, 0]].T
    expected = sum(
        -(w.softmax(1) * o.log_softmax(1)).sum(1).mean()
        for o, w in ((own, wanted), (own.T, wanted.T))
    )
    torch.testing.assert_close(loss(given(images, texts)), expected)
    nothing, _ = loss_with([False] * 5)
    assert nothing(given(images, texts)) == 0
