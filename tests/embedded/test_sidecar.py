from __future__ import annotations

from pathlib import Path

import pytest

from tagged import XMP, bag, described
from visavis.embedded import EmbeddedText, read_sidecar
from visavis.embedded.sidecar import MAX_BYTES, sidecar_of
from visavis.errors import ImageError


def packet(*elements, attributes=""):
    return XMP.format(attributes=attributes, elements="".join(elements)).encode()


@pytest.fixture
def sidecar(tmp_path):
    return tmp_path / "dog.jpg.xmp"


def test_what_a_photo_program_writes(sidecar):
    attributes = (
        "xmlns:exif='http://ns.adobe.com/exif/1.0/' xmp:Rating='4' "
        "exif:DateTimeOriginal='2023-06-14T15:02:11' exif:GPSLatitude='45,45.6N' "
        "exif:GPSLongitude='4,49,48W'"
    )
    sidecar.write_bytes(packet(bag("dog", "sea"), described(fr="Un chien"), attributes=attributes))
    found = read_sidecar(sidecar)
    assert found.metadata == {
        "taken": "2023-06-14T15:02:11",
        "latitude": 45.76,
        "longitude": -4.83,
        "rating": 4,
        "description": "Un chien",
        "keywords": "dog, sea",
    }
    assert found.texts == {
        "description": (EmbeddedText("Un chien", "fr"),),
        "keywords": (EmbeddedText("dog, sea"),),
    }


@pytest.mark.parametrize("position", ["95,0N", "45,45.6E", "45.76", "x"])
def test_positions_that_make_no_sense(sidecar, position):
    attributes = (
        f"xmlns:exif='http://ns.adobe.com/exif/1.0/' exif:GPSLatitude='{position}' "
        "exif:GPSLongitude='4,49.8E'"
    )
    sidecar.write_bytes(packet(attributes=attributes))
    assert read_sidecar(sidecar).metadata == {}


BOMB = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;'>]><x:xmpmeta xmlns:x='x'>&b;</x:xmpmeta>"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no XMP that can be read"),
        (b"no XML at all", "no XMP that can be read"),
        (packet(bag("dog"))[:-40], "no XMP that can be read"),
        (BOMB, "no XMP that can be read (EntitiesForbidden"),
        (b"<a>" * 100_000, "no XMP that can be read"),
        (b"<a>" * 5_000 + b"</a>" * 5_000, "no XMP that can be read"),
        (packet(bag("dog")) + b" " * MAX_BYTES, "more than 4 MB of XMP; not read"),
    ],
    ids=["empty", "text", "cut", "bomb", "open", "deep", "huge"],
)
def test_damage_is_named(sidecar, content, why):
    sidecar.write_bytes(content)
    with pytest.raises(ImageError) as error:
        read_sidecar(sidecar)
    assert str(error.value).startswith(f"{sidecar}: {why}")
    assert "\n" not in str(error.value)


def test_a_file_that_is_gone(sidecar):
    with pytest.raises(ImageError, match="no such file"):
        read_sidecar(sidecar)


@pytest.mark.parametrize(
    ("image", "expected"),
    [("a.jpg", "a.jpg.xmp"), ("a.CR2", "a.xmp"), ("b.jpg", "b.xmp"), ("c.jpg", None)],
)
def test_the_full_name_comes_before_the_name_without_suffix(image, expected):
    beside = {name: Path(f"{name}.xmp") for name in ("a.jpg", "a", "b")}
    assert sidecar_of(image, beside) == (Path(expected) if expected else None)
