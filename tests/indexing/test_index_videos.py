"""Videos in a collection: an item a key frame, found by its moment."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest

from fakes import FakeEncoder
from photographs import counts, paint, touch
from videos import film
from visavis.collection import Collection
from visavis.indexing import find, index, migrate
from visavis.indexing.reading_videos import read_video
from visavis.indexing.run import _Run

pytest.importorskip("av", reason="needs the extra video")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return film(tmp_path_factory.mktemp("clip") / "clip.mp4", ["red", "green", "blue"])


@pytest.fixture
def folder(tmp_path, clip):
    paint(tmp_path / "photos" / "red.png", "red")
    shutil.copy(clip, tmp_path / "photos" / "clip.mp4")
    return tmp_path / "photos"


def sources(collection, *, missing=False):
    states = collection.store.sources().items()
    return sorted(os.path.basename(s) for s, state in states if state.missing == missing)  # noqa: PTH119


FRAMES = ["clip.mp4", "clip.mp4#t=10", "clip.mp4#t=15"]


def test_the_moment_is_found(folder, collection):
    report = index([folder], collection)
    assert counts(report) == (2, 0, 0, 0, 0)
    assert (report.frames, report.images) == (2, 4)
    assert sources(collection) == [*FRAMES, "red.png"]
    (hit,) = collection.search("green", 1)
    assert hit.source == str(folder / "clip.mp4#t=10")
    assert hit.metadata["seconds"] == 10
    assert hit.metadata["duration"] == 18
    assert (hit.metadata["name"], hit.metadata["width"]) == ("clip.mp4", 64)
    early = collection.search("green", 9, where=["seconds<5"])
    assert [hit.source for hit in early] == [str(folder / "clip.mp4")]


def test_it_is_read_once(folder, collection, encoder):
    index([folder], collection)
    before, generation = encoder.encoded_images, collection.store.generation
    report = index([folder], collection)
    assert counts(report) == (0, 0, 2, 0, 0)
    touch(folder / "clip.mp4")
    report = index([folder], collection)
    assert counts(report) == (0, 0, 2, 0, 0)
    assert encoder.encoded_images == before
    assert collection.store.generation > generation
    assert sources(collection) == [*FRAMES, "red.png"]


@pytest.mark.parametrize("name", ["photos", "photos/clip.mp4"])
def test_a_changed_video_has_other_frames(folder, collection, tmp_path, name):
    index([tmp_path / name], collection)
    film(folder / "clip.mp4", ["blue"])
    report = index([tmp_path / name], collection)
    assert report.added == 1
    assert [s for s in sources(collection) if "clip" in s] == ["clip.mp4"]


def test_it_may_be_moved_and_vanish_and_come_back(folder, collection, encoder):
    index([folder], collection)
    before = encoder.encoded_images
    (folder / "clip.mp4").rename(folder / "other.mp4")
    assert counts(index([folder], collection)) == (0, 1, 1, 0, 0)
    moved = [name.replace("clip", "other") for name in FRAMES]
    assert sources(collection) == [*moved, "red.png"]
    stamp = (folder / "other.mp4").stat()
    (folder / "other.mp4").rename(folder.parent / "away.mp4")
    assert counts(index([folder], collection)) == (0, 0, 1, 0, 1)
    assert sources(collection, missing=True) == moved
    (folder.parent / "away.mp4").rename(folder / "other.mp4")
    os.utime(folder / "other.mp4", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert counts(index([folder], collection)) == (0, 0, 2, 0, 0)
    assert sources(collection) == [*moved, "red.png"]
    assert encoder.encoded_images == before


def test_a_copy_costs_nothing(folder, collection, encoder):
    index([folder], collection)
    before = encoder.encoded_images
    shutil.copy(folder / "clip.mp4", folder / "copy.mp4")
    report = index([folder], collection)
    assert (report.added, report.renamed, report.images) == (0, 1, 0)
    assert encoder.encoded_images == before


def test_one_that_became_unreadable_is_not_found(folder, collection):
    index([folder], collection)
    (folder / "clip.mp4").write_bytes(b"no video any more")
    report = index([folder], collection)
    assert [os.path.basename(each.where) for each in report.skipped] == ["clip.mp4"]  # noqa: PTH119
    assert sources(collection) == ["red.png"]


def test_a_run_that_is_stopped_within_a_video_reads_it_again(folder, collection, monkeypatch):
    stopped = KeyboardInterrupt

    def some(file, encoder):
        yield from read_video(file, encoder)[:1]
        raise stopped

    original = _Run._read_videos
    monkeypatch.setattr(
        _Run,
        "_read_videos",
        lambda run, files: (each for f in files for each in some(f, run._encoder)),
    )
    with pytest.raises(stopped):
        index([folder], collection)
    monkeypatch.setattr(_Run, "_read_videos", original)
    assert index([folder], collection).frames == 2
    assert sources(collection) == [*FRAMES, "red.png"]


def test_regions_of_frames(folder, collection):
    index([folder], collection, regions=True)
    (hit,) = collection.search("blue", 1, regions=True)
    assert hit.source == str(folder / "clip.mp4#t=15")
    assert hit.box.x >= 32  # the right half of the frame


def test_frames_migrate_to_another_model(folder, collection):
    index([folder], collection)
    ids = sorted(state.id for state in collection.store.sources().values())
    report = migrate(collection.store, FakeEncoder("other@2", 8))
    assert (report.encoded, report.lost) == (4, ())
    with Collection.open(collection.store.location, FakeEncoder("other@2", 8)) as other:
        assert sorted(state.id for state in other.store.sources().values()) == ids
        assert other.search("green", 1)[0].source.endswith("clip.mp4#t=10")


def test_memory_does_not_grow_with_the_file(folder, encoder):
    """The file is hashed piece by piece, and ids are those that whole files have."""
    from visavis.collection import image_id
    from visavis.indexing.reading import ImageFile, stamp_of

    path = str(folder / "clip.mp4")
    readings = read_video(ImageFile(path, stamp_of(path), {}), encoder)
    assert readings[-1].item.id == image_id((folder / "clip.mp4").read_bytes())
    assert len({reading.item.id for reading in readings}) == 3
    assert replace(readings[0].item, id="").source == f"{path}#t=10"


def test_excluded_videos_are_left_out(folder, collection):
    index([folder], collection)
    report = index(find([folder], exclude=["*.mp4"]), collection)
    assert report.missing == 1
    assert sources(collection) == ["red.png"]
