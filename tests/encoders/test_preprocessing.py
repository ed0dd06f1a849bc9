from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from visavis.encoders.preprocessing import Preprocessing, Scaling
from visavis.images import squash
from visavis.types import Box


@pytest.fixture
def image():
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 256, (60, 90, 3), dtype=np.uint8))


def test_by_default_an_image_is_squashed(image):
    assert np.array_equal(Preprocessing(32).prepare(image), squash(image, 32))


def test_the_middle_of_an_image_that_keeps_its_shape(image):
    cropping = Preprocessing(40, "shortest", 60, "bilinear")
    assert np.array_equal(cropping.prepare(image), np.asarray(image)[10:50, 25:65])


def test_black_around_an_image_smaller_than_the_crop(image):
    pixels = Preprocessing(50, "squash", 40).prepare(image)
    assert pixels.shape == (50, 50, 3)
    assert np.array_equal(pixels[5:45, 5:45], squash(image, 40))
    assert pixels[:5].max() == pixels[:, 45:].max() == 0


def test_an_image_many_times_as_long_as_high():
    cropping = Preprocessing(24, "shortest")
    assert cropping.prepare(Image.new("RGB", (3000, 7))).shape == (24, 24, 3)
    assert cropping.prepare(Image.new("RGB", (1, 900))).shape == (24, 24, 3)


def test_bytes_pass_as_they_are(image):
    batch = Preprocessing(8).prepare(image)[np.newaxis]
    assert Preprocessing(8).batch(batch) is batch


def test_floats_are_scaled_channel_by_channel(image):
    mean, std = (0.1, 0.2, 0.3), (0.5, 0.6, 0.7)
    floating = Preprocessing(8, scaling=Scaling(1 / 255, mean, std))
    pixels = floating.prepare(image)
    expected = (pixels / 255 - np.array(mean)) / np.array(std)
    values = floating.batch(pixels[np.newaxis])
    assert values.dtype == np.float32
    assert values.shape == (1, 3, 8, 8)
    assert np.allclose(values[0], expected.transpose(2, 0, 1), atol=1e-6)


def test_blue_first(image):
    backwards = Preprocessing(8, channels="BGR")
    pixels = backwards.prepare(image)
    assert np.array_equal(backwards.batch(pixels[np.newaxis])[0], pixels[..., ::-1])


@pytest.mark.parametrize(
    ("preprocessing", "size", "seen"),
    [
        (Preprocessing(32), (640, 480), Box(0, 0, 640, 480)),
        (Preprocessing(32, "shortest"), (640, 480), Box(80, 0, 480, 480)),
        (Preprocessing(224, "shortest", 256), (480, 640), Box(30, 110, 420, 420)),
        (Preprocessing(40, "squash", 80), (600, 300), Box(150, 75, 300, 150)),
        (Preprocessing(50, "squash", 40), (600, 300), Box(0, 0, 600, 300)),
        (Preprocessing(8, "shortest"), (1, 900), Box(0, 449, 1, 1)),
    ],
)
def test_what_is_left_after_the_crop(preprocessing, size, seen):
    assert preprocessing.seen(size) == seen


def test_a_description_is_read_back():
    scaling = Scaling(1 / 255, (0.1, 0.2, 0.3), (0.5, 0.6, 0.7))
    whole = Preprocessing(224, "shortest", 256, "bilinear", "BGR", scaling)
    assert Preprocessing.parse(whole.describe()) == whole


@pytest.mark.parametrize(
    "described",
    [{}, {"size": 8, "resize": "stretch"}, {"size": 8, "interpolation": 3}, {"size": "big"}],
)
def test_a_description_that_makes_no_sense(described):
    with pytest.raises((KeyError, ValueError)):
        Preprocessing.parse(described)
