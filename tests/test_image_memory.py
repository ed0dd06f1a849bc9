"""Limits of images, and the memory that they may take over all threads."""

from __future__ import annotations

import sys
import time
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from images import ORIENTATION, difference, encoded, gradient, png
from visavis import image_memory, images
from visavis.errors import ImageError
from visavis.images import open_image
from visavis.types import Box


@pytest.mark.parametrize("side", [40_000, 17_000, 15_000])
def test_bombs_are_refused_from_the_header_without_a_warning(side):
    data = png(side, side)
    assert len(data) < 100
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(ImageError, match=f"{side} x {side} pixels, more than 200 million"):
            open_image(data)
    assert seen == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from the kernel")
def test_a_bomb_takes_no_memory():
    resource = pytest.importorskip("resource")
    rows = zlib.compress(bytes(40_001 * 10))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImageError):
        open_image(png(40_000, 40_000, colour=0, data=rows))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kilobytes


def test_the_limit_itself_is_allowed(monkeypatch):
    data = encoded(gradient(48, 32), "PNG")
    monkeypatch.setattr(images, "MAX_PIXELS", 48 * 32)
    assert open_image(data).size == (48, 32)
    monkeypatch.setattr(images, "MAX_PIXELS", 48 * 32 - 1)
    with pytest.raises(ImageError):
        open_image(data)


class TestBytesToDecode:
    """What images of 48 × 32 pixels take at the peak."""

    @pytest.mark.parametrize(
        ("kind", "mode", "bytes_a_pixel", "options"),
        [
            ("PNG", "L", 1, {}),
            ("PNG", "RGBA", 4, {}),
            ("WEBP", "RGB", 16, {}),
            ("JPEG2000", "RGB", 20, {}),
            ("TIFF", "CMYK", 4, {}),
            ("TIFF", "CMYK", 8, {"compression": "tiff_lzw", "strip_size": 1 << 30}),
            ("JPEG", "RGB", 4, {"subsampling": 0}),
            ("JPEG", "RGB", 10, {"subsampling": 0, "progressive": True}),
            ("JPEG", "RGB", 7, {"subsampling": 2, "progressive": True}),
        ],
    )
    def test_it_depends_on_the_decoder(self, kind, mode, bytes_a_pixel, options, monkeypatch):
        data = encoded(gradient(48, 32).convert(mode), kind, **options)
        pixels = 48 * 32
        monkeypatch.setattr(image_memory, "MAX_BYTES", bytes_a_pixel * pixels + pixels // 4)
        assert open_image(data).size == (48, 32)
        monkeypatch.setattr(image_memory, "MAX_BYTES", bytes_a_pixel * pixels - 1)
        with pytest.raises(ImageError, match=f"48 x 32 pixels of {kind} need more than 0.0 GB"):
            open_image(data)

    def test_jpeg_2000_is_decoded_at_a_fraction(self, monkeypatch):
        data = encoded(gradient(480, 320), "JPEG2000")
        monkeypatch.setattr(image_memory, "MAX_BYTES", 480 * 320 * 20 // 16)
        with pytest.raises(ImageError, match="need more than"):
            open_image(data)
        small = open_image(data, size=40)
        assert (small.size, small.info) == ((120, 80), {"full_size": (480, 320)})
        assert difference(small, gradient(480, 320).resize((120, 80))) < 3


def test_threads_wait_for_each_other_to_bound_memory():
    budget, held, most = image_memory.Budget(100), [], []

    def work(pixels):
        with budget.hold(pixels):
            held.append(pixels)
            most.append(sum(held))
            time.sleep(0.001)
            held.remove(pixels)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [30, 30, 30, 60, 100] * 20))
    assert max(most) <= 100
    assert budget.free == 100
    with budget.hold(1000):  # larger than all there is: alone
        assert budget.free == 0


def test_the_budget_is_given_back_by_a_damaged_file():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    with pytest.raises(ImageError):
        open_image(encoded(Image.fromarray(noise), "PNG")[:2000])
    assert image_memory.budget.free == image_memory.IN_FLIGHT


class TestLarge:
    """Images that are shrunk tile by tile before they are converted."""

    @pytest.fixture(autouse=True)
    def small_limits(self, monkeypatch):
        monkeypatch.setattr(images, "_LARGE", 1000)
        monkeypatch.setattr(images, "_TILE", 64)

    @pytest.mark.parametrize("orientation", [1, 3, 6, 8])
    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK", "I;16", "F"])
    def test_they_look_the_same(self, mode, orientation, monkeypatch):
        grey = np.linspace(0, 1, 300 * 200).reshape(200, 300)
        if mode in {"I;16", "F"}:
            image = Image.fromarray((grey * 65535).astype("u2" if mode == "I;16" else "f4"))
        else:
            image = gradient(300, 200).convert(mode)
        if mode == "RGBA":
            image.putalpha(Image.fromarray((grey * 255).astype("u1")))
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        data = encoded(image, "TIFF", exif=exif)
        large = open_image(data, size=16)
        assert large.size == ((50, 34) if orientation < 5 else (34, 50))
        monkeypatch.setattr(images, "_LARGE", 10**9)
        usual = open_image(data, size=16)
        assert large.info == usual.info == {"full_size": usual.size}
        assert difference(large.resize((16, 16)), usual.resize((16, 16))) < 3

    def test_one_row(self):
        opened = open_image(encoded(Image.new("RGB", (5000, 1), "red"), "PNG"), size=16)
        assert (opened.size, opened.getpixel((9, 0))) == ((5000, 1), (255, 0, 0))

    def test_a_transparent_colour(self):
        image = Image.new("RGB", (100, 100), "red")
        opened = open_image(encoded(image, "PNG", transparency=(255, 0, 0)), size=8)
        assert opened.getpixel((3, 3)) == (255, 255, 255)


def test_a_hundred_megapixels_open_without_a_warning():
    data = encoded(Image.new("1", (10_000, 10_000)), "TIFF")
    assert open_image(data).size == (10_000, 10_000)
    assert open_image(data, box=Box(0, 0, 9_990, 9_990)).size == (9_990, 9_990)
