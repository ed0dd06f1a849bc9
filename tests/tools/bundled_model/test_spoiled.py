import torch
from spoiled import spoil


def spoilt(seed, pixels):
    return spoil(pixels, torch.Generator().manual_seed(seed))


def test_images_keep_their_shape_and_change():
    pixels = torch.randint(0, 256, (6, 40, 40, 3), dtype=torch.uint8)
    found = spoilt(1, pixels)
    assert found.shape == pixels.shape
    assert found.dtype == torch.uint8
    assert all((a != b).any() for a, b in zip(found, pixels, strict=True))


def test_a_seed_tells_what_is_done():
    pixels = torch.randint(0, 256, (3, 40, 40, 3), dtype=torch.uint8)
    assert torch.equal(spoilt(1, pixels), spoilt(1, pixels))
    assert not torch.equal(spoilt(1, pixels), spoilt(2, pixels))


def test_some_images_lose_their_colours_and_some_keep_them():
    pixels = torch.zeros(40, 40, 40, 3, dtype=torch.uint8)
    pixels[..., 0] = 200
    red, green = spoilt(3, pixels).float().mean(dim=(1, 2))[:, :2].T
    coloured = (red - green).abs() > 60
    assert 5 < coloured.sum() < 35
