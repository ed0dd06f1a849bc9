from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from fakes import FakeEncoder
from photographs import counts, names, paint, touch
from visavis.collection import Collection, image_id
from visavis.errors import CollectionError, DatasetError, ModelMismatchError
from visavis.indexing import IndexProgress, find, index, writing


def refuse(file, encoder):
    raise AssertionError(f"{file.path} was read")


def paint_many(photos, count):
    for number in range(count):
        paint(photos / f"{number}.png", (number, 255 - number, 50))


def test_a_location_is_opened_or_made_with_a_model(photos, tmp_path, encoder):
    location = tmp_path / "new"
    assert counts(index(photos, location, model=encoder)) == (3, 0, 0, 0, 0)
    assert counts(index([photos], str(location), model=encoder)) == (0, 0, 3, 0, 0)
    with Collection.open(location, encoder) as collection:
        assert len(collection) == 3
        with pytest.raises(CollectionError, match="open already"):
            index(photos, collection, model=encoder)


def test_a_wrong_source_makes_no_collection(tmp_path, encoder):
    with pytest.raises(DatasetError):
        index("ghosts", tmp_path / "new", model=encoder)
    assert not (tmp_path / "new").exists()


class TestNothingNew:
    def test_first_and_second_run(self, collection, photos, encoder):
        report = index([photos], collection)
        assert counts(report) == (3, 0, 0, 0, 0)
        assert report.images == encoder.encoded_images == 3
        generation = collection.store.generation
        assert counts(index([photos], collection)) == (0, 0, 3, 0, 0)
        assert encoder.encoded_images == 3
        assert collection.store.generation == generation

    def test_files_that_did_not_change_are_not_read(self, collection, photos, monkeypatch):
        index([photos], collection)
        monkeypatch.setattr("visavis.indexing.reading.read", refuse)
        assert counts(index([photos], collection)) == (0, 0, 3, 0, 0)

    def test_no_files(self, collection, tmp_path):
        (tmp_path / "empty").mkdir()
        assert counts(index([tmp_path / "empty"], collection)) == (0, 0, 0, 0, 0)

    def test_one_file_named_twice(self, collection, photos):
        report = index([photos, photos / "red.png", str(photos) + "/../photos/"], collection)
        assert counts(report) == (3, 0, 0, 0, 0)


class TestChanges:
    def test_a_new_file(self, collection, photos):
        index([photos], collection)
        paint(photos / "more" / "white.png", "white")
        assert counts(index([photos], collection)) == (1, 0, 3, 0, 0)

    def test_touched_only(self, collection, photos, encoder):
        index([photos], collection)
        touch(photos / "red.png")
        assert counts(index([photos], collection)) == (0, 0, 3, 0, 0)
        assert encoder.encoded_images == 3
        stamp = collection.store.sources()[str(photos / "red.png")].stamp
        assert stamp.mtime_ns == (photos / "red.png").stat().st_mtime_ns

    def test_new_content_under_an_old_name(self, collection, photos):
        index([photos], collection)
        old = image_id((photos / "red.png").read_bytes())
        paint(photos / "red.png", "yellow", (30, 20))
        assert counts(index([photos], collection)) == (1, 0, 2, 0, 0)
        assert names(collection) == ["blue.png", "green.png", "red.png"]
        assert collection.get([old]) == []
        assert collection.stats().images == 3

    def test_same_size_and_other_content(self, collection, tmp_path):
        file = tmp_path / "p" / "x.bmp"
        paint(file, "red")
        index([tmp_path / "p"], collection)
        paint(file, "blue")
        touch(file)
        assert counts(index([tmp_path / "p"], collection)) == (1, 0, 0, 0, 0)
        assert collection.search("blue")[0].score > 0.99

    def test_renamed(self, collection, photos, encoder):
        index([photos], collection)
        (photos / "sub").mkdir()
        (photos / "red.png").rename(photos / "sub" / "rouge.png")
        assert counts(index([photos], collection)) == (0, 1, 2, 0, 0)
        assert encoder.encoded_images == 3
        (hit,) = collection.search("red", k=1)
        assert hit.source == str(photos / "sub" / "rouge.png")
        assert (hit.metadata["name"], hit.metadata["width"]) == ("rouge.png", 12)
        assert collection.stats().sources == 3
        assert collection.stats().missing == 0

    def test_copied_then_one_of_them_deleted(self, collection, photos, encoder):
        index([photos], collection)
        shutil.copy(photos / "red.png", photos / "copy.png")
        assert counts(index([photos], collection)) == (0, 1, 3, 0, 0)
        assert collection.stats().images == 3
        (photos / "copy.png").unlink()
        assert counts(index([photos], collection)) == (0, 0, 3, 0, 0)
        assert names(collection) == ["blue.png", "green.png", "red.png"]
        assert encoder.encoded_images == 3

    def test_two_names_exchanged(self, collection, photos, encoder):
        index([photos], collection)
        (photos / "red.png").rename(photos / "x")
        (photos / "blue.png").rename(photos / "red.png")
        (photos / "x").rename(photos / "blue.png")
        touch(photos / "red.png")
        touch(photos / "blue.png", 20)
        assert counts(index([photos], collection)) == (0, 2, 1, 0, 0)
        assert encoder.encoded_images == 3
        assert Path(collection.search("red", k=1)[0].source).name == "blue.png"

    def test_a_name_taken_over_while_its_content_moved_on(self, collection, photos, encoder):
        index([photos], collection)
        (photos / "red.png").rename(photos / "z.png")
        paint(photos / "red.png", "yellow", (30, 20))
        assert counts(index([photos], collection)) == (1, 1, 2, 0, 0)
        assert encoder.encoded_images == 4
        assert Path(collection.search("red", k=1)[0].source).name == "z.png"

    def test_the_same_content_twice_from_the_start(self, collection, photos, encoder):
        for number in range(40):
            shutil.copy(photos / "red.png", photos / f"copy{number}.png")
        assert counts(index([photos], collection)) == (3, 40, 0, 0, 0)
        assert encoder.encoded_images == 3
        assert collection.stats().images == 3


class TestMovedFolder:
    @pytest.mark.parametrize("name", ["a", "z"])  # before and after `photos`
    def test_leaves_no_dead_paths(self, collection, photos, encoder, name):
        (photos / "red.txt").write_text("a red thing\n")
        index([photos], collection)
        moved = photos.rename(photos.with_name(name))
        assert counts(index([moved], collection)) == (0, 4, 0, 0, 0)
        assert [hit.source for hit in collection.search("red", 1)] == [str(moved / "red.png")]
        sources = {source for source, _ in collection.store.iter_sources()}
        kept = ("red.png", "red.png#0", "green.png", "blue.png")
        assert sources == {f"{moved}/{name}" for name in kept}
        assert collection.stats().missing == 0
        assert encoder.encoded_images == 3

    def test_copies_and_sources_that_are_no_files_stay(self, collection, photos, tmp_path):
        index([photos], collection)
        collection.add_image(photos / "red.png", source="flickr8k:photos#red.png")
        copies = shutil.copytree(photos, tmp_path / "copies")
        (photos / "blue.png").unlink()
        assert counts(index([copies], collection)) == (0, 3, 0, 0, 0)
        kept = dict(collection.store.iter_sources())
        assert {"flickr8k:photos#red.png", str(photos / "red.png")} <= kept.keys()
        assert str(photos / "blue.png") not in kept
        assert collection.stats().missing == 0


class TestVanishing:
    def test_marked_then_back_without_reading(self, collection, photos, tmp_path, monkeypatch):
        index([photos], collection)
        (photos / "red.png").rename(tmp_path / "aside.png")
        assert counts(index([photos], collection)) == (0, 0, 2, 0, 1)
        assert names(collection) == ["blue.png", "green.png"]
        assert collection.stats().missing == 1
        assert counts(index([photos], collection)) == (0, 0, 2, 0, 0)
        (tmp_path / "aside.png").rename(photos / "red.png")
        monkeypatch.setattr("visavis.indexing.reading.read", refuse)
        assert counts(index([photos], collection)) == (0, 0, 3, 0, 0)
        assert names(collection) == ["blue.png", "green.png", "red.png"]

    def test_found_later_under_another_name(self, collection, photos, tmp_path, encoder):
        index([photos], collection)
        (photos / "red.png").rename(tmp_path / "aside.png")
        index([photos], collection)
        (tmp_path / "aside.png").rename(photos / "new.png")
        assert counts(index([photos], collection)) == (0, 1, 2, 0, 0)
        assert (collection.stats().sources, collection.stats().missing) == (3, 0)
        assert encoder.encoded_images == 3

    def test_only_below_what_was_indexed(self, collection, photos, tmp_path):
        other = paint(tmp_path / "photos2" / "white.png", "white").parent
        index([photos, other], collection)
        shutil.rmtree(other)
        assert counts(index([photos], collection)) == (0, 0, 3, 0, 0)
        assert collection.stats().images == 4

    def test_a_folder_that_is_not_there_is_an_error(self, collection, photos):
        """A disk that is not mounted must not empty the collection."""
        index([photos], collection)
        photos.rename(photos.with_name("unplugged"))
        with pytest.raises(DatasetError, match="photos: no such file or folder"):
            index([photos], collection)
        assert collection.stats().missing == 0

    def test_it_is_marked_when_it_is_said_to_be_gone(self, collection, photos):
        (photos / "red.txt").write_text("red\n")
        index([photos], collection)
        photos.rename(photos.with_name("unplugged"))
        report = index(find([photos], vanished=True), collection)
        assert (report.missing, collection.stats().missing) == (4, 4)
        photos.with_name("unplugged").rename(photos)
        assert counts(index([photos], collection)) == (0, 0, 4, 0, 0)
        assert collection.stats().missing == 0

    def test_one_file_said_to_be_gone(self, collection, photos):
        index([photos / "red.png", photos / "blue.png"], collection)
        (photos / "red.png").unlink()
        assert index(find([photos / "red.png"], vanished=True), collection).missing == 1
        assert names(collection) == ["blue.png"]

    def test_a_whole_subfolder(self, collection, photos):
        for number in range(5):
            paint(photos / "sub" / f"{number}.png", (number, 9, 9))
        index([photos], collection)
        shutil.rmtree(photos / "sub")
        assert counts(index([photos], collection)) == (0, 0, 3, 0, 5)


class TestWhatCannotBeRead:
    def test_is_named_and_stops_nothing(self, collection, photos):
        whole = paint(photos / "noise.jpg", "red", (300, 300)).read_bytes()
        (photos / "cut.jpg").write_bytes(whole[: len(whole) // 2])
        (photos / "empty.jpg").write_bytes(b"")
        (photos / "text.png").write_text("not an image")
        (photos / "broken.png").symlink_to(photos / "nowhere")
        os.mkfifo(photos / "pipe.png")
        report = index([photos], collection)
        assert counts(report) == (4, 0, 0, 5, 0)
        reasons = {Path(p.where).name: p.reason for p in report.skipped}
        assert reasons.keys() == {"cut.jpg", "empty.jpg", "text.png", "broken.png", "pipe.png"}
        assert reasons["cut.jpg"] == "truncated"
        assert reasons["broken.png"] == "no such file or directory"
        assert reasons["pipe.png"] == "not a regular file"

    def test_is_tried_again_and_named_again(self, collection, photos):
        good = (photos / "red.png").read_bytes()
        (photos / "red.png").write_bytes(good[:40])
        for _ in range(2):
            assert counts(index([photos], collection))[3] == 1
        (photos / "red.png").write_bytes(good)
        assert counts(index([photos], collection)) == (1, 0, 2, 0, 0)

    def test_a_good_file_that_was_damaged_is_not_found_until_restored(self, collection, photos):
        index([photos], collection)
        good, status = (photos / "red.png").read_bytes(), (photos / "red.png").stat()
        (photos / "red.png").write_bytes(b"gone")
        assert counts(index([photos], collection)) == (0, 0, 2, 1, 1)
        assert names(collection) == ["blue.png", "green.png"]
        (photos / "red.png").write_bytes(good)
        os.utime(photos / "red.png", ns=(status.st_atime_ns, status.st_mtime_ns))
        assert counts(index([photos], collection)) == (0, 0, 3, 0, 0)
        assert names(collection) == ["blue.png", "green.png", "red.png"]

    def test_a_file_that_vanishes_in_mid_run(self, collection, photos, monkeypatch):
        from visavis.indexing import reading

        real = reading.read

        def racing(file, encoder):
            (photos / "green.png").unlink(missing_ok=True)
            return real(file, encoder)

        monkeypatch.setattr(reading, "read", racing)
        report = index([photos], collection, threads=1)
        assert [Path(problem.where).name for problem in report.skipped] == ["green.png"]
        assert report.added == 2

    @pytest.mark.skipif(os.name != "posix", reason="only there may names be any bytes")
    def test_a_name_that_is_not_utf8(self, collection, photos):
        shutil.copy(photos / "red.png", os.fsencode(photos) + b"/\xff.png")
        report = index([photos], collection)
        assert counts(report) == (3, 0, 0, 1, 0)
        report.skipped[0].where.encode()

    def test_a_date_beyond_any_calendar(self, collection, photos):
        os.utime(photos / "red.png", (0, 2**35 - 1))
        os.utime(photos / "blue.png", (0, -(10**9)))
        assert counts(index([photos], collection)) == (3, 0, 0, 0, 0)


class TestProgressAndInterruption:
    def test_progress_reaches_the_end(self, collection, photos):
        (photos / "bad.png").write_bytes(b"")
        (photos / "red.txt").write_text("words")
        seen = []
        index([photos], collection, progress=seen.append)
        assert seen[-1] == IndexProgress(5, 5, 1, 4, seen[-1].seconds)
        assert [p.done for p in seen] == sorted(p.done for p in seen)
        assert all(p.found == 5 for p in seen)

    def test_ctrl_c_keeps_what_is_encoded(self, collection, photos, encoder, monkeypatch):
        paint_many(photos, 100)
        monkeypatch.setattr(writing, "FIRST_BATCH", 10)
        real, calls = encoder.encode_images, []

        def interrupted(images):
            calls.append(len(images))
            if len(calls) == 3:
                raise KeyboardInterrupt
            return real(images)

        monkeypatch.setattr(encoder, "encode_images", interrupted)
        before = threading.active_count()
        with pytest.raises(KeyboardInterrupt):
            index([photos], collection)
        assert threading.active_count() == before
        kept = sum(calls[:2])
        assert collection.stats().images == kept > 0
        assert counts(index([photos], collection)) == (103 - kept, 0, kept, 0, 0)

    @pytest.fixture
    def batches(self, encoder, monkeypatch):
        """Let each image take some seconds; gives what sets them, and returns sizes of batches."""
        clock, sizes, real = [0.0], [], encoder.encode_images
        monkeypatch.setattr(writing, "perf_counter", lambda: clock[0])

        def takes(seconds):
            def encode(images):
                sizes.append(len(images))
                clock[0] += seconds * len(images)
                return real(images)

            monkeypatch.setattr(encoder, "encode_images", encode)
            return sizes

        return takes

    def test_a_slow_model_commits_often(self, collection, photos, batches):
        """Where an image takes a second, each is committed alone."""
        sizes = batches(1.0)
        paint_many(photos, 30)
        index([photos], collection)
        assert sizes == [writing.FIRST_BATCH] + [1] * (33 - writing.FIRST_BATCH)

    def test_a_fast_model_gets_whole_batches(self, collection, photos, batches):
        sizes = batches(0.001)
        paint_many(photos, 80)
        index([photos], collection)
        assert sizes == [writing.FIRST_BATCH, 32, 32, 83 - 64 - writing.FIRST_BATCH]

    def test_another_model_is_refused_before_anything_is_read(self, tmp_path, encoder, photos):
        with Collection.create(tmp_path / "c2", encoder) as made:
            store = made.store
            with pytest.raises(ModelMismatchError):
                index(Collection(store, FakeEncoder("other@1")), [photos])
