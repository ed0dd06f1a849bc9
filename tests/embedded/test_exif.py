from __future__ import annotations

import io

import pytest
from PIL import Image
from PIL.ExifTags import GPS

from tagged import tagged
from visavis.embedded import EmbeddedText
from visavis.embedded.base import Tags
from visavis.embedded.exif import read_exif


def read(**tags):
    with Image.open(io.BytesIO(tagged(**tags))) as image:
        return read_exif(image)


def test_what_a_camera_writes():
    found = read(
        Make="Canon",
        Model="Canon EOS 80D",
        Orientation=6,
        DateTimeOriginal="2023:06:14 15:02:11",
        OffsetTimeOriginal="+02:00",
        LensModel="EF-S18-55mm f/3.5-5.6 III",
        gps=(45.76, 4.83),
    )
    assert found == Tags(
        taken="2023-06-14T15:02:11+02:00",
        camera="Canon EOS 80D",
        lens="EF-S18-55mm f/3.5-5.6 III",
        latitude=45.76,
        longitude=4.83,
        orientation=6,
    )


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 80D", "Canon EOS 80D"),
        ("NIKON CORPORATION", "NIKON D750", "NIKON D750"),
        ("Apple", "iPhone 13", "Apple iPhone 13"),
        ("", "Redmi", "Redmi"),
        ("Sony", "", "Sony"),
        (" ", "\0\0", None),
    ],
)
def test_a_maker_is_named_once(make, model, camera):
    assert read(Make=make, Model=model).camera == camera


@pytest.mark.parametrize(
    ("tags", "taken"),
    [
        ({"DateTimeOriginal": "2023:06:14 15:02:11"}, "2023-06-14T15:02:11"),
        ({"DateTimeDigitized": "1999:12:31 23:59:59"}, "1999-12-31T23:59:59"),
        (
            {"DateTimeOriginal": "2023:06:14 15:02:11", "OffsetTimeOriginal": "  :  "},
            "2023-06-14T15:02:11",
        ),
        ({"DateTimeOriginal": "0000:00:00 00:00:00"}, None),
        ({"DateTimeOriginal": "2023:13:45 15:02:11"}, None),
        ({"DateTimeOriginal": "    :  :     :  :  "}, None),
        ({"DateTime": "2023:06:14 15:02:11"}, None),  # of the last change of the file
    ],
)
def test_dates(tags, taken):
    assert read(Make="x", **tags).taken == taken


@pytest.mark.parametrize("gps", [(-33.8568, 151.2153), (64.1466, -21.9426), (0.0, 9.5)])
def test_positions(gps):
    found = read(gps=gps)
    assert (found.latitude, found.longitude) == pytest.approx(gps, abs=1e-5)


@pytest.mark.parametrize(
    "raw",
    [
        {GPS.GPSLatitude: (0.0, 0.0, 0.0), GPS.GPSLongitude: (0.0, 0.0, 0.0)},
        {GPS.GPSLatitude: (91.0, 0.0, 0.0), GPS.GPSLongitude: (4.0, 0.0, 0.0)},
        {GPS.GPSLatitude: (45.0, 0.0, 0.0)},
        {GPS.GPSLatitude: (45.0, 0.0, 9e6), GPS.GPSLongitude: (4.0, 0.0, 0.0)},
    ],
)
def test_positions_that_are_none(raw):
    found = read(raw_gps=raw)
    assert (found.latitude, found.longitude) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "OLYMPUS DIGITAL CAMERA",
        "Exif_JPEG_PICTURE",
        "DSC_0012.JPG",
        "cof",
        "12 / 3",
        "",
        "File written by Adobe Photoshop 4.0",
    ],
)
def test_what_machines_write_is_no_description(text):
    assert read(ImageDescription=text).descriptions == ()


def test_what_people_write():
    windows = "Évian ; mer;".encode("utf-16-le")
    found = read(ImageDescription="HDR of a beach\n in the evening", x4746=4, x9C9E=windows)
    assert found.descriptions == (EmbeddedText("HDR of a beach in the evening"),)
    assert (found.rating, found.keywords) == (4, ("Évian", "mer"))
    assert read(x9C9C="Une plage".encode("utf-16-le")).descriptions == (EmbeddedText("Une plage"),)


def test_utf8_is_read_as_such():
    text = "Évian".encode().decode("latin-1")
    image = Image.new("RGB", (8, 8))
    image.getexif()[0x010E] = text
    assert read_exif(image).descriptions == (EmbeddedText("Évian"),)
