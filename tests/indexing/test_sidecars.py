"""XMP side-cars: read with their image, and again when they change, without encoding anything."""

from __future__ import annotations

import pytest

from photographs import counts, touch
from tagged import XMP, bag, described, tagged
from visavis.indexing import index


@pytest.fixture
def sidecar(photos):
    file = photos / "red.png.xmp"
    write(file, bag("poppy"), described(en="A poppy", fr="Un coquelicot"), rating=4)
    return file


def write(file, *elements, rating):
    packet = XMP.format(attributes=f"xmp:Rating='{rating}'", elements="".join(elements))
    file.write_text(packet, "utf-8")


def metadata(collection, file):
    states = collection.store.states([str(file)])
    (record,) = collection.store.records([str(file)])
    assert not states[str(file)].missing
    return record.item.metadata


def texts(collection):
    return {
        source.rpartition("/")[2]: collection.get([state.id])[0].text
        for source, state in collection.store.iter_sources()
        if "#" in source
    }


def test_it_comes_with_its_image_and_is_searched(photos, sidecar, collection):
    report = index(photos, collection)
    assert (counts(report), report.images, report.texts) == ((3, 0, 0, 0, 0), 3, 3)
    assert (report.sidecars, report.passed_over) == (1, {})
    assert metadata(collection, photos / "red.png")["rating"] == 4
    assert texts(collection) == {
        "red.png#description@en": "A poppy",
        "red.png#description@fr": "Un coquelicot",
        "red.png#keywords": "poppy",
    }
    (hit,) = collection.search("coquelicot", modality="text", where="lang=fr")
    assert hit.metadata["image"] == str(photos / "red.png")
    (hit,) = collection.search("red", where="rating>=4")
    assert hit.source == str(photos / "red.png")
    assert counts(index(photos, collection)) == (0, 0, 3, 0, 0)


def test_a_change_is_noticed_and_nothing_encoded_again(photos, sidecar, collection):
    index(photos, collection)
    write(sidecar, bag("tulip"), rating=2)
    touch(sidecar)
    report = index(photos, collection)
    assert (counts(report), report.images) == ((0, 0, 3, 0, 0), 0)
    assert metadata(collection, photos / "red.png")["rating"] == 2
    assert texts(collection) == {"red.png#keywords": "tulip"}
    sidecar.unlink()
    index(photos, collection)
    assert "rating" not in metadata(collection, photos / "red.png")
    assert texts(collection) == {}
    write(sidecar, rating=1)
    index([photos / "red.png"], collection)
    assert metadata(collection, photos / "red.png")["rating"] == 1


def test_its_words_count_before_those_in_the_file(photos, collection):
    (photos / "sea.jpg").write_bytes(tagged(Model="X100", xmp=bag("old") + described(en="Sea")))
    write(photos / "sea.xmp", bag("new"), rating=3)
    index(photos, collection)
    found = metadata(collection, photos / "sea.jpg")
    said = found["camera"], found["keywords"], found["description"], found["rating"]
    assert said == ("X100", "new", "Sea", 3)


def test_a_damaged_one_is_told_each_time_and_its_image_read(photos, sidecar, collection):
    sidecar.write_bytes(sidecar.read_bytes()[:-40])
    for added in (3, 0):
        report = index(photos, collection)
        assert (report.added, report.sidecars) == (added, 0)
        assert [each.where for each in report.skipped] == [str(sidecar)]
        assert "no XMP that can be read" in report.skipped[0].reason
    assert metadata(collection, photos / "red.png")["width"] == 12
    write(sidecar, rating=5)
    assert counts(index(photos, collection)) == (0, 0, 3, 0, 0)
    assert metadata(collection, photos / "red.png")["rating"] == 5


def test_one_without_an_image_is_counted(photos, collection):
    write(photos / "gone.xmp", rating=5)
    assert index(photos, collection).passed_over == {".xmp": 1}
