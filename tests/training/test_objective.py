from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize, relu

from visavis.errors import UnknownNameError
from visavis.training.batches import Batch
from visavis.training.losses import LossContext, info_nce, max_violation
from visavis.training.objective import Objective
from visavis.training.recipe import Stage

DIM = 6


def objective(**changes):
    return Objective(Stage(name="toy", **changes), DIM, torch.Generator().manual_seed(0))


def learn(own, images, texts, batch):
    rng = np.random.default_rng(0)
    return own(LossContext(batch, images, texts, model=None, features=None, rng=rng))


def vectors(count, seed):
    return normalize(torch.randn(count, DIM, generator=torch.Generator().manual_seed(seed)), dim=1)


@pytest.fixture
def batch():
    """Images 7, 3 and 5, with two captions, one and two."""
    return Batch(np.array([7, 3, 5]), np.arange(5), np.array([0, 0, 1, 2, 2]))


POSITIVES = torch.tensor([[1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 1]]).bool()


def test_losses_of_both_directions_are_added(batch):
    images, texts = vectors(3, 1), vectors(5, 2)
    own = objective(loss="info-nce+max-violation", temperature=0.1, margin=0.3)
    loss, _ = learn(own, images, texts, batch)
    scores = images @ texts.T
    expected = (
        info_nce(10 * scores, POSITIVES)
        + info_nce(10 * scores.T, POSITIVES.T)
        + max_violation(scores, POSITIVES, ~POSITIVES, 0.3)
        + max_violation(scores.T, POSITIVES.T, ~POSITIVES.T, 0.3)
    )
    torch.testing.assert_close(loss, expected)


def test_a_queue_adds_strangers_and_never_captions_of_the_same_image(batch):
    own = objective(loss="max-violation", queue=10, margin=0.2)
    earlier_images, earlier_texts = vectors(3, 3), vectors(5, 4)
    learn(own, earlier_images, earlier_texts, batch)
    later = Batch(np.array([7, 9]), np.arange(2), np.array([0, 1]))
    images, texts = vectors(2, 5), vectors(2, 6)
    loss, _ = learn(own, images, texts, later)
    positives = torch.eye(2).bool()
    # Image 7 was there before: its two captions in the queue are no negatives of it.
    to_texts = torch.cat([~positives, torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]]).bool()], 1)
    to_images = torch.cat([~positives, torch.tensor([[0, 1, 1], [1, 1, 1]]).bool()], 1)
    expected = max_violation(
        images @ torch.cat([texts, earlier_texts]).T, padded(positives, 5), to_texts, 0.2
    ) + max_violation(
        texts @ torch.cat([images, earlier_images]).T, padded(positives, 3), to_images, 0.2
    )
    torch.testing.assert_close(loss, expected)


def padded(mask, columns):
    return torch.cat([mask, torch.zeros(len(mask), columns, dtype=torch.bool)], dim=1)


def test_a_caption_that_says_the_same_is_no_negative(batch):
    images, texts = vectors(3, 1), vectors(5, 2)
    texts[2] = texts[0]  # image 3's caption is one of image 7's
    loss, _ = learn(objective(loss="max-violation", duplicates=0.99), images, texts, batch)
    allowed = ~POSITIVES
    allowed[0, 2] = allowed[1, 0] = False
    scores = images @ texts.T
    expected = max_violation(scores, POSITIVES, allowed, 0.2) + max_violation(
        scores.T, POSITIVES.T, allowed.T, 0.2
    )
    torch.testing.assert_close(loss, expected)


def test_negatives_of_a_round_make_the_written_out_triplet_loss():
    images, texts = vectors(2, 1), vectors(6, 2)
    drawn = Batch(np.array([4, 8]), np.arange(6), np.array([0, 0, 1]), np.array([3, 4, 5]))
    own = objective(loss="triplet", distance="euclidean", margin=0.4, negatives="round")
    loss, facts = learn(own, images, texts, drawn)
    triplets = [(0, 0, 3), (0, 1, 4), (1, 2, 5)]
    distances = [
        (torch.dist(images[i], texts[p]), torch.dist(images[i], texts[n])) for i, p, n in triplets
    ]
    expected = torch.stack([relu(0.4 + near - far) for near, far in distances]).mean()
    torch.testing.assert_close(loss, expected)
    nearer = sum(float(near < far) for near, far in distances) / 3
    assert facts["triplets/accuracy"] == pytest.approx(nearer)
    shares = [facts[f"triplets/{kind}"] for kind in ("easy", "semi-hard", "hard")]
    assert sum(shares) == pytest.approx(1)


def test_the_temperature_is_learned_and_bounded(batch):
    own = objective(loss="info-nce", temperature=1e-9)
    assert own.scale().item() == 100
    own = objective(loss="sigmoid")
    loss, facts = learn(own, vectors(3, 1), vectors(5, 2), batch)
    loss.backward()
    assert own.log_scale.grad != 0
    assert own.bias.grad != 0
    assert facts["temperature"] == pytest.approx(0.07)


def test_names_nobody_knows_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'info-nce'"):
        objective(loss="infonce")
    with pytest.raises(UnknownNameError, match="did you mean 'semi-hard'"):
        objective(miner="semihard")


def test_a_bias_that_the_model_did_not_bring_is_centred():
    torch.manual_seed(0)
    images, texts = (normalize(torch.randn(5, 4) + 2, dim=1) for _ in range(2))
    own = Objective(Stage(name="x", loss="sigmoid"), 4, torch.Generator())
    own.centre(images, texts)
    logits = own.scale() * images @ texts.T + own.bias
    assert float(logits.detach().mean()) == pytest.approx(-10, abs=1e-4)
