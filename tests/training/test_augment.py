from __future__ import annotations

import torch

from visavis.training.augment import degrade, random_crops


def drawn(pixels, side=32, seed=0):
    return random_crops(pixels, side, torch.Generator().manual_seed(seed))


def ramp(n=200, side=64):
    """Images whose red grows from left to right and whose green grows downwards."""
    pixels = torch.zeros(n, side, side, 3, dtype=torch.uint8)
    line = torch.linspace(50, 200, side).round().to(torch.uint8)
    pixels[..., 0] = line[None, None, :]
    pixels[..., 1] = line[None, :, None]
    pixels[..., 2] = 100
    return pixels


def test_crops_are_pixels_of_the_side_asked_for():
    crops = drawn(ramp(3), side=24)
    assert crops.shape == (3, 24, 24, 3)
    assert crops.dtype == torch.uint8


def test_one_seed_gives_one_set_of_crops():
    assert drawn(ramp(), seed=1).equal(drawn(ramp(), seed=1))
    assert not drawn(ramp(), seed=1).equal(drawn(ramp(), seed=2))
    torch.manual_seed(3)
    first = random_crops(ramp(4), 32)
    torch.manual_seed(3)
    assert random_crops(ramp(4), 32).equal(first)


def test_half_are_flipped_and_none_stands_on_its_head():
    crops = drawn(ramp()).float()
    flipped = crops[:, :, 0, 0].mean(dim=1) > crops[:, :, -1, 0].mean(dim=1)
    assert 70 < flipped.sum() < 130
    assert (crops[:, 0, :, 1].mean(dim=1) < crops[:, -1, :, 1].mean(dim=1)).all()


def test_brightness_changes_by_up_to_a_fifth():
    blue = drawn(ramp())[..., 2].float()
    assert (blue.amax(dim=(1, 2)) - blue.amin(dim=(1, 2))).max() == 0  # the same all over
    assert 79 <= blue.min() < 85
    assert 115 < blue.max() <= 121


def test_a_crop_holds_forty_to_a_hundred_percent_of_the_area():
    crops = drawn(ramp()).float()
    light = crops[..., 2].mean(dim=(1, 2)) / 100
    spans = [crops.mean(dim=axis)[..., channel] for axis, channel in ((1, 0), (2, 1))]
    wide, high = (
        (span[:, -1] - span[:, 0]).abs() / light / 150 * 32 / 31 for span in spans
    )  # parts of the image's sides
    area = wide * high
    assert 0.35 < area.min() < 0.5
    assert 0.85 < area.max() < 1.05


def degraded(seed, pixels):
    return degrade(pixels, torch.Generator().manual_seed(seed))


def test_degraded_images_keep_their_shape_and_change():
    pixels = torch.randint(0, 256, (6, 40, 40, 3), dtype=torch.uint8)
    found = degraded(1, pixels)
    assert found.shape == pixels.shape
    assert found.dtype == torch.uint8
    assert all((a != b).any() for a, b in zip(found, pixels, strict=True))


def test_a_seed_tells_how_images_are_degraded():
    pixels = torch.randint(0, 256, (3, 40, 40, 3), dtype=torch.uint8)
    assert torch.equal(degraded(1, pixels), degraded(1, pixels))
    assert not torch.equal(degraded(1, pixels), degraded(2, pixels))


def test_some_degraded_images_lose_their_colours_and_some_keep_them():
    pixels = torch.zeros(40, 40, 40, 3, dtype=torch.uint8)
    pixels[..., 0] = 200
    red, green = degraded(3, pixels).float().mean(dim=(1, 2))[:, :2].T
    coloured = (red - green).abs() > 60
    assert 5 < coloured.sum() < 35
