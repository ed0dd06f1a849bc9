"""Migrating a collection to another model: what stays, what changes, and when."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes import FakeEncoder
from visavis.collection import Collection
from visavis.errors import CollectionError, ModelMismatchError
from visavis.image_formats import FORMATS
from visavis.indexing import index, migrate
from visavis.stores import VectorStore, open_store

OLD, NEW = FakeEncoder("old@1", 16), FakeEncoder("new@2", 24)
COLOURS = ["red", "green", "blue", "yellow", "black", "white"]


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for colour in COLOURS:
        Image.new("RGB", (20, 10), colour).save(folder / f"{colour}.png")
    (folder / "red.fr.txt").write_text("une chose rouge\n")
    return folder


@pytest.fixture
def location(tmp_path, photos):
    location = tmp_path / "collection"
    with Collection.create(location, OLD) as collection:
        index([photos], collection)
        collection.add_text("a text without a file", metadata={"by": "hand"})
    return location


def run(location, encoder=NEW):
    store = open_store(str(location))
    try:
        return migrate(store, encoder)
    finally:
        store.close()


def state_of(location, encoder):
    with Collection.open(location, encoder) as collection:
        sources = collection.store.sources()
        ids = sorted({state.id for state in sources.values()})
        return sources, collection.get(ids), collection.store.vectors(ids)


def test_ids_sources_and_metadata_stay_and_vectors_are_those_of_the_new_model(location, photos):
    before = state_of(location, OLD)
    report = run(location)
    assert (report.encoded, report.resumed, report.lost, report.missing) == (8, 0, (), 0)
    after = state_of(location, NEW)
    assert after[:2] == before[:2]
    with Collection.create(location.with_name("clean"), NEW) as clean:
        index([photos], clean)
        clean.add_text("a text without a file", metadata={"by": "hand"})
        ids = [item.id for item in after[1]]
        np.testing.assert_array_equal(after[2], clean.store.vectors(ids))
    with pytest.raises(ModelMismatchError, match="index --reencode"):
        Collection.open(location, OLD)


def test_searches_are_those_of_a_new_collection(location):
    run(location)
    with Collection.open(location, NEW) as collection:
        assert Path(collection.search("red", 1)[0].source).name == "red.png"
        assert collection.search("rouge", 1, "text")[0].text == "une chose rouge"
        assert collection.stats().dim == 24


def test_an_index_run_afterwards_finds_nothing_to_do(location, photos):
    run(location)
    with Collection.open(location, NEW) as collection:
        report = index([photos], collection)
    assert (report.added, report.renamed, report.images) == (0, 0, 0)


def test_the_old_vectors_are_served_until_the_switch(location):
    with Collection.open(location, OLD) as reader:
        before = reader.search("red", 3)
        generation = reader.store.generation

        class Watching(FakeEncoder):
            def encode_images(self, images):
                assert reader.search("red", 3) == before
                assert reader.store.generation == generation, "caches stay good"
                return super().encode_images(images)

        run(location, Watching("new@2", 24))
        with pytest.raises(CollectionError, match="migrated to model 'new@2' meanwhile; open it"):
            reader.search("red", 3)
        with pytest.raises(CollectionError, match="migrated to model"):
            reader.add_text("of the old model")
        with pytest.raises(CollectionError, match="migrated to model"):
            reader.search("red - blue", 3, "text")


def test_images_that_are_gone_are_named_and_come_back(location, photos):
    (photos / "green.png").rename(photos.parent / "green.png")
    Image.new("RGB", (5, 5), "pink").save(photos / "blue.png")  # another image of that name
    (photos / "black.png").write_bytes(b"damaged")
    report = run(location)
    assert report.encoded == 5
    assert {Path(p.where).name: p.reason for p in report.lost} == {
        "green.png": "no such file or directory",
        "blue.png": "its content has changed since it was indexed",
        "black.png": f"not an image of a known kind ({', '.join(FORMATS)})",
    }
    with Collection.open(location, NEW) as collection:
        names = {Path(hit.source).name for hit in collection.search("green", 10)}
        assert names == {"red.png", "yellow.png", "white.png"}
        assert collection.stats().missing == 3
        (photos.parent / "green.png").rename(photos / "green.png")
        again = index([photos], collection)
        assert again.images == 2  # green, which is back, and the new blue
        assert Path(collection.search("green", 1)[0].source).name == "green.png"
        ids = {state.id for _, state in collection.store.iter_sources()}
        lacking = collection.get(sorted(ids - collection.store.encoded(sorted(ids))))
        assert [Path(item.source).name for item in lacking] == ["black.png"]


def test_what_was_missing_before_is_counted_only(location, photos):
    (photos / "green.png").unlink()
    with Collection.open(location, OLD) as collection:
        index([photos], collection)
    report = run(location)
    assert (report.missing, report.lost) == (1, ())


def test_a_copy_stands_in_for_an_image_that_is_gone(location, photos):
    (photos / "z.png").write_bytes((photos / "green.png").read_bytes())
    with Collection.open(location, OLD) as collection:
        index([photos], collection)
    (photos / "green.png").unlink()
    assert run(location).lost == ()


def test_images_without_a_file_are_named(location):
    with Collection.open(location, OLD) as collection:
        Image.new("RGB", (5, 5), "pink").save(location.parent / "pink.png")
        collection.add_image((location.parent / "pink.png").read_bytes(), "upload")
    (problem,) = run(location).lost
    assert problem.where == "upload"


def test_regions_are_those_of_the_new_model(location, photos):
    with Collection.open(location, OLD) as collection:
        index([photos / "red.png"], collection, regions=True)
    run(location)
    with Collection.open(location, NEW) as collection:
        assert collection.stats().regions == 4
        hit = collection.search("red", 1, regions=True)[0]
        assert Path(hit.source).name == "red.png"


def test_the_same_model_is_nothing_to_do(location):
    assert run(location, OLD).encoded == 0


def test_more_items_than_a_page_and_items_without_a_source(location, monkeypatch):
    monkeypatch.setattr("visavis.indexing.migrating._PAGE", 3)
    with Collection.open(location, OLD) as collection:
        collection.add_text("once here", "shelf")
        collection.add_text("now there", "shelf")
    report = run(location)
    assert (report.encoded, report.lost, report.missing) == (9, (), 0)


def test_an_engine_that_cannot_migrate(location):
    class Plain(VectorStore):
        pass

    Plain.__abstractmethods__ = frozenset()
    with pytest.raises(CollectionError, match="plain://here: Plain cannot migrate"):
        migrate(Plain("plain://here", "old@1", 16), NEW)


def test_another_target_gives_up_a_migration_that_was_stopped(location):
    class Stopping(FakeEncoder):
        def encode_images(self, images):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(location, Stopping("new@2", 24))
    report = run(location, FakeEncoder("third@3", 20))
    assert (report.encoded, report.resumed) == (8, 0)


def test_items_that_come_meanwhile_are_not_left_behind(location):
    class Adding(FakeEncoder):
        added = False

        def encode_images(self, images):
            if not self.added:
                Adding.added = True
                with Collection.open(location, OLD) as collection:
                    collection.add_text("a late text")
            return super().encode_images(images)

    assert run(location, Adding("new@2", 24)).encoded == 9


PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
from fakes import FakeEncoder
from visavis.indexing import migrate
from visavis.stores import open_store

class Slow(FakeEncoder):
    def encode_images(self, images):
        time.sleep(0.02 * len(images))
        return super().encode_images(images)

store = open_store(sys.argv[2])
print("ready", flush=True)
migrate(store, Slow("new@2", 24))
"""


@pytest.mark.slow
def test_killed_again_and_again_it_goes_on_and_serves_the_old_vectors(tmp_path):
    photos, location = tmp_path / "many", tmp_path / "collection"
    photos.mkdir()
    for number in range(150):
        Image.new("RGB", (8, 8), (number, 255 - number, 90)).save(photos / f"{number}.png")
    with Collection.create(location, OLD) as collection:
        index([photos], collection)
        before = collection.search("red", 20)
    kept = []
    for delay in (0.3, 0.7, 0.9):
        command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parents[1]), str(location)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\n"
        time.sleep(delay)
        process.kill()
        process.communicate()
        with Collection.open(location, OLD) as collection:
            assert collection.search("red", 20) == before
        store = open_store(str(location))
        kept.append(store.migrate("new@2", 24).counts()[0])
        store.close()
    assert kept == sorted(kept)
    assert kept[-1] > 0
    report = run(location)
    assert report.resumed == kept[-1]
    assert report.resumed + report.encoded == 150
    with Collection.open(location, NEW) as collection:
        assert len(collection.search("red", 200)) == 150
