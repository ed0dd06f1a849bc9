from __future__ import annotations

import numpy as np
import torch

from visavis.training.towers.image import ImageTower, scale
from visavis.training.towers.windows import window_boxes, window_masks


def test_scale_maps_bytes_to_minus_one_to_one():
    pixels = torch.tensor([0, 255, 51], dtype=torch.uint8).reshape(1, 1, 1, 3)
    scaled = scale(pixels)
    assert scaled.shape == (1, 3, 1, 1)
    assert np.allclose(scaled.flatten(), [-1, 1, 51 / 127.5 - 1])


def test_images_of_any_size_become_unit_vectors():
    torch.manual_seed(0)
    tower = ImageTower(16, width=32, heads=4).eval()
    with torch.no_grad():
        for shape in ((2, 64, 64, 3), (1, 96, 160, 3)):
            vectors = tower(torch.randint(0, 256, shape, dtype=torch.uint8))
            assert vectors.shape == (shape[0], 16)
            assert torch.allclose(vectors.norm(dim=1), torch.ones(shape[0]), atol=1e-5)


def test_a_region_is_what_the_head_makes_of_its_part_of_the_maps():
    torch.manual_seed(0)
    tower = ImageTower(16, width=32, heads=4).eval()
    torch.nn.init.normal_(tower.details.value.weight)
    features, details = torch.randn(2, 1280, 7, 7), torch.randn(2, 128, 14, 14)
    with torch.no_grad():
        masks = window_masks(7).unflatten(1, (7, 7))
        vectors = tower.regions(masks, features, details)
        for n, (x, y, width, height) in enumerate(window_boxes(7)):
            left, top, right, bottom = (round(7 * at) for at in (x, y, x + width, y + height))
            part = features[:, :, top:bottom, left:right]
            finer = details[:, :, 2 * top : 2 * bottom, 2 * left : 2 * right]
            assert torch.allclose(vectors[:, n], tower.head(part, finer), atol=1e-5)


def test_details_count_once_they_are_learned():
    torch.manual_seed(0)
    tower = ImageTower(16, width=32, heads=4).eval()
    features, details = torch.rand(2, 1280, 7, 7), torch.rand(2, 128, 13, 14)
    with torch.no_grad():
        assert torch.equal(tower.head(features, details), tower.head(features))
        tower.details.value.weight.normal_()
        assert not torch.allclose(tower.head(features, details), tower.head(features), atol=1e-2)


def test_windows_cover_the_image_and_differ():
    masks = window_masks(7)
    assert masks.any(dim=0).all()
    assert len({tuple(mask.tolist()) for mask in masks}) == len(window_boxes(7)) == 17


def test_the_part_that_is_the_whole_has_the_vector_of_the_whole():
    torch.manual_seed(0)
    tower = ImageTower(16, width=32, heads=4).eval()
    pixels = torch.randint(0, 256, (1, 224, 224, 3), dtype=torch.uint8)
    places = torch.cat([window_masks(7), torch.ones(1, 49, dtype=torch.bool)])
    with torch.no_grad():
        parts = tower.parts(pixels, places)
        assert torch.allclose(parts[:, -1], tower(pixels), atol=1e-5)
    assert parts.shape == (1, 18, tower.dim)


def test_what_a_classifier_is_sure_of_is_added_in_its_words():
    torch.manual_seed(0)
    tower = ImageTower(16, width=32, heads=4, classes=5).eval()
    features = torch.rand(2, 1280, 7, 7)
    with torch.no_grad():
        captioned = tower.head(features)  # the classes have no words yet
        tower.classes.vectors.normal_()
        shares = tower.classes.classifier(features.mean(dim=(2, 3))).softmax(dim=1)
        mixed = captioned + shares @ tower.classes.vectors
        expected = mixed / mixed.norm(dim=1, keepdim=True)
        assert torch.allclose(tower.head(features), expected, atol=1e-5)
        assert not torch.allclose(captioned, expected, atol=1e-2)


def test_the_classifier_is_not_learned_and_its_words_are():
    tower = ImageTower(16, width=32, heads=4, classes=5)
    tower.head(torch.rand(2, 1280, 3, 3)).sum().backward()
    assert tower.classes.classifier.weight.grad is None
    assert tower.classes.vectors.grad is not None
