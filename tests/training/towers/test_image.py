from __future__ import annotations

import pytest
import torch
from torch.nn.functional import normalize

from visavis.errors import TrainingError
from visavis.training.towers.backbone import pack, unpack
from visavis.training.towers.backbones import open_backbone
from visavis.training.towers.image import ImageTower
from visavis.training.towers.regions import region_boxes, region_masks
from vision_models import saved, vit


@pytest.fixture(scope="module")
def backbone():
    torch.manual_seed(0)
    return open_backbone("mobilenet_v2", "random")


def build(backbone, kind="map", head="attention", dim=16, **parts):
    torch.manual_seed(1)
    return ImageTower.build(backbone, kind, head, dim, width=32, dropout=0.1, **parts).eval()


def pixels(n=2, side=224):
    return torch.randint(0, 256, (n, side, side, 3), dtype=torch.uint8)


@pytest.mark.parametrize(
    ("kind", "head", "cells"),
    [
        ("classes", "linear", 0),
        ("pooled", "mlp", 0),
        ("map", "mlp", 0),
        ("map", "attention", 7),
        ("pyramid", "attention", 7),
    ],
)
def test_a_tower_applies_backbone_and_head(backbone, kind, head, cells):
    tower = build(backbone, kind, head)
    x = pixels()
    features = tower.features(x)
    assert features.shape[1:] == backbone.shapes[kind]
    assert torch.allclose(tower(x), tower.head(features))
    assert torch.equal(tower(features), tower(x)), "features and pixels differ in type"
    assert (tower.dim, tower.size, tower.grid) == (16, 224, cells)


def test_images_of_any_size(backbone):
    for kind in ("map", "pyramid"):
        vectors = build(backbone, kind)(pixels(3, side=160))
        assert vectors.shape == (3, 16)
        assert torch.allclose(vectors.norm(dim=1), torch.ones(3), atol=1e-5)


@pytest.mark.parametrize("parts", [{}, {"classes": True, "anchors": 3}])
@pytest.mark.parametrize("kind", ["map", "pyramid"])
def test_the_region_of_all_cells_has_the_vector_of_the_full_image(backbone, kind, parts):
    tower, x = build(backbone, kind, **parts), pixels(1)
    masks = torch.cat([region_masks(tower.grid), torch.ones(1, tower.grid**2).bool()])
    with torch.no_grad():
        if parts:
            tower.classes.vectors.normal_()
            tower.hubness.set_anchors(torch.randn(3, 14), torch.zeros(3), mean=0.1, share=0.3)
        vectors = tower.regions(x, masks)
        assert torch.allclose(vectors[:, -1], tower(x), atol=1e-5)
    assert vectors.shape == (1, 18, tower.dim) == (1, 18, 16)


def test_a_kind_the_backbone_lacks_is_refused(backbone, monkeypatch):
    monkeypatch.setattr(backbone, "kinds", ("pooled", "map"))
    with pytest.raises(TrainingError, match="no features 'classes', only pooled, map"):
        build(backbone, "classes", "linear")


def test_training_a_head_leaves_a_frozen_backbone_alone(backbone):
    tower = build(backbone, "pooled", "linear").train()
    assert tower.head.training
    assert not any(layer.training for layer in backbone.modules())
    tower(pixels()).sum().backward()
    assert all(value.grad is None for value in backbone.parameters())


def test_a_pyramid_is_a_map_and_a_finer_one(backbone):
    x = pixels(1)
    network = backbone.network["features"]
    coarse, finer = unpack(backbone(x, "pyramid"), 1280)
    assert torch.equal(coarse, backbone(x, "map"))
    assert finer.shape == (1, 128, 14, 14)
    scaled = x.permute(0, 3, 1, 2) / 127.5 - 1
    assert torch.allclose(finer, network.pyramid(scaled)[1], atol=1e-4)
    assert torch.equal(pack(coarse, finer), backbone(x, "pyramid"))
    assert backbone.layout("pyramid") == (1280, 7, 7, 128, 14, 14)


def test_a_finer_map_of_odd_sides_is_padded(backbone):
    coarse, finer = unpack(backbone(pixels(1, side=208), "pyramid"), 1280)
    assert (coarse.shape[2:], finer.shape[2:]) == ((7, 7), (14, 14))
    assert not finer[..., 13].any()
    assert finer[..., 12].any()


def test_the_finer_map_has_no_effect_until_it_is_learned(backbone):
    tower, plain = build(backbone, "pyramid"), build(backbone, "map")
    plain.head.load_state_dict(tower.head.state_dict(), strict=False)
    x = pixels(1)
    with torch.no_grad():
        assert torch.allclose(tower(x), plain(x), atol=1e-6)
        tower.head.finer.value.weight.normal_()
        assert not torch.allclose(tower(x), plain(x), atol=1e-2)


def test_a_region_equals_the_head_of_both_cropped_maps(backbone):
    tower = build(backbone, "pyramid")
    torch.nn.init.normal_(tower.head.finer.value.weight)
    coarse, finer = torch.randn(2, 1280, 7, 7), torch.randn(2, 128, 14, 14)
    with torch.no_grad():
        vectors = tower.head.regions(pack(coarse, finer), region_masks(7))
        for n, (x, y, width, height) in enumerate(region_boxes(7)):
            left, top, right, bottom = (round(7 * at) for at in (x, y, x + width, y + height))
            part = coarse[:, :, top:bottom, left:right]
            own = finer[:, :, 2 * top : 2 * bottom, 2 * left : 2 * right]
            assert torch.allclose(vectors[:, n], tower.head(pack(part, own)), atol=1e-5)


def test_regions_cover_the_image_and_differ():
    masks = region_masks(7)
    assert masks.any(dim=0).all()
    assert len({tuple(mask.tolist()) for mask in masks}) == len(region_boxes(7)) == 17


@pytest.mark.parametrize("kind", ["map", "pyramid"])
def test_class_vectors_are_added_by_probability(backbone, kind):
    tower, x = build(backbone, kind, classes=True), pixels()
    features = tower.features(x)
    with torch.no_grad():
        captioned = tower(x)  # class vectors are 0 yet
        tower.classes.vectors.normal_()
        probabilities = backbone(x, "classes").softmax(dim=1)
        assert torch.allclose(tower.logits(features).softmax(dim=1), probabilities, atol=1e-5)
        expected = normalize(captioned + probabilities @ tower.classes.vectors, dim=1)
        assert torch.allclose(tower(x), expected, atol=1e-5)
        assert not torch.allclose(captioned, expected, atol=1e-2)


def test_drawn_classes_are_improbable_until_they_are_learned(backbone):
    tower = build(backbone, classes=True, drawn=4)
    probabilities = tower.logits(tower.features(pixels())).softmax(dim=1)
    assert probabilities.shape == (2, 1004)
    assert (probabilities[:, 1000:] < 1e-6).all()
    assert (tower.classes.known, tower.classes.drawn) == (1000, 4)


def test_class_vectors_learn_and_the_classifier_does_not(backbone):
    tower = build(backbone, classes=True)
    tower(torch.rand(2, 1280, 3, 3)).sum().backward()
    assert tower.classes.classifier.weight.grad is None
    assert tower.classes.vectors.grad is not None


def test_class_vectors_need_a_classifier(backbone, monkeypatch):
    with pytest.raises(TrainingError, match="class vectors need"):
        build(backbone, "classes", "linear", classes=True)
    monkeypatch.setattr(backbone, "kinds", ("pooled", "map"))
    with pytest.raises(TrainingError, match="class vectors need"):
        build(backbone, classes=True)


def test_only_a_classifier_of_pooled_features_counts(tmp_path):
    """A vision transformer classifies its class token, which is what pooled features are here."""
    torch.manual_seed(0)
    backbone = open_backbone(str(saved(vit(image_size=80), tmp_path / "vit", size=80)))
    x = pixels(1, side=80)
    found = backbone.classifier()
    expected = backbone(x, "classes")
    assert found is None or torch.allclose(found(backbone(x, "pooled")), expected, atol=1e-3)


def test_the_hubness_correction_takes_two_numbers_of_a_vector(backbone):
    tower = build(backbone, anchors=3)
    vectors = tower(pixels())
    assert tower.dim == vectors.shape[1] == 16
    assert tower.head.dim == 14
    assert torch.allclose(vectors.norm(dim=1), torch.ones(2), atol=1e-5)
