"""What a run keeps of what it reads: metadata, texts, datasets, regions."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from photographs import counts, paint, touch
from visavis.collection import image_id, text_id
from visavis.errors import DatasetError
from visavis.indexing import index
from visavis.types import Box, Condition


class TestMetadata:
    def test_of_images(self, collection, photos):
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.new("RGB", (400, 200), "yellow").save(photos / "side.jpg", exif=exif)
        index([photos], collection)
        (hit,) = collection.search("red", where=(Condition("name", "=", "side.jpg"),))
        file = photos / "side.jpg"
        assert hit.metadata == {
            "name": "side.jpg",
            "folder": str(photos),
            "width": 200,
            "height": 400,
            "bytes": file.stat().st_size,
            "orientation": 6,
            "modified": datetime.fromtimestamp(int(file.stat().st_mtime), UTC).isoformat(),
        }
        assert hit.id == image_id(file.read_bytes())

    def test_vectors_are_those_of_the_encoder(self, collection, photos, encoder):
        index([photos], collection)
        for colour in ("red", "blue"):
            (vector,) = collection.store.vectors(
                [image_id((photos / f"{colour}.png").read_bytes())]
            )
            with Image.open(photos / f"{colour}.png") as image:
                np.testing.assert_array_equal(vector, encoder.encode_images([image])[0])


class TestTexts:
    def test_captions_beside_images(self, collection, photos):
        (photos / "red.txt").write_text("a red thing\n\n a second line \n")
        (photos / "red.fr.txt").write_text("une chose rouge\n")
        assert counts(index([photos], collection)) == (6, 0, 0, 0, 0)
        hits = collection.search("a red thing", modality="text")
        assert {hit.text for hit in hits} == {"a red thing", "a second line", "une chose rouge"}
        assert hits[0].metadata == {"lang": "en", "image": str(photos / "red.png")}
        assert hits[0].source.startswith(str(photos / "red.png#"))
        assert hits[0].id == text_id("a red thing", "en")

    def test_a_caption_that_goes(self, collection, photos):
        (photos / "red.txt").write_text("one\ntwo\nthree\n")
        index([photos], collection)
        (photos / "red.txt").write_text("one\nthree\n")
        report = index([photos], collection)
        assert (report.added, report.skipped) == (0, ())
        assert sorted(h.text for h in collection.search("x", modality="text")) == ["one", "three"]

    def test_captions_go_with_their_image(self, collection, photos):
        (photos / "red.txt").write_text("one\ntwo\n")
        index([photos], collection)
        (photos / "red.png").unlink()
        (photos / "red.txt").unlink()
        assert counts(index([photos], collection)) == (0, 0, 2, 0, 3)
        assert collection.stats().texts == 0

    def test_a_file_of_phrases(self, collection, tmp_path, encoder):
        file = tmp_path / "phrases.fr.txt"
        file.write_text("un chien\n\nun chat\n un chien \n")
        assert counts(index([file], collection)) == (2, 1, 0, 0, 0)
        (hit,) = collection.search("chat", k=1, modality="text")
        assert (hit.text, hit.source, hit.metadata) == ("un chat", f"{file}#3", {"lang": "fr"})
        file.write_text("un oiseau\nun chat\n")
        assert counts(index([file], collection)) == (1, 1, 0, 0, 1)
        texts = [hit.text for hit in collection.search("x", modality="text")]
        assert sorted(texts) == ["un chat", "un oiseau"]

    def test_phrases_survive_indexing_the_folder_they_lie_in(self, collection, photos):
        (photos / "phrases.txt").write_text("hello\n")
        index([photos / "phrases.txt"], collection)
        index([photos], collection)
        assert collection.stats().texts == 1

    def test_a_phrase_file_in_a_folder_is_no_problem_when_named(self, collection, photos):
        (photos / "phrases.txt").write_text("hello\n")
        report = index([photos, photos / "phrases.txt"], collection)
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

    def test_captions_of_a_table_stay_while_what_lies_beside_it_is_indexed(
        self, collection, tmp_path, dataset, photos
    ):
        other = tmp_path / "other.csv"
        other.write_text("image,text\nphotos/blue.png,a second table\n")

        def texts():
            return sorted(hit.text for hit in collection.search("x", modality="text"))

        index([dataset], collection)
        mine = texts()
        assert index([other], collection).missing == 0
        assert index([tmp_path], collection).missing == 0
        assert index([dataset], collection).missing == 0
        assert texts() == sorted([*mine, "a second table"])
        other.write_text("image,text\nphotos/blue.png,instead\n")
        index([other], collection)
        assert texts() == sorted([*mine, "instead"])
        other.unlink()
        assert index([tmp_path], collection).missing == 1
        assert texts() == mine

    @pytest.mark.parametrize("prefix", ["", "csv:"])
    def test_images_and_captions(self, collection, dataset, photos, prefix):
        report = index([f"{prefix}{dataset}"], collection)
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
        assert counts(index([f"{prefix}{dataset}"], collection))[:3] == (0, 0, 5)

    def test_a_list_in_json_is_a_table(self, collection, tmp_path, photos):
        table = tmp_path / "products.json"
        table.write_text('[{"image": "photos/red.png", "text": "a cup", "price": 9}]')
        assert counts(index([table], collection)) == (2, 0, 0, 0, 0)
        assert [hit.metadata["price"] for hit in collection.search("x", where="price<10")] == [9]
        table.write_text("{}")
        with pytest.raises(DatasetError, match=r"products\.json: "):
            index([table], collection)

    def test_a_folder_indexed_after_its_table_keeps_the_columns(self, collection, tmp_path, photos):
        table = tmp_path / "products.csv"
        table.write_text(
            "image,text,name,price\nphotos/red.png,a,Mug,9\nphotos/blue.png,b,Cup,12\n"
        )
        index([table], collection)
        (photos / "red.png").rename(photos / "cherry.png")  # moved
        paint(photos / "blue.png", "navy")  # changed
        shutil.copy(photos / "cherry.png", photos / "z.png")
        index([photos], collection)

        def found(where):
            return [hit.metadata for hit in collection.search("x", where=where, modality="image")]

        (mug,) = found("price=9")
        assert (mug["name"], mug["dataset"]) == ("Mug", "products")
        assert mug["folder"] == str(photos)
        assert [cup["name"] for cup in found("price=12")] == ["Cup"]
        assert counts(index([photos], collection)) == (0, 0, 4, 0, 0)
        table.write_text("image,text,name\nphotos/cherry.png,a,Mug\nphotos/blue.png,b,Bowl\n")
        index([table], collection)
        assert found("name=Bowl")
        (mug,) = found("name=Mug")
        assert "price" not in mug

    def test_what_the_file_says_wins_over_columns_when_its_folder_is_indexed(
        self, collection, tmp_path, photos
    ):
        table = tmp_path / "products.csv"
        table.write_text("image,text,orientation,brand\nphotos/side.jpg,a,upright,Acme\n")
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.new("RGB", (400, 200), "yellow").save(photos / "side.jpg", exif=exif)
        index([table], collection)

        def orientation():
            (side,) = collection.search("x", where="brand=Acme", modality="image")
            return side.metadata["orientation"]

        assert orientation() == "upright"
        index([photos], collection)
        assert orientation() == 6

    def test_machine_translations_stay_out(self, collection, tmp_path):
        folder = tmp_path / "flickr8k"
        paint(folder / "images" / "a.jpg", "red")
        (folder / "Flickr8k.token.txt").write_text("a.jpg#0\tA red thing .\n")
        (folder / "Flickr8k.fr.token.txt").write_text("a.jpg#0\tUne chose rouge .\n")
        (folder / "Flickr8k.fr.mt.token.txt").write_text("a.jpg#0\tUn truc rouge .\n")
        (folder / "Flickr_8k.devImages.txt").write_text("a.jpg\n")
        assert index([f"flickr8k:{folder}"], collection).added == 3
        hits = collection.search("x", modality="text")
        assert {hit.text for hit in hits} == {"A red thing .", "Une chose rouge ."}
        assert {hit.metadata["split"] for hit in hits} == {"dev"}
        assert {hit.source for hit in hits} == {
            f"flickr8k:{folder}#a.jpg#0",
            f"flickr8k:{folder}#a.jpg#0@fr",
        }

    def test_unknown(self, collection):
        with pytest.raises(DatasetError, match="ghosts"):
            index(["ghosts"], collection)


class TestRegions:
    def test_every_image_gets_its_regions_once(self, collection, photos, encoder):
        report = index([photos], collection, regions=True)
        assert counts(report) == (3, 0, 0, 0, 0)
        assert (report.regions, collection.stats().regions) == (12, 12)
        again = index([photos], collection, regions=True)
        assert (counts(again), again.images, again.regions) == ((0, 0, 3, 0, 0), 0, 0)

    def test_a_collection_without_gets_them_later(self, collection, photos, encoder):
        (photos / "words.txt").write_text("a text\n")
        index([photos, photos / "words.txt"], collection)
        before = {item: collection.store.vectors([item]) for item in _ids(collection)}
        paint(photos / "copy.png", "red")
        paint(photos / "new.png", "yellow")
        report = index([photos, photos / "words.txt"], collection, regions=True)
        assert counts(report) == (1, 1, 4, 0, 0)
        assert (report.images, report.regions) == (4, 16)
        assert collection.store.with_regions(sorted(_ids(collection))) == _ids(collection)
        for item, vector in before.items():
            np.testing.assert_allclose(collection.store.vectors([item]), vector)

    def test_a_run_without_leaves_them(self, collection, photos):
        index([photos], collection, regions=True)
        touch(photos / "red.png")
        paint(photos / "new.png", "yellow")
        report = index([photos], collection)
        assert (counts(report), report.regions) == ((1, 0, 3, 0, 0), 0)
        assert collection.stats().regions == 12
        assert index([photos], collection, regions=True).regions == 4

    def test_boxes_are_in_pixels_of_the_upright_image(self, collection, tmp_path):
        image = Image.new("RGB", (30, 20), "red")
        image.paste("blue", (0, 10, 15, 20))
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned clockwise: the blue part ends up above on the left
        image.save(tmp_path / "turned.png", exif=exif)
        index([tmp_path / "turned.png"], collection, regions=True)
        (hit,) = collection.search("blue", regions=True)
        assert hit.box == Box(0, 0, 10, 15)

    def test_images_of_a_pixel(self, collection, tmp_path):
        index([paint(tmp_path / "dot.png", "red", (1, 1))], collection, regions=True)
        (hit,) = collection.search("red", regions=True)
        assert hit.box in {None, Box(0, 0, 1, 1)}


def _ids(collection):
    return {hit.id for hit in collection.search("red", k=100)}
