from __future__ import annotations

import pytest
import torch

from visavis.errors import TrainingError
from visavis.training.towers.backbones import open_backbone
from visavis.training.towers.vision import VisionTower
from visavis.training.towers.windows import window_masks


@pytest.fixture(scope="module")
def backbone():
    torch.manual_seed(0)
    return open_backbone("mobilenet_v2", "random")


def pixels(n=2, side=224):
    return torch.randint(0, 256, (n, side, side, 3), dtype=torch.uint8)


@pytest.mark.parametrize(
    ("kind", "head", "cells"),
    [("classes", "linear", 0), ("pooled", "mlp", 0), ("map", "mlp", 0), ("map", "attention", 7)],
)
def test_a_tower_is_its_two_halves(backbone, kind, head, cells):
    tower = VisionTower.build(backbone, kind, head, 16, width=32, dropout=0.1).eval()
    x = pixels()
    features = tower.features(x)
    assert features.shape[1:] == backbone.shapes[kind]
    assert torch.allclose(tower(x), tower.head(features))
    assert (tower.dim, tower.size, tower.cells) == (16, 224, cells)


def test_images_of_other_sizes_pass_as_well(backbone):
    tower = VisionTower.build(backbone, "map", "attention", 16, width=32, dropout=0.1).eval()
    assert tower(pixels(3, side=160)).shape == (3, 16)


def test_the_part_that_is_the_whole_has_the_vector_of_the_whole(backbone):
    tower = VisionTower.build(backbone, "map", "attention", 16, width=32, dropout=0.1).eval()
    x = pixels(1)
    places = torch.cat([window_masks(tower.cells), torch.ones(1, tower.cells**2).bool()])
    with torch.no_grad():
        parts = tower.parts(x, places)
        assert torch.allclose(parts[:, -1], tower(x), atol=1e-5)
    assert parts.shape == (1, 18, 16)


def test_features_that_the_backbone_does_not_have_are_refused(backbone, monkeypatch):
    monkeypatch.setattr(backbone, "kinds", ("pooled", "map"))
    with pytest.raises(TrainingError, match="no features 'classes', only pooled, map"):
        VisionTower.build(backbone, "classes", "linear", 16, width=32, dropout=0.1)


def test_in_training_a_frozen_backbone_stays_as_it_is(backbone):
    tower = VisionTower.build(backbone, "pooled", "linear", 16, width=32, dropout=0.5).train()
    assert tower.head.training
    assert not any(layer.training for layer in backbone.modules())
    tower(pixels()).sum().backward()
    assert all(value.grad is None for value in backbone.parameters())
