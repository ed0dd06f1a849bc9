"""What is read from image files beside their pixels, and how an existing collection gets it."""

from __future__ import annotations

from contextlib import closing

import pytest

from photographs import counts, paint, touch
from tagged import bag, described, tagged
from visavis.indexing import index
from visavis.indexing.reading import reading_of
from visavis.stores import Record, Stamp


@pytest.fixture
def beach(photos):
    file = photos / "beach.jpg"
    file.write_bytes(
        tagged(
            Model="X100",
            DateTimeOriginal="2023:06:14 15:02:11",
            gps=(48.8584, 2.2945),
            xmp=bag("sea", "summer") + described(x="A beach", fr="Une plage"),
        )
    )
    return file


def metadata(collection, file):
    states = collection.store.states([str(file)])
    (item,) = collection.get([states[str(file)].id])
    return item.metadata


def texts(collection, *, missing=False):
    return {
        source.rpartition("/")[2]: collection.get([state.id])[0].text
        for source, state in collection.store.iter_sources()
        if "#" in source and state.missing == missing
    }


def test_metadata_and_texts_come_with_the_image(photos, beach, collection):
    report = index(photos, collection)
    assert (counts(report), report.texts) == ((4, 0, 0, 0, 0), 3)
    found = metadata(collection, beach)
    assert (found["camera"], found["taken"]) == ("X100", "2023-06-14T15:02:11")
    assert found["description"] == "A beach"
    assert texts(collection) == {
        "beach.jpg#description": "A beach",
        "beach.jpg#description@fr": "Une plage",
        "beach.jpg#keywords": "sea, summer",
    }
    (hit,) = collection.search("plage", modality="text", where="lang=fr")
    assert hit.metadata == {"image": str(beach), "from": "description", "lang": "fr"}
    assert counts(index(photos, collection)) == (0, 0, 4, 0, 0)
    assert len(texts(collection)) == 3, "a second run takes them for no lost captions"


def test_places_have_names(photos, beach, collection):
    pytest.importorskip("reverse_geocode")
    index(photos, collection)
    found = metadata(collection, beach)
    assert (found["place"], found["country"]) == ("Paris, Île-de-France", "France")


def test_texts_follow_their_image(photos, beach, collection):
    index(photos, collection)
    beach.write_bytes(tagged(xmp=described(en="The sea")))
    touch(beach)
    index(photos, collection)
    assert texts(collection) == {"beach.jpg#description@en": "The sea"}
    moved = beach.rename(photos / "sea.jpg")
    assert counts(index(photos, collection)) == (0, 1, 3, 0, 0)
    assert texts(collection) == {"sea.jpg#description@en": "The sea"}
    data = moved.read_bytes()
    moved.unlink()
    index(photos, collection)
    assert (texts(collection), len(texts(collection, missing=True))) == ({}, 1)
    moved.write_bytes(data)
    index(photos, collection)
    assert texts(collection) == {"sea.jpg#description@en": "The sea"}


def test_texts_of_an_image_that_becomes_unreadable_are_missing(photos, beach, collection):
    index(photos, collection)
    beach.write_bytes(b"damaged")
    assert counts(index(photos, collection))[3] == 1
    assert (texts(collection), len(texts(collection, missing=True))) == ({}, 3)


def test_a_collection_of_an_earlier_version_gets_metadata_without_encoding(
    photos, beach, collection, monkeypatch
):
    """Its sources have no metadata but those of the file, no texts, and a reading of 0."""
    index(photos, collection)
    store = collection.store
    store.forget([s for s, _ in store.iter_sources() if "#" in s])
    old = {}
    for source, state in store.iter_sources():
        (item,) = store.get([state.id])
        names = ("name", "folder", "width", "height", "bytes", "modified")
        item.metadata.update(dict.fromkeys(item.metadata.keys() - set(names)))
        old[source] = Record(item, None, Stamp(state.stamp.size, state.stamp.mtime_ns))
    store.upsert(old.values())
    monkeypatch.setattr(collection.encoder, "encode_images", None)
    report = index(photos, collection)
    assert (counts(report), report.images, report.texts) == ((0, 0, 4, 0, 0), 0, 3)
    assert metadata(collection, beach)["camera"] == "X100"
    assert metadata(collection, beach)["width"] == 48
    assert len(texts(collection)) == 3
    assert store.states([str(beach)])[str(beach)].stamp.reading == reading_of({})


def test_an_older_version_of_the_tables(tmp_path, photos, encoder):
    """The SQLite file of version 1 lacks a column; it is added when the file is opened."""
    import sqlite3

    from visavis.collection import Collection

    with Collection.create(tmp_path / "old", encoder) as collection:
        index(photos, collection)
    with closing(sqlite3.connect(tmp_path / "old" / "collection.sqlite")) as database:
        database.execute("ALTER TABLE sources DROP COLUMN reading")
        database.execute("DROP INDEX items_by_added")
        database.execute("DROP INDEX sources_by_taken")
        database.execute("ALTER TABLE items DROP COLUMN added")
        database.execute("ALTER TABLE items DROP COLUMN marks")
        database.execute("PRAGMA user_version = 1")
    with Collection.open(tmp_path / "old", encoder) as collection:
        assert len(collection.search("red")) == 3
        assert counts(index(photos, collection)) == (0, 0, 3, 0, 0)
        stamps = [state.stamp for _, state in collection.store.iter_sources()]
    assert {stamp.reading for stamp in stamps} == {reading_of({})}


def test_places_of_an_extra_that_is_gone_stay(photos, beach, collection, monkeypatch):
    pytest.importorskip("reverse_geocode")
    index(photos, collection)
    monkeypatch.setattr("visavis.indexing.reading.is_available", lambda: False)
    paint(photos / "new.png", "black")
    assert counts(index(photos, collection)) == (1, 0, 4, 0, 0)
    assert metadata(collection, beach)["country"] == "France"


def test_columns_of_a_table_are_metadata_and_follow_its_changes(photos, collection, monkeypatch):
    table = photos / "table.csv"
    table.write_text("image,text,price,width\nred.png,a red thing,10,3\ngreen.png,green,30,3\n")
    index(table, collection)
    assert [hit.metadata["price"] for hit in collection.search("red", where="price<20")] == [10]
    assert metadata(collection, photos / "red.png")["width"] == 12
    table.write_text(table.read_text().replace("10", "25"))
    monkeypatch.setattr(collection.encoder, "encode_images", None)
    assert counts(index(table, collection)) == (0, 0, 4, 0, 0)
    assert collection.search("red", where="price<20") == []
    assert metadata(collection, photos / "red.png")["price"] == 25


def test_an_image_is_found_whose_text_in_the_table_is_empty(photos, collection):
    table = photos / "table.csv"
    table.write_text("image,text,price\nred.png,,10\ngreen.png,green,30\n")
    report = index(table, collection)
    assert (report.added, report.skipped) == (3, ())
    assert [hit.metadata["price"] for hit in collection.search("red", where="price<20")] == [10]
