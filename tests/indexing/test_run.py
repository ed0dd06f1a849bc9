from __future__ import annotations

import os
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes import FakeEncoder
from visavis.collection import Collection, image_id, text_id
from visavis.errors import DatasetError, ModelMismatchError
from visavis.indexing import Progress, index, writing
from visavis.types import Box, Condition


def paint(path, colour, size=(12, 8)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def touch(path, seconds=10):
    """Give a file another time of change, and leave its content."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + seconds * 10**9))


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for colour in ("red", "green", "blue"):
        paint(folder / f"{colour}.png", colour)
    return folder


@pytest.fixture
def collection(tmp_path, encoder):
    with Collection.create(tmp_path / "c", encoder) as collection:
        yield collection


def counts(report):
    return report.added, report.renamed, report.unchanged, len(report.skipped), report.missing


def names(collection, modality="image"):
    hits = collection.search("red", k=100, modality=modality)
    return sorted(Path(hit.source).name for hit in hits)


class TestNothingNew:
    def test_first_and_second_run(self, collection, photos, encoder):
        report = index(collection, [photos])
        assert counts(report) == (3, 0, 0, 0, 0)
        assert report.images == encoder.encoded_images == 3
        generation = collection.store.generation
        assert counts(index(collection, [photos])) == (0, 0, 3, 0, 0)
        assert encoder.encoded_images == 3
        assert collection.store.generation == generation

    def test_files_that_did_not_change_are_not_read(self, collection, photos, monkeypatch):
        index(collection, [photos])
        monkeypatch.setattr("visavis.indexing.reading.read", None)
        assert counts(index(collection, [photos])) == (0, 0, 3, 0, 0)

    def test_no_files(self, collection, tmp_path):
        (tmp_path / "empty").mkdir()
        assert counts(index(collection, [tmp_path / "empty"])) == (0, 0, 0, 0, 0)

    def test_one_file_named_twice(self, collection, photos):
        report = index(collection, [photos, photos / "red.png", str(photos) + "/../photos/"])
        assert counts(report) == (3, 0, 0, 0, 0)


class TestChanges:
    def test_a_new_file(self, collection, photos):
        index(collection, [photos])
        paint(photos / "more" / "white.png", "white")
        assert counts(index(collection, [photos])) == (1, 0, 3, 0, 0)

    def test_touched_only(self, collection, photos, encoder):
        index(collection, [photos])
        touch(photos / "red.png")
        assert counts(index(collection, [photos])) == (0, 0, 3, 0, 0)
        assert encoder.encoded_images == 3
        stamp = collection.store.sources()[str(photos / "red.png")].stamp
        assert stamp.mtime_ns == (photos / "red.png").stat().st_mtime_ns

    def test_new_content_under_an_old_name(self, collection, photos):
        index(collection, [photos])
        old = image_id((photos / "red.png").read_bytes())
        paint(photos / "red.png", "yellow", (30, 20))
        assert counts(index(collection, [photos])) == (1, 0, 2, 0, 0)
        assert names(collection) == ["blue.png", "green.png", "red.png"]
        assert collection.get([old]) == []
        assert collection.stats().images == 3

    def test_same_size_and_other_content(self, collection, tmp_path):
        file = tmp_path / "p" / "x.bmp"
        paint(file, "red")
        index(collection, [tmp_path / "p"])
        paint(file, "blue")
        touch(file)
        assert counts(index(collection, [tmp_path / "p"])) == (1, 0, 0, 0, 0)
        assert collection.search("blue")[0].score > 0.99

    def test_renamed(self, collection, photos, encoder):
        index(collection, [photos])
        (photos / "sub").mkdir()
        (photos / "red.png").rename(photos / "sub" / "rouge.png")
        assert counts(index(collection, [photos])) == (0, 1, 2, 0, 0)
        assert encoder.encoded_images == 3
        (hit,) = collection.search("red", k=1)
        assert hit.source == str(photos / "sub" / "rouge.png")
        assert (hit.metadata["name"], hit.metadata["width"]) == ("rouge.png", 12)
        assert collection.stats().sources == 3
        assert collection.stats().missing == 0

    def test_copied_then_one_of_them_deleted(self, collection, photos, encoder):
        index(collection, [photos])
        shutil.copy(photos / "red.png", photos / "copy.png")
        assert counts(index(collection, [photos])) == (0, 1, 3, 0, 0)
        assert collection.stats().images == 3
        (photos / "copy.png").unlink()
        assert counts(index(collection, [photos])) == (0, 0, 3, 0, 0)
        assert names(collection) == ["blue.png", "green.png", "red.png"]
        assert encoder.encoded_images == 3

    def test_two_names_exchanged(self, collection, photos, encoder):
        index(collection, [photos])
        (photos / "red.png").rename(photos / "x")
        (photos / "blue.png").rename(photos / "red.png")
        (photos / "x").rename(photos / "blue.png")
        touch(photos / "red.png")
        touch(photos / "blue.png", 20)
        assert counts(index(collection, [photos])) == (0, 2, 1, 0, 0)
        assert encoder.encoded_images == 3
        assert Path(collection.search("red", k=1)[0].source).name == "blue.png"

    def test_a_name_taken_over_while_its_content_moved_on(self, collection, photos, encoder):
        index(collection, [photos])
        (photos / "red.png").rename(photos / "z.png")
        paint(photos / "red.png", "yellow", (30, 20))
        assert counts(index(collection, [photos])) == (1, 1, 2, 0, 0)
        assert encoder.encoded_images == 4
        assert Path(collection.search("red", k=1)[0].source).name == "z.png"

    def test_the_same_content_twice_from_the_start(self, collection, photos, encoder):
        for number in range(40):
            shutil.copy(photos / "red.png", photos / f"copy{number}.png")
        assert counts(index(collection, [photos])) == (3, 40, 0, 0, 0)
        assert encoder.encoded_images == 3
        assert collection.stats().images == 3


class TestVanishing:
    def test_marked_then_back_without_reading(self, collection, photos, tmp_path, monkeypatch):
        index(collection, [photos])
        (photos / "red.png").rename(tmp_path / "aside.png")
        assert counts(index(collection, [photos])) == (0, 0, 2, 0, 1)
        assert names(collection) == ["blue.png", "green.png"]
        assert collection.stats().missing == 1
        assert counts(index(collection, [photos])) == (0, 0, 2, 0, 0)
        (tmp_path / "aside.png").rename(photos / "red.png")
        monkeypatch.setattr("visavis.indexing.reading.read", None)
        assert counts(index(collection, [photos])) == (0, 0, 3, 0, 0)
        assert names(collection) == ["blue.png", "green.png", "red.png"]

    def test_found_later_under_another_name(self, collection, photos, tmp_path, encoder):
        index(collection, [photos])
        (photos / "red.png").rename(tmp_path / "aside.png")
        index(collection, [photos])
        (tmp_path / "aside.png").rename(photos / "new.png")
        assert counts(index(collection, [photos])) == (0, 1, 2, 0, 0)
        assert (collection.stats().sources, collection.stats().missing) == (3, 0)
        assert encoder.encoded_images == 3

    def test_only_below_what_was_indexed(self, collection, photos, tmp_path):
        other = paint(tmp_path / "photos2" / "white.png", "white").parent
        index(collection, [photos, other])
        shutil.rmtree(other)
        assert counts(index(collection, [photos])) == (0, 0, 3, 0, 0)
        assert collection.stats().images == 4

    def test_a_folder_that_is_not_there_is_an_error(self, collection, photos):
        """A disk that is not mounted must not empty the collection."""
        index(collection, [photos])
        photos.rename(photos.with_name("unplugged"))
        with pytest.raises(DatasetError, match="photos: no such file or folder"):
            index(collection, [photos])
        assert collection.stats().missing == 0

    def test_a_whole_subfolder(self, collection, photos):
        for number in range(5):
            paint(photos / "sub" / f"{number}.png", (number, 9, 9))
        index(collection, [photos])
        shutil.rmtree(photos / "sub")
        assert counts(index(collection, [photos])) == (0, 0, 3, 0, 5)


class TestWhatCannotBeRead:
    def test_is_named_and_stops_nothing(self, collection, photos):
        whole = paint(photos / "noise.jpg", "red", (300, 300)).read_bytes()
        (photos / "cut.jpg").write_bytes(whole[: len(whole) // 2])
        (photos / "empty.jpg").write_bytes(b"")
        (photos / "text.png").write_text("not a picture")
        (photos / "broken.png").symlink_to(photos / "nowhere")
        os.mkfifo(photos / "pipe.png")
        report = index(collection, [photos])
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
            assert counts(index(collection, [photos]))[3] == 1
        (photos / "red.png").write_bytes(good)
        assert counts(index(collection, [photos])) == (1, 0, 2, 0, 0)

    def test_a_good_file_that_was_damaged_is_not_found_until_restored(self, collection, photos):
        index(collection, [photos])
        good, status = (photos / "red.png").read_bytes(), (photos / "red.png").stat()
        (photos / "red.png").write_bytes(b"gone")
        assert counts(index(collection, [photos])) == (0, 0, 2, 1, 1)
        assert names(collection) == ["blue.png", "green.png"]
        (photos / "red.png").write_bytes(good)
        os.utime(photos / "red.png", ns=(status.st_atime_ns, status.st_mtime_ns))
        assert counts(index(collection, [photos])) == (0, 0, 3, 0, 0)
        assert names(collection) == ["blue.png", "green.png", "red.png"]

    def test_a_file_that_vanishes_in_mid_run(self, collection, photos, monkeypatch):
        from visavis.indexing import reading

        real = reading.read

        def racing(file, encoder):
            (photos / "green.png").unlink(missing_ok=True)
            return real(file, encoder)

        monkeypatch.setattr(reading, "read", racing)
        report = index(collection, [photos], threads=1)
        assert [Path(problem.where).name for problem in report.skipped] == ["green.png"]
        assert report.added == 2

    @pytest.mark.skipif(os.name != "posix", reason="only there may names be any bytes")
    def test_a_name_that_is_not_utf8(self, collection, photos):
        shutil.copy(photos / "red.png", os.fsencode(photos) + b"/\xff.png")
        report = index(collection, [photos])
        assert counts(report) == (3, 0, 0, 1, 0)
        report.skipped[0].where.encode()

    def test_a_date_beyond_any_calendar(self, collection, photos):
        os.utime(photos / "red.png", (0, 2**35 - 1))
        os.utime(photos / "blue.png", (0, -(10**9)))
        assert counts(index(collection, [photos])) == (3, 0, 0, 0, 0)


class TestMetadata:
    def test_of_images(self, collection, photos):
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.new("RGB", (400, 200), "yellow").save(photos / "side.jpg", exif=exif)
        index(collection, [photos])
        (hit,) = collection.search("red", where=(Condition("name", "=", "side.jpg"),))
        file = photos / "side.jpg"
        assert hit.metadata == {
            "name": "side.jpg",
            "folder": str(photos),
            "width": 200,
            "height": 400,
            "bytes": file.stat().st_size,
            "modified": datetime.fromtimestamp(int(file.stat().st_mtime), UTC).isoformat(),
        }
        assert hit.id == image_id(file.read_bytes())

    def test_vectors_are_those_of_the_encoder(self, collection, photos, encoder):
        index(collection, [photos])
        for colour in ("red", "blue"):
            (vector,) = collection.store.vectors(
                [image_id((photos / f"{colour}.png").read_bytes())]
            )
            with Image.open(photos / f"{colour}.png") as picture:
                np.testing.assert_array_equal(vector, encoder.encode_images([picture])[0])


class TestTexts:
    def test_captions_beside_images(self, collection, photos):
        (photos / "red.txt").write_text("a red thing\n\n a second line \n")
        (photos / "red.fr.txt").write_text("une chose rouge\n")
        assert counts(index(collection, [photos])) == (6, 0, 0, 0, 0)
        hits = collection.search("a red thing", modality="text")
        assert {hit.text for hit in hits} == {"a red thing", "a second line", "une chose rouge"}
        assert hits[0].metadata == {"lang": "en", "image": str(photos / "red.png")}
        assert hits[0].source.startswith(str(photos / "red.png#"))
        assert hits[0].id == text_id("a red thing", "en")

    def test_a_caption_that_goes(self, collection, photos):
        (photos / "red.txt").write_text("one\ntwo\nthree\n")
        index(collection, [photos])
        (photos / "red.txt").write_text("one\nthree\n")
        report = index(collection, [photos])
        assert (report.added, report.skipped) == (0, ())
        assert sorted(h.text for h in collection.search("x", modality="text")) == ["one", "three"]

    def test_captions_go_with_their_image(self, collection, photos):
        (photos / "red.txt").write_text("one\ntwo\n")
        index(collection, [photos])
        (photos / "red.png").unlink()
        (photos / "red.txt").unlink()
        assert counts(index(collection, [photos])) == (0, 0, 2, 0, 3)
        assert collection.stats().texts == 0

    def test_a_file_of_phrases(self, collection, tmp_path, encoder):
        file = tmp_path / "phrases.fr.txt"
        file.write_text("un chien\n\nun chat\n un chien \n")
        assert counts(index(collection, [file])) == (2, 1, 0, 0, 0)
        (hit,) = collection.search("chat", k=1, modality="text")
        assert (hit.text, hit.source, hit.metadata) == ("un chat", f"{file}#3", {"lang": "fr"})
        file.write_text("un oiseau\nun chat\n")
        assert counts(index(collection, [file])) == (1, 1, 0, 0, 1)
        texts = [hit.text for hit in collection.search("x", modality="text")]
        assert sorted(texts) == ["un chat", "un oiseau"]

    def test_phrases_survive_indexing_the_folder_they_lie_in(self, collection, photos):
        (photos / "phrases.txt").write_text("hello\n")
        index(collection, [photos / "phrases.txt"])
        index(collection, [photos])
        assert collection.stats().texts == 1

    def test_a_phrase_file_in_a_folder_is_no_problem_when_named(self, collection, photos):
        (photos / "phrases.txt").write_text("hello\n")
        report = index(collection, [photos, photos / "phrases.txt"])
        assert counts(report) == (4, 0, 0, 0, 0)


class TestDatasets:
    @pytest.fixture
    def dataset(self, tmp_path, photos):
        table = tmp_path / "captions.csv"
        table.write_text(
            "image,text,lang,split\n"
            "photos/red.png,a red thing,en,train\n"
            "photos/red.png,une chose rouge,fr,train\n"
            "photos/blue.png,a blue thing,en,test\n"
            "photos/ghost.png,nothing,en,test\n"
        )
        return table

    @pytest.mark.parametrize("prefix", ["", "csv:"])
    def test_images_and_captions(self, collection, dataset, photos, prefix):
        report = index(collection, [f"{prefix}{dataset}"])
        assert (report.added, report.renamed, len(report.skipped)) == (5, 0, 1)
        (red,) = collection.search("red", k=1)
        assert red.source == str(photos / "red.png")
        assert red.metadata["split"] == "train"
        assert red.metadata["dataset"] == "captions"
        (caption,) = collection.search("une chose rouge", k=1, modality="text")
        assert caption.metadata == {
            "lang": "fr",
            "image": str(photos / "red.png"),
            "dataset": "captions",
            "split": "train",
        }
        assert caption.source.startswith(f"{prefix}{dataset}#")
        assert counts(index(collection, [f"{prefix}{dataset}"]))[:3] == (0, 0, 5)

    def test_machine_translations_stay_out(self, collection, tmp_path):
        folder = tmp_path / "flickr8k"
        paint(folder / "images" / "a.jpg", "red")
        (folder / "Flickr8k.token.txt").write_text("a.jpg#0\tA red thing .\n")
        (folder / "Flickr8k.fr.token.txt").write_text("a.jpg#0\tUne chose rouge .\n")
        (folder / "Flickr8k.fr.mt.token.txt").write_text("a.jpg#0\tUn truc rouge .\n")
        (folder / "Flickr_8k.devImages.txt").write_text("a.jpg\n")
        assert index(collection, [f"flickr8k:{folder}"]).added == 3
        hits = collection.search("x", modality="text")
        assert {hit.text for hit in hits} == {"A red thing .", "Une chose rouge ."}
        assert {hit.metadata["split"] for hit in hits} == {"dev"}
        assert {hit.source for hit in hits} == {
            f"flickr8k:{folder}#a.jpg#0",
            f"flickr8k:{folder}#a.jpg#0@fr",
        }

    def test_unknown(self, collection):
        with pytest.raises(DatasetError, match="ghosts"):
            index(collection, ["ghosts"])


class TestProgressAndInterruption:
    def test_progress_reaches_the_end(self, collection, photos):
        (photos / "bad.png").write_bytes(b"")
        (photos / "red.txt").write_text("words")
        seen = []
        index(collection, [photos], progress=seen.append)
        assert seen[-1] == Progress(5, 5, 1, 4, seen[-1].seconds)
        assert [p.done for p in seen] == sorted(p.done for p in seen)
        assert all(p.found == 5 for p in seen)

    def test_ctrl_c_keeps_what_is_encoded(self, collection, photos, encoder, monkeypatch):
        for number in range(100):
            paint(photos / f"{number}.png", (number, 255 - number, 50))
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
            index(collection, [photos])
        assert threading.active_count() == before
        kept = sum(calls[:2])
        assert collection.stats().images == kept > 0
        assert counts(index(collection, [photos])) == (103 - kept, 0, kept, 0, 0)

    def test_a_slow_model_commits_often(self, collection, photos, encoder, monkeypatch):
        """With a clock that a batch moves by a second an image, each image is committed alone."""
        for number in range(30):
            paint(photos / f"{number}.png", (number, 255 - number, 50))
        clock = [0.0]
        monkeypatch.setattr(writing, "perf_counter", lambda: clock[0])
        real, sizes = encoder.encode_images, []

        def slow(images):
            sizes.append(len(images))
            clock[0] += len(images)
            return real(images)

        monkeypatch.setattr(encoder, "encode_images", slow)
        index(collection, [photos])
        assert sizes == [writing.FIRST_BATCH] + [1] * (33 - writing.FIRST_BATCH)

    def test_a_fast_model_gets_whole_batches(self, collection, photos, encoder, monkeypatch):
        for number in range(80):
            paint(photos / f"{number}.png", (number, 255 - number, 50))
        clock = [0.0]
        monkeypatch.setattr(writing, "perf_counter", lambda: clock[0])
        real, sizes = encoder.encode_images, []

        def fast(images):
            sizes.append(len(images))
            clock[0] += 0.001 * len(images)
            return real(images)

        monkeypatch.setattr(encoder, "encode_images", fast)
        index(collection, [photos])
        assert sizes == [writing.FIRST_BATCH, 32, 32, 83 - 64 - writing.FIRST_BATCH]

    def test_another_model_is_refused_before_anything_is_read(self, tmp_path, encoder, photos):
        with Collection.create(tmp_path / "c2", encoder) as made:
            store = made.store
            with pytest.raises(ModelMismatchError):
                index(Collection(store, FakeEncoder("other@1")), [photos])


class TestRegions:
    def test_every_image_gets_its_windows_once(self, collection, photos, encoder):
        report = index(collection, [photos], regions=True)
        assert counts(report) == (3, 0, 0, 0, 0)
        assert (report.regions, collection.stats().regions) == (12, 12)
        again = index(collection, [photos], regions=True)
        assert (counts(again), again.images, again.regions) == ((0, 0, 3, 0, 0), 0, 0)

    def test_a_collection_without_gets_them_later(self, collection, photos, encoder):
        (photos / "words.txt").write_text("a text\n")
        index(collection, [photos, photos / "words.txt"])
        before = {item: collection.store.vectors([item]) for item in _ids(collection)}
        paint(photos / "copy.png", "red")
        paint(photos / "new.png", "yellow")
        report = index(collection, [photos, photos / "words.txt"], regions=True)
        assert counts(report) == (1, 1, 4, 0, 0)
        assert (report.images, report.regions) == (4, 16)
        assert collection.store.with_regions() == _ids(collection)
        for item, vector in before.items():
            np.testing.assert_allclose(collection.store.vectors([item]), vector)

    def test_a_run_without_leaves_them(self, collection, photos):
        index(collection, [photos], regions=True)
        touch(photos / "red.png")
        paint(photos / "new.png", "yellow")
        report = index(collection, [photos])
        assert (counts(report), report.regions) == ((1, 0, 3, 0, 0), 0)
        assert collection.stats().regions == 12
        assert index(collection, [photos], regions=True).regions == 4

    def test_boxes_are_in_pixels_of_the_upright_picture(self, collection, tmp_path):
        picture = Image.new("RGB", (30, 20), "red")
        picture.paste("blue", (0, 10, 15, 20))
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned clockwise: the blue part ends up above on the left
        picture.save(tmp_path / "turned.png", exif=exif)
        index(collection, [tmp_path / "turned.png"], regions=True)
        (hit,) = collection.search("blue", regions=True)
        assert hit.box == Box(0, 0, 10, 15)

    def test_pictures_of_a_pixel(self, collection, tmp_path):
        index(collection, [paint(tmp_path / "dot.png", "red", (1, 1))], regions=True)
        (hit,) = collection.search("red", regions=True)
        assert hit.box in {None, Box(0, 0, 1, 1)}


def _ids(collection):
    return {hit.id for hit in collection.search("red", k=100)}
