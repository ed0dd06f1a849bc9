from types import SimpleNamespace

import numpy as np
import pytest
import torch
from corpus import Drawn
from kinds import SURE, Kinds
from torch import nn
from words import CLASSES, Word

from visavis.training.model import DualEncoder
from visavis.training.tokenizer import train_tokenizer
from visavis.training.towers.image import ImageTower
from visavis.training.towers.mobilenet import FEATURES
from visavis.training.towers.text import TextTower

SIDE = 64


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(["a dog runs", "un chien dort"] * 3, 60, 16)


@pytest.fixture(scope="module")
def kinds(tokenizer):
    """Black images and white ones, called the moon and a page; every class is called moon."""
    rng = np.random.default_rng(0)
    dark, light = np.zeros((4, SIDE, SIDE, 3)), np.full((4, SIDE, SIDE, 3), 255)
    drawn = Drawn(
        np.concatenate([dark, light]).astype(np.uint8),
        [["the moon", "la lune"]] * 4 + [["a page", "une page"]] * 4,
        [],
        [np.arange(4), np.arange(4, 8)],
    )
    torch.manual_seed(0)
    named = [Word("moon", "lune", 1), Word("moonfish", "poisson")]
    words = SimpleNamespace(
        named=named,
        vectors=nn.functional.normalize(torch.randn(2, 6), dim=1),
        of_class=[[], *[[0]] * (CLASSES - 1)],
        say=lambda row, rng: named[row].english,
    )
    train = SimpleNamespace(
        rng=rng,
        row_of_text={"the moon": 0, "la lune": 0, "a page": 1, "une page": 1},
        teacher=nn.functional.normalize(torch.randn(2, 6), dim=1),
        to_teacher=nn.Linear(8, 6),
    )
    return Kinds(train, words, drawn, tokenizer)


@pytest.fixture(scope="module")
def models(kinds, tokenizer):
    """A model, the wider one, and that one after it has learned."""
    torch.manual_seed(1)
    image = ImageTower(8, classes=CLASSES)
    before = DualEncoder(image, TextTower(tokenizer.get_vocab_size(), 8)).eval()
    wide, learned = kinds.widen(before), kinds.widen(before)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kinds.pooled", brightness)
        kinds.learn(learned, np.full((6, SIDE, SIDE, 3), 120, np.uint8), steps=20)
    return before, wide, learned


def brightness(tower, pixels, spoiled, rng):
    """Features that tell dark, middling and light images, for each view."""
    mean = torch.from_numpy(pixels).float().mean(dim=(1, 2, 3)) / 255
    features = torch.zeros(len(pixels), FEATURES)
    features[:, 0], features[:, 1], features[:, 2] = 1 - mean, mean, mean * (1 - mean)
    return features.repeat(1 + spoiled, 1)


def encoded(tokenizer, model, text):
    return model.text(torch.tensor([tokenizer.encode(text).ids]))


@torch.no_grad()
def test_a_wider_model_answers_as_before(kinds, tokenizer, models):
    before, wide, _ = models
    pixels = torch.from_numpy(kinds.drawn.pixels)
    torch.testing.assert_close(wide.image(pixels), before.image(pixels), rtol=0.01, atol=0.01)
    known = [encoded(tokenizer, model, "a dog runs") for model in (before, wide)]
    torch.testing.assert_close(*known, rtol=0.01, atol=0.01)


@torch.no_grad()
def test_drawn_images_are_of_their_kinds_and_photographs_of_none(kinds, models):
    *_, learned = models
    pixels = np.concatenate([kinds.drawn.pixels, np.full((2, SIDE, SIDE, 3), 120, np.uint8)])
    features = brightness(learned.image, pixels, 0, None)
    shares = learned.image.classes.classifier(features).softmax(dim=1)
    assert shares.argmax(dim=1)[:8].tolist() == [CLASSES] * 4 + [CLASSES + 1] * 4
    assert (shares[8:, CLASSES:].sum(dim=1) < 0.1).all()


@torch.no_grad()
def test_a_kind_is_where_its_names_are(kinds, models):
    *_, learned = models
    vectors = learned.image.classes.vectors[CLASSES:]
    torch.testing.assert_close(vectors.norm(dim=1), torch.full((2,), SURE))
    texts = torch.cat([encoded(kinds.tokenizer, learned, t) for t in ("the moon", "a page")])
    assert (texts @ vectors.T).argmax(dim=1).tolist() == [0, 1]


def test_nothing_else_has_changed(kinds, models):
    _, wide, learned = models
    old = kinds.pieces.get_vocab_size()
    for name, value in wide.state_dict().items():
        now = learned.state_dict()[name]
        if name == "text.embedding.weight":
            assert torch.equal(now[:old], value[:old])
            assert not torch.equal(now[old:], value[old:])
        elif name.startswith("image.classes."):
            assert torch.equal(now[:CLASSES], value[:CLASSES])
            assert not torch.equal(now[CLASSES:], value[CLASSES:])
        else:
            assert torch.equal(now, value), name
