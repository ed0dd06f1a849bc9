import numpy as np
import pytest
import torch
from classes import Classes, draw_classes
from torch import nn

from visavis.training.towers.mobilenet import FEATURES


@pytest.fixture
def classes():
    torch.manual_seed(0)
    classifier = nn.Linear(FEATURES, 20)
    nn.init.normal_(classifier.weight, std=0.05)
    return Classes(classifier, torch.rand(30, FEATURES))


def test_an_imagined_class_is_what_the_classifier_sees(classes):
    numbers = torch.arange(1, 20)
    maps = classes.imagine(numbers, np.random.default_rng(0))
    assert maps.shape == (19, FEATURES, 3, 3)
    assert 0 <= maps.min() <= maps.max() <= 6
    seen = classes.classifier(maps.mean(dim=(2, 3))).argmax(dim=1)
    assert (seen == numbers).float().mean() > 0.9


def test_distance_is_the_divergence_from_the_first_opinion(classes):
    pooled = torch.rand(4, FEATURES)
    logits = torch.randn(4, 20)
    before = logits.softmax(1)
    after = classes.classifier(pooled).softmax(1)
    expected = (before * (before / after).log()).sum(1).mean()
    torch.testing.assert_close(classes.distance(pooled, logits), expected)
    own = classes.classifier(pooled)
    torch.testing.assert_close(classes.distance(pooled, own), torch.tensor(0.0), atol=1e-6, rtol=0)


def test_classes_that_are_seen_are_drawn_and_never_the_background():
    logits = torch.full((3, 50), -50.0)
    logits[:, 0] = -40.0
    logits[[0, 1, 2], [7, 8, 7]] = 90.0

    drawn = draw_classes(logits.double(), others=5, rng=np.random.default_rng(0))
    assert {7, 8} <= set(drawn)
    assert 0 not in drawn
    assert len(set(drawn)) == len(drawn) <= 8
