"""RAW photographs and JPEG XL: what extras read."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from dng import dng
from images import difference, encoded, gradient
from visavis import extra_formats
from visavis.errors import ImageError
from visavis.images import open_image


class TestRaw:
    @pytest.fixture(autouse=True)
    def library(self):
        pytest.importorskip("rawpy", reason="needs the extra raw")

    def test_the_preview_is_what_is_seen(self, tmp_path):
        (tmp_path / "a.dng").write_bytes(dng(preview=encoded(gradient(), "JPEG", quality=95)))
        opened = open_image(tmp_path / "a.dng")
        assert opened.size == (48, 32)
        assert difference(opened, gradient()) < 6
        assert open_image(dng(preview=b""), name="b.DNG").mode == "RGB"

    def test_it_is_turned_upright(self):
        stored = gradient().transpose(Image.Transpose.ROTATE_90)
        preview = encoded(stored, "JPEG", quality=95)
        opened = open_image(dng(preview=preview, orientation=6), name="a.dng")
        assert difference(opened, gradient()) < 6

    def test_without_a_preview_it_is_developed_at_half_the_size(self):
        opened = open_image(dng(), name="a.dng")
        assert opened.info == {"full_size": (32, 24)}
        pixels = np.asarray(opened)
        assert pixels[4, 28].mean() > pixels[20, 4].mean() + 50  # bright on the right

    def test_damage_is_refused(self):
        data = dng()
        unsupported = r"cannot be decoded \([^']+\)"
        for bad, reason in (
            (b"II*\0", "truncated"),
            (data[:60], f"(truncated|{unsupported})"),
            (b"II*\0" + bytes(60), unsupported),
            (b"\0" * 100, unsupported),
        ):
            with pytest.raises(ImageError, match=rf"^a\.dng: {reason}$"):
                open_image(bad, name="a.dng")

    def test_more_pixels_than_allowed_are_not_developed(self, monkeypatch):
        monkeypatch.setattr("visavis.images.MAX_PIXELS", 1000)
        with pytest.raises(ImageError, match="64 x 48 pixels"):
            open_image(dng(), name="a.dng")


class TestJpegXl:
    @pytest.fixture(autouse=True)
    def library(self):
        pytest.importorskip("pillow_jxl", reason="needs the extra jxl")

    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
    def test_pixels_are_as_they_were(self, mode):
        data = encoded(gradient().convert(mode), "JXL", lossless=True)
        opened = open_image(data, name="a.jxl")
        assert np.array_equal(opened, gradient().convert(mode).convert("RGB"))

    @pytest.mark.parametrize("size", [(8, 8), (256, 256), (5000, 300), (37, 51), (1920, 1080)])
    def test_the_size_is_read_from_the_header(self, size):
        from visavis.jpeg_xl import size_of

        image = Image.new("L", size)
        assert size_of(encoded(image, "JXL")) == size
        exif = Image.Exif()
        exif[0x0112] = 6
        in_boxes = encoded(image, "JXL", exif=exif.tobytes())
        assert not in_boxes.startswith(b"\xff\x0a")
        assert size_of(in_boxes) == size
        assert open_image(in_boxes, name="a.jxl").size == size

    def test_a_bomb_is_refused_unread(self):
        long, square = 3 << 1, 1 << 33  # 30 bits for the height; the width is the same
        header = b"\xff\x0a" + (long | 99_999 << 3 | square).to_bytes(14, "little")
        with pytest.raises(ImageError, match="100000 x 100000 pixels, more than 200 million"):
            open_image(header, name="a.jxl")

    def test_damage_is_refused(self):
        data = encoded(gradient(), "JXL")
        for bad in (data[:30], b"\xff\x0a", struct.pack(">I4s", 4, b"JXL ") + bytes(60), b"?" * 80):
            with pytest.raises(ImageError, match=r"^a\.jxl: "):
                open_image(bad, name="a.jxl")


def test_uploads_have_no_name_and_reach_no_extra():
    with pytest.raises(ImageError, match="not an image of a known kind"):
        open_image(b"\xff\x0a" + bytes(100))


def test_a_jpeg_under_the_name_of_a_raw_file_is_a_jpeg():
    assert open_image(encoded(gradient(), "JPEG"), name="a.cr2").size == (48, 32)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    lost = extra_formats._extra("RAW photographs", ".dng", "raw", "no_such", "no_such_module")
    monkeypatch.setitem(extra_formats.EXTRA_FORMATS, "RAW", lost)
    with pytest.raises(ImageError, match=r"needs an extra: pip install 'visavis\[raw\]'"):
        open_image(io.BytesIO(b"MM\0*" + bytes(60)), name="a.dng")
