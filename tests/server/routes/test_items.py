from __future__ import annotations

import errno
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from time import perf_counter

import pytest
from PIL import Image
from PIL.ExifTags import Base

from server.client import problem, search
from visavis.collection import image_id
from visavis.server import limits


def encoded(colour, size=(80, 50), kind="JPEG", **options):
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def uploads(tmp_path):
    return tmp_path / "c.visavis" / "uploads"


class TestGetting:
    def test_an_image_and_a_caption(self, client, ids):
        item = client.get(f"/api/v1/items/{ids['red']}").json()
        assert item == {
            "id": ids["red"],
            "modality": "image",
            "source": "red.png",
            "text": None,
            "image": None,
            "metadata": {"name": "red.png", "width": 60, "height": 40, "split": "train"},
            "width": 60,
            "height": 40,
        }
        caption = client.get(f"/api/v1/items/{ids['a red thing']}").json()
        assert (caption["text"], caption["image"]) == ("a red thing", ids["red"])

    @pytest.mark.parametrize("name", ["ghost", "..", "%2e%2e", "a" * 128])
    def test_unknown(self, client, name):
        assert client.get(f"/api/v1/items/{name}").status_code == 404

    @pytest.mark.parametrize("name", ["a" * 129, "%2e%2e%2fx", "a%00b", "%C3%A9", "a b"])
    def test_what_cannot_be_an_id(self, client, name):
        response = client.get(f"/api/v1/items/{name}")
        problem(response, response.status_code)
        assert response.status_code in {404, 422}


class TestImages:
    def test_thumbnails_are_small_jpegs(self, client, ids):
        for side in (128, 192, 256, 512):
            response = client.get(f"/api/v1/items/{ids['red']}/thumbnail?size={side}")
            assert response.headers["content-type"] == "image/jpeg"
            image = Image.open(BytesIO(response.content))
            assert (image.format, image.size) == ("JPEG", (60, 40))
            assert image.getpixel((30, 20))[0] > 240

    def test_clients_that_accept_webp_get_it(self, client, ids):
        url = f"/api/v1/items/{ids['red']}/thumbnail"
        jpeg = client.get(url)
        webp = client.get(url, headers={"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"})
        assert (webp.headers["content-type"], webp.headers["vary"]) == ("image/webp", "Accept")
        image = Image.open(BytesIO(webp.content))
        assert (image.format, image.size) == ("WEBP", (60, 40))
        assert image.convert("RGB").getpixel((30, 20))[0] > 240
        assert webp.headers["etag"] != jpeg.headers["etag"]

    @pytest.mark.parametrize("size", ["100", "0", "-1", "x", "1e9", "256.5", ""])
    def test_other_sizes(self, client, ids, size):
        problem(client.get(f"/api/v1/items/{ids['red']}/thumbnail?size={size}"), 422, "size")

    def test_large_images_shrink_stand_upright_and_lose_exif(self, client, collection, photos):
        exif = Image.Exif()
        exif[Base.Orientation] = 6
        exif[Base.Make] = "SecretCamera"
        file = photos / "large.jpg"
        Image.new("RGB", (3000, 1500), "red").save(file, exif=exif)
        name = collection.add_image(file).id
        data = client.get(f"/api/v1/items/{name}/image").content
        image = Image.open(BytesIO(data))
        assert image.size == (1024, 2048)
        assert not image.getexif()
        assert b"SecretCamera" not in data
        assert client.get(f"/api/v1/items/{name}/thumbnail").content != data

    def test_etags(self, client, ids, photos):
        url = f"/api/v1/items/{ids['red']}/thumbnail"
        first = client.get(url)
        etag = first.headers["etag"]
        assert "max-age" in first.headers["cache-control"]
        again = client.get(url, headers={"If-None-Match": f'"x", {etag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert client.get(url, headers={"If-None-Match": '"x"'}).content == first.content
        assert client.get(f"{url}?size=128").headers["etag"] != etag
        Image.new("RGB", (60, 41), "red").save(photos / "red.png")
        assert client.get(url, headers={"If-None-Match": etag}).status_code == 200

    @pytest.mark.parametrize("view", ["image", "thumbnail"])
    def test_only_images_that_are_there(self, client, ids, photos, view):
        problem(client.get(f"/api/v1/items/{ids['bleu']}/{view}"), 404)
        problem(client.get(f"/api/v1/items/ghost/{view}"), 404)
        (photos / "red.png").write_bytes(b"no longer an image")
        refused = problem(client.get(f"/api/v1/items/{ids['red']}/{view}"), 422)
        assert str(photos) not in refused.text
        (photos / "red.png").unlink()
        problem(client.get(f"/api/v1/items/{ids['red']}/{view}"), 404)

    def test_a_text_whose_source_is_a_file_gives_no_file_away(self, client, collection, photos):
        secret = photos / "red.png"
        name = collection.add_text("a text", source=str(secret) + "x").id
        problem(client.get(f"/api/v1/items/{name}/image"), 404)


class TestAdding:
    def test_while_it_waits_for_another_process_searches_are_answered(self, writer, collection):
        other = sqlite3.connect(f"{collection.store.location}/collection.sqlite")
        with closing(other), ThreadPoolExecutor() as pool:
            other.execute("BEGIN IMMEDIATE")
            added = pool.submit(writer.post, "/api/v1/items", json={"text": "green"})
            start = perf_counter()
            while perf_counter() - start < 0.3:
                assert search(writer, {"text": f"red {perf_counter()}"})["hits"]
                assert not added.done()
            other.rollback()
            assert added.result().status_code == 201

    def test_an_image_is_kept_under_its_content_and_found(self, writer, collection, uploads):
        data = encoded("red")
        files = {"file": ("../../my\x00 \u202ered\n.jpg", data)}
        more = {"metadata": '{"split": "mine"}'}
        response = writer.post("/api/v1/items", files=files, data=more)
        assert response.status_code == 201, response.text
        item = response.json()
        assert item["id"] == image_id(data)
        assert (item["width"], item["height"]) == (80, 50)
        assert item["metadata"]["split"] == "mine"
        assert "/" not in item["source"]
        assert (uploads / item["id"]).read_bytes() == data
        assert [file.name for file in uploads.iterdir()] == [item["id"]]
        found = search(writer, {"text": "red"}, where=["split=mine"])["hits"]
        assert [hit["id"] for hit in found] == [item["id"]]
        assert writer.get(f"/api/v1/items/{item['id']}/image").status_code == 200

    def test_a_text(self, writer):
        asked = {"text": "un rouge", "metadata": {"lang": "fr", "n": [1, {"é": None}]}}
        response = writer.post("/api/v1/items", json=asked)
        assert response.status_code == 201
        item = response.json()
        assert (item["text"], item["metadata"]) == (asked["text"], asked["metadata"])
        assert writer.get(f"/api/v1/items/{item['id']}").json() == item

    def test_adding_twice_is_adding_once(self, writer, collection, uploads):
        for status in (201, 200):
            response = writer.post("/api/v1/items", files={"file": encoded("red")})
            assert response.status_code == status
        assert collection.stats().images == 4
        assert len(list(uploads.iterdir())) == 1

    def test_added_again_it_keeps_its_metadata(self, writer, ids, photos):
        def add(name, data, metadata):
            form = {"files": {"file": (name, data)}, "data": {"metadata": metadata}}
            response = writer.post("/api/v1/items", **form)
            assert response.is_success
            item = writer.get(f"/api/v1/items/{response.json()['id']}").json()
            assert item["metadata"] == response.json()["metadata"]
            return item["metadata"]

        first = add("a.jpg", encoded("red"), '{"album": "sea", "stars": 2, "width": 9}')
        assert (first["name"], first["album"], first["width"]) == ("a.jpg", "sea", 80)
        assert add("b.jpg", encoded("red"), "{}") == first
        assert add("b.jpg", encoded("red"), '{"stars": 3}') == {**first, "stars": 3}
        indexed = (photos / "red.png").read_bytes()
        assert add("c.png", indexed, "{}").items() >= {"name": "red.png", "split": "train"}.items()

    def test_a_text_added_again_keeps_its_metadata(self, writer):
        for status, metadata in (
            (201, {"lang": "fr", "by": "me"}),
            (200, {"lang": "FR", "stars": 3}),
            (201, {"lang": "en"}),
        ):
            asked = {"text": "un rouge", "metadata": metadata}
            response = writer.post("/api/v1/items", json=asked)
            assert response.status_code == status
            if metadata["lang"] != "en":
                item = response.json()
        assert item["metadata"] == {"lang": "fr", "by": "me", "stars": 3}

    def test_what_cannot_be_read_leaves_no_file(self, writer, collection, uploads):
        cut = encoded("red", (400, 300))[:-700]
        problem(writer.post("/api/v1/items", files={"file": cut}), 422, "truncated")
        problem(writer.post("/api/v1/items", files={"file": b"text"}), 422, "not an image")
        assert not uploads.exists() or not list(uploads.iterdir())
        assert collection.stats().images == 3

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"files": {"other": b"x"}}, "lacks a part 'file'"),
            ({"files": {"file": b"x", "more": b"x"}}, "part 'more'"),
            ({"files": {"file": b"x"}, "data": {"path": "/etc/x"}}, "part 'path'"),
            ({"files": {"file": b"x"}, "data": {"location": "here"}}, "true or false"),
        ],
    )
    def test_forms_of_another_kind(self, writer, form, words):
        problem(writer.post("/api/v1/items", **form), 422, words)

    @pytest.mark.parametrize(
        "metadata",
        [
            "[]",
            "3",
            "null",
            '{"a": NaN}',
            '{"a": [1e999]}',
            '{"a": {"b": -Infinity}}',
            '{"a": "' + "x" * limits.METADATA_TEXT + '"}',
            "{" + ", ".join(f'"{n}": 1' for n in range(limits.METADATA + 1)) + "}",
        ],
    )
    def test_metadata_that_cannot_be(self, writer, metadata):
        form = {"files": {"file": encoded("red")}, "data": {"metadata": metadata}}
        problem(writer.post("/api/v1/items", **form), 422)
        headers = {"Content-Type": "application/json"}
        text = f'{{"text": "a", "metadata": {metadata}}}'
        problem(writer.post("/api/v1/items", content=text, headers=headers), 422)

    def test_metadata_with_broken_json_or_very_deep(self, writer):
        for metadata in ("{", '{"a": ' + "[" * 5000 + "]" * 5000 + "}"):
            form = {"files": {"file": encoded("red")}, "data": {"metadata": metadata}}
            response = writer.post("/api/v1/items", **form)
            problem(response, response.status_code)
            assert response.status_code in {400, 422}

    @pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
    def test_where_nothing_can_be_written_images_are_refused_as_texts_are(
        self, writer, uploads, monkeypatch, caplog, number
    ):
        def refused(*_):
            raise OSError(number, "no", str(uploads))

        monkeypatch.setattr("visavis.server.adding.write_upload", refused)
        answer = writer.post("/api/v1/items", files={"file": encoded("red")})
        problem(answer, 503, "cannot be used at the moment")
        assert [each.exc_info for each in caplog.records if each.levelname == "ERROR"] == [None]

    def test_a_full_disk_is_told_and_leaves_no_file(self, writer, collection, uploads, monkeypatch):
        form = {"files": {"file": encoded("red")}}
        with collection.store._database.staging() as database:
            (pages,) = database.execute("PRAGMA page_count").fetchone()
        collection.store._database._writer.execute(f"PRAGMA max_page_count = {pages}")
        text = {"text": "red", "metadata": {"long": "x" * 9000}}
        problem(writer.post("/api/v1/items", json=text), 507, "disk is full")

        def full(_):
            raise OSError(errno.ENOSPC, "No space left on device", str(uploads))

        monkeypatch.setattr("os.fsync", full)
        refused = problem(writer.post("/api/v1/items", **form), 507, "disk is full")
        assert str(uploads) not in refused.text
        assert not list(uploads.iterdir())

    def test_no_folder_for_images(self, serving):
        client = serving(write=True)
        problem(client.post("/api/v1/items", files={"file": encoded("red")}), 409, "folder")


class TestRemoving:
    def test_an_upload_goes_with_its_file(self, writer, uploads):
        name = writer.post("/api/v1/items", files={"file": encoded("red")}).json()["id"]
        assert writer.delete(f"/api/v1/items/{name}").status_code == 204
        assert not (uploads / name).exists()
        problem(writer.get(f"/api/v1/items/{name}"), 404)
        problem(writer.delete(f"/api/v1/items/{name}"), 404)

    def test_an_indexed_file_stays(self, writer, ids, photos):
        assert writer.delete(f"/api/v1/items/{ids['red']}").status_code == 204
        assert (photos / "red.png").exists()
        assert search(writer, {"text": "red"})["hits"][0]["source"] != "red.png"
