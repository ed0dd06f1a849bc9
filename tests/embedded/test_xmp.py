from __future__ import annotations

import io

import pytest
from PIL import Image

from tagged import bag, described, tagged
from visavis.embedded import EmbeddedText
from visavis.embedded.base import Tags
from visavis.embedded.xmp import MAX_BYTES, read_xmp


def read(**parts):
    with Image.open(io.BytesIO(tagged(**parts))) as image:
        return read_xmp(image)


def test_nothing_there():
    assert read() == Tags()


def test_what_a_photo_program_writes():
    found = read(
        xmp=bag("plage", "mer", "Plage") + described(x="A beach", fr="Une plage", en="A beach"),
        attributes="xmp:Rating='4' xmp:CreateDate='2023-06-14T15:02:11.25+02:00' "
        "photoshop:City='Lyon' photoshop:State='Rhône' photoshop:Country='France'",
    )
    assert found == Tags(
        taken="2023-06-14T15:02:11+02:00",
        rating=4,
        place="Lyon, Rhône",
        country="France",
        descriptions=(EmbeddedText("A beach", "en"), EmbeddedText("Une plage", "fr")),
        keywords=("plage", "mer"),
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"x": "A beach"}, [("A beach", "")]),
        ({"x": "A beach", "fr-FR": "Une plage"}, [("A beach", ""), ("Une plage", "fr")]),
        ({"pt-BR": "Uma praia"}, [("Uma praia", "pt")]),
        ({"x": "  "}, []),
    ],
)
def test_descriptions_in_languages(texts, expected):
    xmp = described(**texts)
    assert [(each.text, each.lang) for each in read(xmp=xmp).descriptions] == expected


@pytest.mark.parametrize(("rating", "stars"), [("-1", None), ("0", 0), ("5", 5), ("9", None)])
def test_ratings(rating, stars):
    assert read(xmp=f"<xmp:Rating>{rating}</xmp:Rating>").rating == stars


def test_bombs_and_heaps_are_not_read():
    image = Image.new("RGB", (8, 8))
    image.info["xmp"] = b"<a>" + b" " * MAX_BYTES + b"</a>"
    assert read_xmp(image) == Tags()
    image.info["xmp"] = b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>'
    with pytest.raises(Exception, match="Entit"):
        read_xmp(image)
