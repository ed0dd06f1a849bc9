from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import normalize

from visavis.training.stages import STAGES
from visavis.training.stages.classes import DRAWN, NAMED, encode_names, fit_rows
from visavis.training.text_tables import ClassNames, DrawnClasses
from visavis.training.towers.classes import ClassVectors

CHANNELS, DIM = 8, 4
TEXTS = ["the moon", "la lune", "a page", "a shark"]


def unit(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(*shape, generator=generator), dim=1)


def brightness(pixels, kind="pooled"):
    """Features that tell dark, middling and light images."""
    assert kind == "pooled"
    mean = pixels.float().mean(dim=(1, 2, 3)) / 255
    features = torch.zeros(len(pixels), CHANNELS)
    features[:, 0], features[:, 1], features[:, 2] = 1 - mean, mean, mean * (1 - mean)
    return features


class Backbone(nn.Module):
    forward = staticmethod(brightness)


class Images:
    """Images of one grey each."""

    def __init__(self, greys):
        self.greys = greys

    def __len__(self):
        return len(self.greys)

    def take(self, rows):
        return torch.stack(
            [torch.full((16, 16, 3), self.greys[r], dtype=torch.uint8) for r in rows]
        )


@pytest.fixture
def state():
    torch.manual_seed(0)
    lines = []
    image = nn.Module()
    image.preprocessing, image.backbone = None, Backbone()
    image.classes = ClassVectors(nn.Linear(CHANNELS, 5), DIM, drawn=2)
    return SimpleNamespace(
        model=SimpleNamespace(image=image),
        materials={},
        recipe=SimpleNamespace(seed=1, image=SimpleNamespace(int8=False)),
        train=SimpleNamespace(pixels=Images([110, 120, 130])),
        encode_texts=lambda texts: unit(4, DIM)[[TEXTS.index(text) for text in texts]],
        accelerator=SimpleNamespace(device=torch.device("cpu")),
        measure=lambda: "figures",
        report=lambda line, _: lines.append(line),
        lines=lines,
    )


def names(numbers):
    return ClassNames(TEXTS, np.array(numbers), [(text,) for text in TEXTS])


def test_a_class_is_the_mean_of_its_names_less_that_of_all(state):
    found = encode_names(state, names([0, 0, 1, 4]), 5)
    own = unit(4, DIM)
    means = normalize(torch.stack([own[0] + own[1], own[2], own[3]]), dim=1)
    expected = normalize(means - means.mean(dim=0), dim=1)
    torch.testing.assert_close(found[[0, 1, 4]], expected)
    assert not found[[2, 3]].any()


def test_class_vectors_begin_as_their_names(state):
    state.materials["classes"] = names([0, 0, 1, 4])
    STAGES.get("class-names")(state, SimpleNamespace(name="named")).run()
    vectors = state.model.image.classes.vectors
    torch.testing.assert_close(vectors[[0, 1, 4]].norm(dim=1), torch.full((3,), NAMED))
    assert not vectors[[2, 3, 5, 6]].any()
    assert state.lines == ["named: 3 of 5 classes named"]


def test_class_vectors_get_a_mean_length_but_those_of_drawn_classes(state):
    vectors = state.model.image.classes.vectors
    lengths = torch.tensor([0.5, 0.3, 0.0, 0.1, 0.3, 3.0, 3.0])
    with torch.no_grad():
        vectors.copy_(lengths[:, None] * unit(7, DIM))
    for _ in range(2):  # a second time changes nothing
        STAGES.get("class-lengths")(state, SimpleNamespace(name="long", class_length=1.2)).run()
        expected = torch.tensor([2.0, 1.2, 0.0, 0.4, 1.2, 3.0, 3.0])
        torch.testing.assert_close(vectors.norm(dim=1), expected)
    assert state.lines == [
        f"long: class vectors {factor} times as long" for factor in ("4.00", "1.00")
    ]


def test_drawn_images_are_of_their_classes_and_training_images_of_none(state, monkeypatch):
    drawn = DrawnClasses(["moon", "page"], [None] * 6, np.repeat([0, 1], 3), names([0, 0, 1, 1]))
    state.materials["drawn"] = drawn
    greys = [5, 10, 15, 240, 245, 250]
    monkeypatch.setattr("visavis.training.stages.classes.PixelInputs", lambda *_: Images(greys))
    monkeypatch.setattr("visavis.training.stages.classes.degrade", lambda pixels, _: pixels)
    monkeypatch.setattr("visavis.training.stages.classes.STEPS", 1500)
    classes = state.model.image.classes
    before = {name: value.clone() for name, value in classes.state_dict().items()}
    STAGES.get("drawn-classes")(state, SimpleNamespace(name="drawn")).run()

    seen = Images([*greys, 120, 121]).take(range(8))
    with torch.no_grad():
        probabilities = classes.logits(brightness(seen)).softmax(dim=1)
    assert probabilities.argmax(dim=1)[:6].tolist() == [5] * 3 + [6] * 3
    assert (probabilities[6:, 5:].sum(dim=1) < 0.2).all()
    torch.testing.assert_close(
        classes.vectors[5:].norm(dim=1), torch.full((2,), DRAWN), rtol=1e-3, atol=0
    )
    for name, value in classes.state_dict().items():
        assert torch.equal(value[:5], before[name][:5].half().float()), name
        assert torch.equal(value, value.half().float()), "as a model folder stores them"


def test_a_seed_tells_the_rows(monkeypatch):
    monkeypatch.setattr("visavis.training.stages.classes.STEPS", 20)
    rows = []
    for _ in range(2):
        torch.manual_seed(0)
        vectors = ClassVectors(nn.Linear(CHANNELS, 5), DIM, drawn=2)
        generator = torch.Generator().manual_seed(3)
        fit_rows(vectors, unit(6, CHANNELS), torch.arange(6) % 2, unit(9, CHANNELS), generator)
        rows.append(vectors.classifier.weight)
    assert torch.equal(*rows)
