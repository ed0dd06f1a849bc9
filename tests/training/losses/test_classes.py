from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from visavis.training.batches import Batch
from visavis.training.losses import LOSSES, LossContext
from visavis.training.losses import classes as losses
from visavis.training.losses.classes import SCALE, draw_classes
from visavis.training.text_tables import ClassNames

CLASSES = 6


def unit(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(*shape, generator=generator), dim=1)


@pytest.fixture
def probabilities():
    return (4 * unit(3, CLASSES, seed=5)).softmax(dim=1)


@pytest.fixture
def state(probabilities, monkeypatch):
    """A classifier of six classes, the last of which has no name."""
    monkeypatch.setattr(losses, "first_probabilities", lambda _: probabilities)
    texts = [f"class {number}" for number in range(CLASSES - 1)]
    names = ClassNames(texts, np.arange(CLASSES - 1), [(text,) for text in texts])
    table = unit(CLASSES, 4, seed=2)
    model = SimpleNamespace(
        encode_texts=lambda tokens: table[tokens[:, 0]],
        image=SimpleNamespace(logits=lambda features: features),
    )
    return SimpleNamespace(
        materials={"classes": names},
        tokenize=lambda said: torch.tensor([[texts.index(text)] for text in said]),
        model=model,
        table=table,
        accelerator=SimpleNamespace(device=torch.device("cpu")),
    )


def given(state, images, features):
    return LossContext(
        Batch(np.array([2, 0]), np.array([], np.int64), np.array([], np.int64)),
        images,
        torch.zeros(0, 4),
        state.model,
        lambda: features,
        np.random.default_rng(0),
        scale=10.0,
    )


def test_images_find_names_as_the_classifier_would(state, probabilities):
    images = unit(2, 4, seed=3)
    found = LOSSES.get("classes")(state, None)(given(state, images, None))
    own = probabilities[[2, 0]]
    named = range(CLASSES - 1)  # all that have a name, as more are drawn than there are
    told = (SCALE * 10 * images @ state.table[: CLASSES - 1].T).log_softmax(dim=1)
    expected = np.mean([-sum(own[n, c] * told[n, c] for c in named) for n in range(2)])
    assert found.item() == pytest.approx(float(expected), rel=1e-5)


def test_keeping_is_the_divergence_from_the_first_probabilities(state, probabilities):
    loss = LOSSES.get("keep-classes")(state, None)
    logits = torch.randn(2, CLASSES + 2)  # two drawn classes are not its matter
    before, after = probabilities[[2, 0]], logits[:, :CLASSES].softmax(dim=1)
    expected = (before * (before / after).log()).sum(dim=1).mean()
    torch.testing.assert_close(loss(given(state, unit(2, 4), logits)), expected)
    same = probabilities[[2, 0]].log()
    found = loss(given(state, unit(2, 4), same))
    torch.testing.assert_close(found, torch.tensor(0.0), atol=1e-6, rtol=0)


def test_classes_that_are_seen_are_drawn_each_once():
    logits = torch.full((3, 50), -50.0)
    logits[[0, 1, 2], [7, 8, 7]] = 90.0
    drawn = draw_classes(logits.softmax(dim=1), others=5, rng=np.random.default_rng(0)).tolist()
    assert {7, 8} <= set(drawn)
    assert drawn == sorted(set(drawn))
    assert len(drawn) <= 8
