"""Sizes and boxes of images, and what is made of them."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image

from images import ORIENTATION, difference, encoded, gradient, png
from visavis.errors import ImageError
from visavis.image_formats import IMAGE_SUFFIXES
from visavis.images import crop, measure, open_image, squash, thumbnail_jpeg
from visavis.types import Box


def test_size_shrinks_large_jpegs_but_keeps_twice_the_target():
    data = encoded(gradient(1600, 1200), "JPEG")
    small = open_image(data, size=100)
    assert small.size == (267, 200) or min(small.size) >= 200
    assert small.width < 1600
    assert difference(squash(small, 100), squash(open_image(data), 100)) < 1


def test_size_never_shrinks_below_twice_the_target():
    for side in (50, 150, 299, 300, 301, 600):
        opened = open_image(encoded(gradient(1600, 1200), "JPEG"), size=side)
        assert min(opened.size) >= min(2 * side, 1200)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_full_size_is_known_however_little_was_decoded(kind, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    opened = open_image(encoded(gradient(800, 600), kind, exif=exif), size=50)
    assert opened.info == {"full_size": (600, 800) if orientation > 4 else (800, 600)}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_measure_agrees_with_opening(kind, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = encoded(gradient(80, 60), kind, exif=exif)
    assert measure(data) == open_image(data).info["full_size"]


def test_measure_decodes_nothing_and_refuses_what_opening_would():
    assert measure(png(10_000, 20_000)) == (10_000, 20_000)
    for bad in (b"", b"no image", png(20_000, 20_000)):
        with pytest.raises(ImageError) as measured:
            measure(bad)
        with pytest.raises(ImageError) as opened:
            open_image(bad)
        assert measured.value.reason == opened.value.reason


def test_box_is_in_pixels_of_the_upright_full_image():
    stored = gradient(480, 320).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    data = encoded(stored, "PNG", exif=exif)
    opened = open_image(data, size=8, box=Box(10, 20, 30, 40))
    assert np.array_equal(opened, np.asarray(gradient(480, 320))[20:60, 10:40])


def test_box_of_a_large_jpeg_is_cut_at_full_size():
    data = encoded(gradient(1600, 1200), "JPEG")
    cut = open_image(data, size=10, box=Box(800, 600, 100, 50))
    assert cut.size == (100, 50)
    assert difference(cut, np.asarray(gradient(1600, 1200))[600:650, 800:900]) < 6


def test_box_is_clipped():
    whole = np.asarray(gradient())
    assert np.array_equal(crop(gradient(), Box(-5, -5, 10, 12)), whole[:7, :5])
    assert np.array_equal(crop(gradient(), Box(40, 30, 100, 100)), whole[30:, 40:])


@pytest.mark.parametrize(
    "box", [Box(48, 0, 5, 5), Box(-5, 0, 5, 5), Box(0, 0, 0, 5), Box(3, 3, 5, -1)]
)
def test_box_outside(box):
    with pytest.raises(ImageError, match="outside its 48 x 32 pixels"):
        crop(gradient(), box)
    with pytest.raises(ImageError, match="outside its 48 x 32 pixels"):
        open_image(encoded(gradient(), "PNG"), box=box)


def test_squash():
    pixels = squash(gradient(60, 20), 16)
    assert pixels.shape == (16, 16, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert pixels.flags.writeable
    # The whole image is there: red still grows to the right, green downwards.
    assert pixels[8, 0, 0] < 20
    assert pixels[8, 15, 0] > 230
    assert pixels[0, 8, 1] < 30
    assert pixels[15, 8, 1] > 220


def test_squash_of_its_own_size_changes_nothing():
    assert np.array_equal(squash(gradient(32, 32), 32), gradient(32, 32))


def test_thumbnail_keeps_the_aspect_ratio():
    image = gradient(400, 200)
    thumbnail = open_image(thumbnail_jpeg(image, 100))
    assert thumbnail.size == (100, 50)
    assert image.size == (400, 200)
    assert difference(thumbnail, image.resize((100, 50))) < 6


def test_thumbnail_never_enlarges():
    assert open_image(thumbnail_jpeg(gradient(40, 20), 100)).size == (40, 20)


def test_threads_get_the_same_images():
    data = [encoded(gradient(300 + i, 200), "JPEG") for i in range(8)]
    expected = [squash(open_image(d, size=32), 32) for d in data]
    wrong = []

    def work():
        wrong.extend(
            i
            for _ in range(5)
            for i, d in enumerate(data)
            if not np.array_equal(squash(open_image(d, size=32), 32), expected[i])
        )

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_suffixes_are_lower_case_with_a_dot():
    assert {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"} <= IMAGE_SUFFIXES
    assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in IMAGE_SUFFIXES)


def test_importing_the_module_leaves_pillow_alone():
    code = "import visavis.images, sys; sys.exit('PIL.Image' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
