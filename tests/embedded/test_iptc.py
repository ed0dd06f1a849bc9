from __future__ import annotations

import io

from PIL import Image

from tagged import tagged
from visavis.embedded import EmbeddedText
from visavis.embedded.base import Tags
from visavis.embedded.iptc import read_iptc


def read(*records):
    with Image.open(io.BytesIO(tagged(iptc=records))) as image:
        return read_iptc(image)


def test_nothing_there():
    assert read() == Tags()
    assert read_iptc(Image.new("RGB", (8, 8))) == Tags()


def test_what_a_news_agency_writes():
    found = read(
        (25, b"mer"),
        (25, "été".encode()),
        (55, b"20230614"),
        (60, b"150211+0200"),
        (90, b"Lyon"),
        (101, b"France"),
        (120, "Une plage en été".encode("latin-1")),
    )
    assert found == Tags(
        taken="2023-06-14T15:02:11+02:00",
        place="Lyon",
        country="France",
        descriptions=(EmbeddedText("Une plage en été"),),
        keywords=("mer", "été"),
    )


def test_a_date_without_a_time_of_day():
    assert read((55, b"20230614")).taken == "2023-06-14T00:00:00"
    assert read((55, b"00000000")).taken is None
