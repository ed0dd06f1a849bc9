from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import normalize

from visavis.training.batches import Batch
from visavis.training.losses import LOSSES, info_nce
from visavis.training.losses.base import LossContext, Scores
from visavis.training.losses.distillation import (
    LIKENESS,
    agreement,
    soft_info_nce,
)
from visavis.training.teacher import Teacher
from visavis.training.teacher_targets import TeacherOfRun, TeacherTargets, fit_map

DIM, WIDTH = 4, 5
TEXTS = ["a dog", "un chien", "a cat", "?", "a bird"]
IMAGE_OF_TEXT = [0, 0, 1, 1, 2]


def unit(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(*shape, generator=generator), dim=-1)


@pytest.fixture
def targets():
    rows = {"a dog": 0, "un chien": 0, "a cat": 1, "a bird": 2}
    return TeacherTargets(Teacher(unit(3, WIDTH), rows), TEXTS, torch.tensor(IMAGE_OF_TEXT))


class TeacherStandIn(TeacherOfRun):
    """A teacher whose targets are known."""

    def __init__(self, targets):
        self.teacher, self._targets, self._map = targets.teacher, targets, None


@pytest.fixture
def state(targets):
    model = SimpleNamespace(
        training=True,
        eval=lambda: None,
        train=lambda _: None,
        encode_texts=lambda tokens: unit(len(TEXTS), DIM, seed=7)[tokens[:, 0]],
    )
    return SimpleNamespace(
        model=model,
        materials={"teacher": TeacherStandIn(targets)},
        train=SimpleNamespace(tokens=torch.arange(len(TEXTS))[:, None]),
        accelerator=SimpleNamespace(device=torch.device("cpu")),
    )


def given(images, texts, directions=()):
    batch = Batch(np.array([0, 1]), np.array([0, 1, 2, 3]), np.array([0, 0, 1, 1]))
    return LossContext(
        batch,
        images,
        texts,
        None,
        lambda: images,
        np.random.default_rng(0),
        directions=directions,
    )


def test_agreement_is_a_cosine_distance_and_telling_meanings_apart():
    student, wanted = unit(3, WIDTH, seed=1), unit(3, WIDTH, seed=2)
    wanted[2] = wanted[0]
    logits = 20 * student @ wanted.T
    log_probability = logits.log_softmax(dim=1)
    same = torch.tensor([[1.0, 0, 1], [0, 1, 0], [1, 0, 1]])
    contrast = -(log_probability * same).sum(1) / same.sum(1)
    distance = 2 - 2 * (student * wanted).sum(1)
    torch.testing.assert_close(agreement(student, wanted), (contrast.mean() + distance.mean()))


def test_agreement_of_nothing_is_nothing():
    assert agreement(torch.zeros(0, WIDTH), torch.zeros(0, WIDTH)) == 0


def test_what_is_left_out_counts_for_nothing():
    similarity = torch.tensor([[1.0, 2.0, float("-inf")]])
    targets = torch.tensor([[0.25, 0.75, 0.0]])
    expected = soft_info_nce(similarity[:, :2], targets[:, :2])
    torch.testing.assert_close(soft_info_nce(similarity, targets), expected)


def test_the_map_is_fitted_and_shared_by_the_losses_of_a_stage(state, targets):
    one, two = SimpleNamespace(name="heads"), SimpleNamespace(name="finetune")
    first, second = LOSSES.get("teacher")(state, one), LOSSES.get("summary")(state, one)
    assert first.to_teacher is second.to_teacher
    assert LOSSES.get("teacher")(state, two).to_teacher is not first.to_teacher
    fitted = fit_map(state, targets)
    own = unit(len(TEXTS), DIM, seed=7)[targets.known]
    torch.testing.assert_close(fitted(own), targets.captions[targets.known], atol=0.2, rtol=0)


def test_captions_learn_the_vectors_of_the_teacher(state, targets):
    loss = LOSSES.get("teacher")(state, SimpleNamespace(name="heads"))
    texts = unit(4, DIM, seed=3)
    known = torch.tensor([0, 1, 2])
    expected = agreement(loss.student(texts[known]), targets.captions[known])
    torch.testing.assert_close(loss(given(unit(2, DIM), texts)), expected)


def test_images_learn_the_mean_of_their_captions(state, targets):
    loss = LOSSES.get("summary")(state, SimpleNamespace(name="heads"))
    images = unit(2, DIM, seed=3)
    means = [targets.teacher.vectors[0], targets.teacher.vectors[1]]
    student = normalize(loss.to_teacher(images), dim=1)
    distances = [1 - one @ mean for one, mean in zip(student, means, strict=True)]
    torch.testing.assert_close(loss(given(images, unit(4, DIM))), torch.stack(distances).mean())


def test_candidates_of_the_batch_and_of_the_queue_share_the_target(state, targets):
    """Two images, four captions, and a caption of a third image in the queue."""
    images, texts, past = unit(2, DIM, seed=4), unit(4, DIM, seed=5), unit(1, DIM, seed=6)
    image_of_candidate = torch.tensor([0, 0, 1, 1, 2])
    positives = torch.tensor([[1, 1, 0, 0, 0], [0, 0, 1, 1, 0]], dtype=torch.bool)
    negatives = ~positives
    negatives[0, 3] = False  # a near-duplicate is left out
    scores = images @ torch.cat([texts, past]).T
    direction = Scores(
        scores,
        positives,
        negatives,
        scale=7.0,
        anchor_images=torch.tensor([0, 1]),
        candidate_images=image_of_candidate,
    )
    loss = LOSSES.get("soft-info-nce")(state, SimpleNamespace(name="refine"))
    found = loss(given(images, texts, [direction]))

    losses = []
    for row in range(2):
        kept = [n for n in range(5) if positives[row, n] or negatives[row, n]]
        near = torch.stack(
            [targets.images[row] @ targets.images[image_of_candidate[n]] for n in kept]
        )
        target = (near / LIKENESS).softmax(dim=0)
        losses.append(-(target * (7.0 * scores[row, kept]).log_softmax(dim=0)).sum())
    torch.testing.assert_close(found, torch.stack(losses).mean())


def test_gradients_reach_the_map():
    student = nn.Linear(DIM, WIDTH)
    agreement(normalize(student(unit(3, DIM)), dim=1), unit(3, WIDTH)).backward()
    assert student.weight.grad.abs().sum() > 0


def test_with_info_nce_it_gives_the_teacher_a_share_of_each_target():
    similarity, likeness = torch.randn(3, 4), torch.randn(3, 4).softmax(dim=1)
    positives = torch.eye(3, 4, dtype=torch.bool)
    mixed = torch.lerp(positives.float(), likeness, 0.2)
    added = 0.8 * info_nce(similarity, positives) + 0.2 * soft_info_nce(similarity, likeness)
    torch.testing.assert_close(added, soft_info_nce(similarity, mixed))
