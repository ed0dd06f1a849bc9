from __future__ import annotations

import struct
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, features

from images import ORIENTATION, difference, encoded, gradient, png
from visavis.errors import ImageError
from visavis.image_formats import IMAGE_SUFFIXES
from visavis.images import open_image
from visavis.types import Box

# What can be opened.


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_kinds_come_back_as_they_were(kind):
    opened = open_image(encoded(gradient(), kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert opened.mode == "RGB"
    assert np.array_equal(opened, gradient())


def test_source_may_be_a_path_a_name_bytes_or_an_open_file(tmp_path):
    path = tmp_path / "été.png"
    path.write_bytes(encoded(gradient(), "PNG"))
    with path.open("rb") as file:
        opened = [open_image(s) for s in (path, str(path), path.read_bytes(), file)]
    assert all(np.array_equal(one, gradient()) for one in opened)


def test_source_may_be_an_opened_image_or_an_array():
    for source in (gradient(), np.asarray(gradient()), gradient().convert("RGBA")):
        opened = open_image(source)
        assert np.array_equal(opened, gradient())
        assert opened.info == {"full_size": (48, 32)}
        assert open_image(source, box=Box(1, 2, 3, 4)).size == (3, 4)


def test_content_decides_not_the_name(tmp_path):
    path = tmp_path / "really_a_png.jpg"
    path.write_bytes(encoded(gradient(), "PNG"))
    assert np.array_equal(open_image(path), gradient())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_orientation_comes_out_upright(kind, orientation):
    upright = gradient()
    turns = Image.Transpose
    to_stored = {
        2: turns.FLIP_LEFT_RIGHT,
        3: turns.ROTATE_180,
        4: turns.FLIP_TOP_BOTTOM,
        5: turns.TRANSPOSE,
        6: turns.ROTATE_90,
        7: turns.TRANSVERSE,
        8: turns.ROTATE_270,
    }
    stored = upright if orientation == 1 else upright.transpose(to_stored[orientation])
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    opened = open_image(encoded(stored, kind, exif=exif))
    assert opened.size == upright.size
    assert difference(opened, upright) < 6  # JPEG and WebP lose a little; a wrong turn is > 40
    assert ORIENTATION not in opened.getexif()


def test_upright_does_not_mean_turned_twice():
    stored = gradient().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    opened = open_image(encoded(stored, "PNG", exif=exif))
    again = open_image(encoded(opened, "PNG"))
    assert np.array_equal(again, gradient())


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow says so, and goes on
@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff"])
def test_damaged_exif_does_not_cost_the_image(exif):
    opened = open_image(encoded(gradient(), "JPEG", exif=exif))
    assert opened.size == gradient().size


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind):
    data = encoded(gradient().convert("CMYK"), kind)
    assert kind == "TIFF" or b"Adobe" in data  # its JPEGs hold the inks inverted
    opened = open_image(data)
    assert opened.mode == "RGB"
    assert difference(opened, gradient()) < 12


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_grey_black_and_palette(mode):
    image = gradient().convert(mode)
    opened = open_image(encoded(image, "PNG"))
    assert np.array_equal(opened, image.convert("RGB"))


def test_transparent_parts_are_white():
    clear = gradient().convert("RGBA")
    clear.putalpha(0)
    half = Image.new("RGBA", (4, 4), (255, 0, 0, 128))
    grey = Image.new("LA", (4, 4), (0, 0))
    assert np.asarray(open_image(encoded(clear, "PNG"))).min() == 255
    assert open_image(encoded(half, "PNG")).getpixel((1, 1)) == (255, 127, 127)
    assert open_image(encoded(grey, "PNG")).getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize("transparency", [1, b"\xff\x00"])
def test_transparent_palette(transparency):
    image = Image.new("P", (4, 4), 0)
    image.putpalette([200, 0, 0, 0, 0, 200])
    image.putpixel((3, 3), 1)
    opened = open_image(encoded(image, "PNG", transparency=transparency))
    assert opened.getpixel((0, 0)) == (200, 0, 0)
    assert opened.getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_range(kind):
    values = np.array([[0, 257], [32896, 65535]], np.uint16)
    opened = open_image(encoded(Image.fromarray(values), kind))
    assert np.asarray(opened)[..., 0].tolist() == [[0, 1], [128, 255]]


def test_twelve_bits_fill_the_range():
    values = np.array([[0, 1024], [2048, 4095]], np.uint16)
    opened = open_image(encoded(Image.fromarray(values), "TIFF"))
    assert np.asarray(opened)[..., 0].tolist() == [[0, 64], [128, 255]]


def test_a_transparent_value_of_sixteen_bits_is_white():
    values = np.array([[0, 257], [32896, 65535]], np.uint16)
    opened = open_image(encoded(Image.fromarray(values), "PNG", transparency=0))
    assert np.asarray(opened)[..., 0].tolist() == [[255, 1], [128, 255]]


def test_sixteen_bit_colour():
    data = b"".join(b"\0" + struct.pack(">3H", 65535, 32896, 0) * 2 for _ in range(2))
    opened = open_image(png(2, 2, depth=16, data=data))
    assert opened.getpixel((1, 1)) == (255, 128, 0)


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0, 1e6])
def test_floats_are_scaled_by_the_range_they_fill(top):
    values = np.array([[0, top / 4], [np.nan, top]], np.float32)
    opened = open_image(encoded(Image.fromarray(values), "TIFF"))
    assert np.asarray(opened)[..., 0].tolist() == [[0, 64], [0, 255]]


def test_long_integers():
    values = np.array([[0, 65535], [-5, 32896]], np.int32)
    opened = open_image(encoded(Image.fromarray(values), "TIFF"))
    assert np.asarray(opened)[..., 0].tolist() == [[0, 255], [0, 128]]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_an_animation(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert open_image(data).getpixel((4, 4)) == (255, 0, 0)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_avif():
    assert ".avif" in IMAGE_SUFFIXES
    assert difference(open_image(encoded(gradient(), "AVIF", quality=90)), gradient()) < 6


# What is refused, each with its reason.


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated(kind, share):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    data = encoded(noise, kind)
    with pytest.raises(ImageError):
        open_image(data[: int(share * len(data))])


def test_truncated_is_called_so():
    data = encoded(gradient(), "JPEG")
    with pytest.raises(ImageError) as caught:
        open_image(data[: len(data) // 2])
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"dear diary", "not an image of a known kind"),
        (b"%PDF-1.7", "not an image of a known kind"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image of a known kind"),
        (b"\xff\xd8\xff", "cannot be decoded|truncated"),
        (b"\x89PNG\r\n\x1a\n", "cannot be decoded|truncated"),
        (png(0, 10), "cannot be decoded|truncated"),
        (b"BM" + bytes(40), "cannot be decoded|truncated"),
    ],
)
def test_not_images(tmp_path, content, reason):
    path = tmp_path / "odd.jpg"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=reason) as caught:
        open_image(path)
    assert caught.value.source == str(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_missing_folder_and_forbidden(tmp_path):
    with pytest.raises(ImageError, match="no such file"):
        open_image(tmp_path / "missing.jpg")
    with pytest.raises(ImageError):
        open_image(tmp_path)
    with pytest.raises(ImageError):
        open_image("a\0b")


def test_nothing_is_printed_of_a_damaged_file():
    code = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "from visavis.images import ImageError, open_image\n"
        "try: open_image(sys.stdin.buffer.read())\n"
        "except ImageError: print('refused')"
    )
    tiff = bytearray(encoded(gradient(), "TIFF"))
    samples_per_pixel = struct.pack("<HHI", 277, 3, 1)
    place = tiff.index(samples_per_pixel) + 8
    tiff[place : place + 2] = b"\xff\xff"
    ran = subprocess.run(
        [sys.executable, "-c", code], input=bytes(tiff), capture_output=True, check=True
    )
    assert (ran.stdout.strip(), ran.stderr) == (b"refused", b"")


def test_a_tiff_with_webp_inside_is_refused_silently(capfd):
    tiff = bytearray(encoded(gradient(), "TIFF", compression="raw"))
    place = tiff.index(struct.pack("<HHI", 259, 3, 1)) + 8
    tiff[place : place + 2] = struct.pack("<H", 50001)
    with pytest.raises(ImageError, match="webp compression is not read"):
        open_image(bytes(tiff))
    assert capfd.readouterr().err == ""


def test_heif():
    import pillow_heif.HeifImagePlugin  # noqa: F401 - the encoder

    assert ".heic" in IMAGE_SUFFIXES
    assert difference(open_image(encoded(gradient(64, 64), "HEIF")), gradient(64, 64)) < 8


def test_jpeg_2000():
    lossless = encoded(gradient(), "JPEG2000")
    assert np.array_equal(open_image(lossless), gradient())
    assert np.array_equal(open_image(encoded(gradient(), "JPEG2000", no_jp2=True)), gradient())


def test_ppm():
    assert np.array_equal(open_image(encoded(gradient(), "PPM")), gradient())


def test_psd():
    """The composite image that stands at the end of the file, uncompressed."""
    pixels = np.moveaxis(np.asarray(gradient()), 2, 0).tobytes()
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 32, 48, 8, 3) + bytes(12) + bytes(2)
    assert np.array_equal(open_image(header + pixels), gradient())


def test_first_page_of_several():
    pages = encoded(gradient(), "TIFF", save_all=True, append_images=[Image.new("RGB", (5, 5))])
    assert np.array_equal(open_image(pages), gradient())


SAMPLES = {
    kind: encoded(gradient(24, 16), kind)
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "JPEG2000", "PPM")
}


def opened_or_refused(data, size=None):
    try:
        return open_image(data, size=size)
    except ImageError:
        return None


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from(sorted(SAMPLES)),
    edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
    cut=st.integers(0, 200),
    size=st.sampled_from([None, 4]),
)
def test_damaged_files_open_or_raise_image_error(kind, edits, cut, size):
    data = bytearray(SAMPLES[kind])
    for place, value in edits:
        data[place % len(data)] = value
    opened = opened_or_refused(bytes(data[: len(data) - cut]), size=size)
    assert opened is None or opened.mode == "RGB"


@given(st.binary(max_size=64))
def test_any_bytes_open_or_raise_image_error(data):
    for start in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"BM"):
        opened_or_refused(start + data)
