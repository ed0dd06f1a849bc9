from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from tagged import bag, described, tagged
from visavis.embedded import Embedded, EmbeddedText, read_embedded


def read(data):
    with Image.open(io.BytesIO(data)) as image:
        return read_embedded(image)


def test_nothing_there():
    assert read(tagged()) == Embedded()


def test_cameras_say_facts_and_people_descriptions():
    found = read(
        tagged(
            Model="X100",
            DateTimeOriginal="2023:06:14 15:02:11",
            ImageDescription="of the camera",
            xmp=bag("sea") + described(fr="Une plage"),
            attributes="xmp:CreateDate='2024-01-01T00:00:00'",
            iptc=[(25, b"Sea"), (25, b"summer"), (120, b"of the agency")],
        )
    )
    assert found.metadata == {
        "taken": "2023-06-14T15:02:11",
        "camera": "X100",
        "description": "Une plage",
        "keywords": "sea, summer",
    }
    assert found.texts == {
        "description": (EmbeddedText("Une plage", "fr"),),
        "keywords": (EmbeddedText("sea, summer"),),
    }


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF"])
def test_other_formats(kind):
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[0x0110] = "X100"
    Image.new("RGB", (8, 8)).save(buffer, kind, exif=exif)
    assert read(buffer.getvalue()).metadata == {"camera": "X100"}


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damage_never_raises():
    chance = random.Random(0)
    sound = tagged(
        Model="X100",
        DateTimeOriginal="2023:06:14 15:02:11",
        gps=(45.76, 4.83),
        xmp=bag("sea"),
        iptc=[(25, b"sea")],
    )
    for _ in range(200):
        data = bytearray(sound)
        for _ in range(4):
            data[chance.randrange(20, 1200)] = chance.randrange(256)
        try:
            image = Image.open(io.BytesIO(bytes(data)))
        except OSError:
            continue
        read_embedded(image)
