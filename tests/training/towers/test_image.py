from __future__ import annotations

import numpy as np
import torch

from visavis.training.towers.image import ImageTower, scale


def test_scale_maps_bytes_to_minus_one_to_one():
    pixels = torch.tensor([0, 255, 51], dtype=torch.uint8).reshape(1, 1, 1, 3)
    scaled = scale(pixels)
    assert scaled.shape == (1, 3, 1, 1)
    assert np.allclose(scaled.flatten(), [-1, 1, 51 / 127.5 - 1])


def test_pictures_of_any_size_become_unit_vectors():
    torch.manual_seed(0)
    tower = ImageTower(16, width=32, heads=4).eval()
    with torch.no_grad():
        for shape in ((2, 64, 64, 3), (1, 96, 160, 3)):
            vectors = tower(torch.randint(0, 256, shape, dtype=torch.uint8))
            assert vectors.shape == (shape[0], 16)
            assert torch.allclose(vectors.norm(dim=1), torch.ones(shape[0]), atol=1e-5)
