"""Vectors with flipped bits: told in one line, and encoded again by the next `index`."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from photographs import counts
from tagged import described, tagged
from videos import film
from visavis.collection import Collection
from visavis.errors import DamagedVectorError
from visavis.indexing import index
from visavis.upkeep import verify


def flip(collection, chosen):
    """Flip one bit in the middle of vectors, as a disk does, and remove the caches."""
    with closing(sqlite3.connect(f"{collection.store.location}/collection.sqlite")) as database:
        rows = database.execute(
            f"""SELECT v.rowid, v.vector FROM vectors v JOIN items i ON i.row = v.item
            JOIN sources s ON s.item = i.row WHERE {chosen}"""
        ).fetchall()
        for row, blob in rows:
            changed = bytearray(blob)
            changed[len(blob) // 2] ^= 4
            database.execute("UPDATE vectors SET vector = ? WHERE rowid = ?", (changed, row))
        database.commit()
    shutil.rmtree(f"{collection.store.location}/cache", ignore_errors=True)
    return len(rows)


@pytest.fixture
def collection(tmp_path, encoder):
    """A collection that is opened anew for each search, as commands do."""
    with Collection.create(tmp_path / "c", encoder) as collection:
        yield collection


def answers(collection, encoder, **options):
    with Collection.open(collection.store.location, encoder) as opened:
        return opened.search("red", k=100, **options)


@pytest.mark.parametrize("regions", [False, True])
def test_an_image_is_encoded_again(photos, collection, encoder, regions):
    index(photos, collection, regions=regions)
    right = answers(collection, encoder, regions=regions)
    chosen = "s.source LIKE '%red.png'" + (" AND v.box LIKE '6,%'" if regions else "")
    assert flip(collection, chosen)
    with pytest.raises(DamagedVectorError, match="a vector is not what was written; index its"):
        answers(collection, encoder, regions=regions)
    (problem,) = verify(collection.store).problems
    assert (problem.kind, problem.where) == ("damaged", str(photos / "red.png"))
    encoder.encoded_images = 0
    report = index(photos, collection, regions=regions)
    assert (counts(report), report.mended, encoder.encoded_images) == ((0, 0, 3, 0, 0), 1, 1)
    assert answers(collection, encoder, regions=regions) == right
    assert verify(collection.store).problems == ()
    assert index(photos, collection, regions=regions).mended == 0


def test_texts_in_files_and_beside_them_are_encoded_again(photos, collection, encoder):
    (photos / "red.txt").write_text("a red thing\n")
    (photos / "sea.jpg").write_bytes(tagged(xmp=described(en="the red sea")))
    index(photos, collection)
    right = answers(collection, encoder, modality="text")
    assert flip(collection, "i.modality = 'text'") == 2
    with pytest.raises(DamagedVectorError):
        answers(collection, encoder, modality="text")
    assert index(photos, collection).mended == 2
    assert answers(collection, encoder, modality="text") == right


def test_frames_of_videos_are_encoded_again(photos, collection, encoder):
    pytest.importorskip("av", reason="needs the extra video")
    film(photos / "clip.mp4", ["red", "green"])
    index(photos, collection)
    right = answers(collection, encoder)
    assert flip(collection, "s.source LIKE '%clip.mp4#t=%'") == 1
    with pytest.raises(DamagedVectorError):
        answers(collection, encoder)
    assert index(photos, collection).mended == 1
    assert answers(collection, encoder) == right


def test_damage_that_nobody_has_met_costs_an_index_run_nothing(photos, collection, encoder):
    index(photos, collection)
    answers(collection, encoder)
    with closing(sqlite3.connect(f"{collection.store.location}/collection.sqlite")) as database:
        database.execute("UPDATE vectors SET vector = zeroblob(length(vector))")
        database.commit()
    assert len(answers(collection, encoder)) == 3, "the cache has the vectors as they were"
    assert index(photos, collection).mended == 0
