from __future__ import annotations

import os
import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from photographs import paint, touch
from records import DIM, all_of, asked, caption, fill, image, unit, with_regions
from videos import film
from visavis.collection import Collection
from visavis.errors import CollectionError
from visavis.indexing import index
from visavis.stores import open_store
from visavis.upkeep import verify


def found(report):
    return sorted((problem.kind, Path(problem.where).name) for problem in report.problems)


@pytest.fixture
def photos(tmp_path, encoder):
    """A folder of images with captions, and a text file, indexed into `c`."""
    for colour in ("red", "green", "blue", "white"):
        paint(tmp_path / "photos" / f"{colour}.png", colour)
    (tmp_path / "photos" / "red.txt").write_text("a red thing\nanother\n")
    (tmp_path / "phrases.txt").write_text("one\ntwo\n")
    with Collection.create(tmp_path / "c", encoder) as collection:
        index([tmp_path / "photos", tmp_path / "phrases.txt"], collection, regions=True)
        collection.search("red")
        collection.add_image((tmp_path / "photos" / "red.png").read_bytes(), "posted")
    return tmp_path / "photos"


def verified(photos, **options):
    with closing(open_store(str(photos.parent / "c"))) as store:
        return verify(store, **options)


class TestFiles:
    def test_all_is_well(self, photos):
        for contents in (False, True):
            report = verified(photos, contents=contents)
            assert (report.sound, report.problems) == (True, ())
            assert (report.sources, report.vectors, report.files) == (9, 29, 5)

    def test_gone_and_changed_files(self, photos):
        (photos / "red.png").unlink()
        (photos.parent / "phrases.txt").unlink()
        paint(photos / "green.png", "black", size=(50, 50))
        touch(photos / "blue.png")
        report = verified(photos)
        assert report.sound
        assert found(report) == [
            ("changed", "blue.png"),
            ("changed", "green.png"),
            ("gone", "phrases.txt"),
            ("gone", "red.png"),
        ]
        assert ("changed", "blue.png") not in found(verified(photos, contents=True))
        assert verified(photos, files=False).problems == ()

    def test_captions_of_a_table_are_there_as_long_as_it_is(self, photos, encoder):
        table = photos.parent / "captions.csv"
        table.write_text("image,text\nphotos/red.png,a\nphotos/blue.png,b\nphotos/blue.png,c\n")
        with Collection.open(photos.parent / "c", encoder) as collection:
            index([table], collection)
        report = verified(photos)
        assert (report.sources, report.files, report.problems) == (12, 6, ())
        (photos / "blue.png").unlink()
        assert found(verified(photos)) == [("gone", "blue.png")]
        table.unlink()
        assert found(verified(photos)) == [("gone", "blue.png"), ("gone", "captions.csv")]

    def test_what_is_marked_as_missing_is_only_counted(self, photos):
        (photos / "red.png").unlink()
        with Collection.open(photos.parent / "c", model=None) as collection:
            collection.store.mark_missing([str(photos / "red.png"), f"{photos / 'red.png'}#0"])
            collection.store.mark_missing([f"{photos / 'red.png'}#1"])
        report = verified(photos)
        assert (report.missing, report.problems) == (3, ())

    def test_contents_that_rotted_in_silence(self, photos):
        file = photos / "red.png"
        status, data = file.stat(), bytearray(file.read_bytes())
        data[-9] ^= 1
        file.write_bytes(data)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert verified(photos).problems == ()
        (problem,) = verified(photos, contents=True).problems
        assert problem.kind == "changed"
        assert str(problem) == (
            f"{file}: its content has changed, but neither its size nor its time"
        )

    def test_files_that_an_earlier_version_has_read_are_unchanged(self, photos):
        with closing(sqlite3.connect(photos.parent / "c" / "collection.sqlite")) as database:
            database.execute("UPDATE sources SET reading = 0")
            database.commit()
        assert verified(photos).problems == ()

    def test_the_frames_of_a_video_are_one_file(self, photos, encoder):
        pytest.importorskip("av", reason="needs the extra video")
        clip = film(photos / "clip.mp4", ["red", "green"])
        with Collection.open(photos.parent / "c", encoder) as collection:
            index([photos], collection)
        report = verified(photos, contents=True)
        assert (report.problems, report.files) == ((), 6)
        assert report.sources > 10
        with clip.open("ab") as file:
            file.write(b"more")
        for contents in (False, True):
            assert found(verified(photos, contents=contents)) == [("changed", "clip.mp4")]

    def test_a_folder_in_place_of_a_file(self, photos):
        (photos / "red.png").unlink()
        (photos / "red.png").mkdir()
        assert found(verified(photos)) == [("unreadable", "red.png")]


class TestVectors:
    def test_all_engines(self, new_store):
        store = fill(new_store())
        report = verify(store, files=False)
        assert (report.problems, report.sources, report.missing) == ((), 60, 2)
        half = np.float32(0.5)
        store.upsert([image("short", unit(1) * half), image("zero", unit(1) * 0)])
        store.upsert([with_regions("long", unit(1), unit(0, 1) * 2)])
        store.upsert([image("near", unit(1) * np.float32(1.0004))])
        report = verify(store, files=False)
        assert not report.sound
        assert sorted(map(str, report.problems)) == [
            "long.jpg: the vector of its region 0,0,10,10 has length 2, not 1",
            "short.jpg: its vector has length 0.5, not 1",
            "zero.jpg: its vector has length 0, not 1",
        ]


@pytest.fixture
def damaged(folder_store):
    """Damage a filled collection by SQL, and verify it."""

    def damage(*statements):
        fill(folder_store)
        file = Path(folder_store.location, "collection.sqlite")
        with closing(sqlite3.connect(file)) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()
        return verify(folder_store, files=False)

    return damage


def test_a_letter_of_a_text_that_has_changed(photos):
    with closing(sqlite3.connect(photos.parent / "c" / "collection.sqlite")) as database:
        database.execute("UPDATE items SET text = 'a bed thing' WHERE text = 'a red thing'")
        database.commit()
    (problem,) = verified(photos).problems
    assert (problem.kind, Path(problem.where).name) == ("damaged", "red.png#0")
    assert problem.reason == "its text is not what was indexed; remove it and index it again"


class TestDamage:
    def test_vectors_that_are_none(self, damaged):
        nan = np.full(DIM, np.nan, np.float32).tobytes().hex()
        report = damaged(
            f"UPDATE vectors SET vector = x'{nan}' WHERE item = 1 AND box = ''",
            "UPDATE vectors SET vector = x'0011' WHERE item = 3 AND box != ''",
            "DELETE FROM vectors WHERE item = 6",
        )
        assert not report.sound
        assert {problem.where for problem in report.problems} >= {
            "000.jpg",
            "copy/é000.jpg",
            "001.jpg",
            "copy/é001.jpg",
            "texts.txt#t002",
        }
        assert {problem.kind for problem in report.problems} == {"damaged"}
        assert len(report.problems) == 5

    def test_rows_that_refer_to_nothing(self, damaged):
        report = damaged("PRAGMA foreign_keys = OFF", "DELETE FROM items WHERE row = 4")
        assert re.search("a row of [a-z]+ refers to none of items", report.problems[0].reason)

    def test_an_index_that_disagrees_with_its_table(self, folder_store):
        """As after a write of SQLite that the disk has lost: `quick_check` does not see it."""
        fill(folder_store)
        folder_store.close()
        file = Path(folder_store.location, "collection.sqlite")
        with closing(sqlite3.connect(file)) as database:
            (root,) = database.execute(
                "SELECT rootpage FROM sqlite_master WHERE name = 'sources_of_item'"
            ).fetchone()
            (size,) = database.execute("PRAGMA page_size").fetchone()
        data = bytearray(file.read_bytes())
        page = data[(root - 1) * size : root * size]
        cells = int.from_bytes(page[3:5], "big")
        page[3:5] = (cells - 1).to_bytes(2, "big")
        data[(root - 1) * size : root * size] = page
        file.write_bytes(data)
        with closing(open_store(folder_store.location)) as store:
            report = verify(store, files=False)
        assert not report.sound

    def test_what_is_called_sound_can_be_read(self, folder_store):
        fill(folder_store, 60)
        folder_store.close()
        file = Path(folder_store.location, "collection.sqlite")
        sound, seen = file.read_bytes(), 0
        for seed in range(60):
            rng = random.Random(seed)
            data = bytearray(sound)
            start = rng.randrange(100, len(data))
            for place in range(start, min(len(data), start + rng.choice([1, 8, 600, 9000]))):
                data[place] = rng.randrange(256)
            file.write_bytes(data)
            try:
                with closing(open_store(folder_store.location)) as store:
                    if verify(store, files=False).sound:
                        assert len(all_of(store)) == 180
                        asked(store)
                    else:
                        seen += 1
            except CollectionError:  # it cannot even be opened
                seen += 1
        assert seen > 20  # the rest lies in free space, or changes a letter in place


class TestCaches:
    @pytest.fixture
    def cached(self, folder_store):
        fill(folder_store)
        self.ask(folder_store)
        return folder_store

    @staticmethod
    def ask(store):
        for modality in ("image", "text"):
            store.search(unit(1)[np.newaxis], 3, modality, regions=True)
            store.moments(modality, regions=True)

    @staticmethod
    def states(store):
        caches = verify(store, files=False).caches
        return {Path(file).name: state for file, state in caches.items()}

    def test_current_and_stale(self, cached):
        names = {"image-regions.vectors", "image-regions.moments", "text.vectors", "text.moments"}
        assert self.states(cached) == dict.fromkeys(names, "current")
        cached.upsert([caption("new", unit(1), "x")])
        assert self.states(cached) == dict.fromkeys(names, "stale")
        assert verify(cached, files=False).problems == ()

    @pytest.mark.parametrize("place", [0, 115, 127, 140, -1])
    def test_damaged_ones_are_named_and_leave_the_collection_sound(self, cached, place):
        file = Path(cached.location, "cache", "text.vectors")
        data = bytearray(file.read_bytes())
        data[place] ^= 4
        file.write_bytes(data)
        report = verify(cached, files=False)
        assert report.sound
        assert found(report) == [("cache", "text.vectors")]
        with closing(open_store(cached.location)) as again:
            self.ask(again)
            assert verify(again, files=False).problems == ()

    def test_a_damaged_index_is_built_anew_by_optimize(self, cached):
        cached.build_index("image")
        file = Path(cached.location, "cache", "image.cells")
        assert self.states(cached)["image.cells"] == "current"
        data = bytearray(file.read_bytes())
        for place in (5, 82, 100, 115, 140, len(data) - 9):
            damaged = bytearray(data)
            damaged[place] ^= 4
            file.write_bytes(damaged)
            (problem,) = verify(cached, files=False).problems
            assert (problem.kind, problem.where) == ("cache", str(file))
            assert problem.reason == "damaged; `visavis optimize` builds it anew"
        cached.build_index("image")
        assert verify(cached, files=False).problems == ()

    def test_one_that_disagrees_with_the_database(self, cached):
        with closing(sqlite3.connect(Path(cached.location, "collection.sqlite"))) as database:
            database.execute(
                "UPDATE vectors SET vector = (SELECT vector FROM vectors LIMIT 1) WHERE item = 4"
            )
            database.commit()
        assert self.states(cached)["text.vectors"] == "damaged"
        assert self.states(cached)["image-regions.vectors"] == "current"
