from __future__ import annotations

import json

import pytest

from server.client import problem
from tagged import tagged
from visavis.errors import UnavailableError
from visavis.server import limits

URL = "/api/v1/items/batch"
TAGS = {
    "DateTimeOriginal": "2024:05:02 10:11:12",
    "Make": "Canon",
    "Model": "EOS R5",
    "Orientation": 6,
    "gps": (48.39, -4.49),
}


@pytest.fixture
def writer(serving, tmp_path):
    """A client that may write, and waits until the names of places have been read."""
    return serving(write=True, folder=tmp_path / "c.visavis", answer_seconds=300)


def send(client, *files, **fields):
    parts = [("file", (name, data, "image/jpeg")) for name, data in files]
    return client.post(URL, files=parts, data=fields)


def picture(colour, **tags):
    return tagged(colour, **tags)


def test_each_image_is_added_or_refused_by_name(writer, ids, photos):
    red = (photos / "red.png").read_bytes()
    response = send(
        writer,
        ("a.jpg", picture("navy")),
        ("notes.txt", b"not an image"),
        ("../b.jpg", picture("teal")),
        ("red-again.png", red),
        metadata=json.dumps({"trip": "Brest"}),
    )
    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["added"], answer["refused"]) == (3, 1)
    first, text, second, known = answer["results"]
    assert [each["name"] for each in answer["results"]] == [
        "a.jpg",
        "notes.txt",
        "b.jpg",
        "red-again.png",
    ]
    assert [each["status"] for each in answer["results"]] == [201, 422, 201, 200]
    assert "not an image" in text["problem"]["detail"]
    assert text["item"] is None
    assert known["item"]["id"] == ids["red"]
    for each in (first, second, known):
        assert each["problem"] is None
        assert each["item"]["metadata"]["trip"] == "Brest"
        assert writer.get(f"/api/v1/items/{each['item']['id']}").status_code == 200


def test_one_that_is_too_large_is_refused_alone(writer, monkeypatch):
    small = picture("navy", size=(8, 8))
    monkeypatch.setattr(limits, "UPLOAD_BYTES", len(small))
    answer = send(writer, ("large.jpg", picture("teal", size=(900, 900))), ("a.jpg", small)).json()
    assert [each["status"] for each in answer["results"]] == [413, 201]


def test_too_much_in_one_request(writer, monkeypatch):
    monkeypatch.setattr(limits, "BATCH_BYTES", 100)
    problem(send(writer, ("a.jpg", picture("navy"))), 413, "in one request")
    monkeypatch.undo()
    monkeypatch.setattr(limits, "BATCH_FILES", 1)
    problem(send(writer, ("a.jpg", b"x"), ("b.jpg", b"y")), 400, "form")


@pytest.mark.parametrize("fields", [{"metadata": "[]"}, {"other": "x"}, {"location": "yes"}])
def test_wrong_fields(writer, fields):
    problem(send(writer, ("a.jpg", picture("navy")), **fields), 422)


def test_no_file_or_no_form(writer):
    problem(writer.post(URL, data={"metadata": "{}"}, files={}), 415)
    problem(writer.post(URL, json={"text": "x"}), 415, "form-data")
    problem(writer.post(URL, files={"other": b"x"}), 422, "other")
    problem(writer.post(URL, files={"metadata": b"{}"}), 422, "'file'")


def test_when_nothing_can_be_written_the_rest_is_not_tried(writer, collection, monkeypatch):
    tried = []

    def refuse(*_):
        tried.append(1)
        raise UnavailableError("/a/path: another process is writing to it")

    monkeypatch.setattr(collection, "add_image", refuse)
    answer = send(writer, *((f"{n}.jpg", picture("navy", size=(n, 9))) for n in range(8, 11)))
    results = answer.json()["results"]
    assert [each["status"] for each in results] == [503] * 3
    assert len(tried) == 1
    assert "/a/path" not in answer.text


def test_readers_may_not(client):
    problem(send(client, ("a.jpg", picture("navy"))), 403)


class TestEmbedded:
    """What a file says of itself, whether it is sent alone or with others."""

    @pytest.fixture(params=["alone", "batch"])
    def add(self, request, writer):
        def add(data, **fields):
            if request.param == "batch":
                return send(writer, ("a.jpg", data), **fields).json()["results"][0]["item"]
            files = {"file": ("a.jpg", data, "image/jpeg")}
            return writer.post("/api/v1/items", files=files, data=fields).json()

        return add

    def test_date_camera_and_orientation_are_kept(self, add, writer):
        item = add(picture("navy", **TAGS))
        said = item["metadata"]
        assert said["taken"] == "2024-05-02T10:11:12"
        assert (said["camera"], said["orientation"]) == ("Canon EOS R5", 6)
        assert (item["width"], item["height"]) == (32, 48)
        listed = writer.get("/api/v1/items?order=taken&limit=1").json()["items"]
        assert [each["id"] for each in listed] == [item["id"]]

    def test_where_it_was_taken_only_if_asked(self, add, collection):
        data = picture("navy", **TAGS)
        item = add(data)
        (stored,) = collection.get([item["id"]])
        assert not {"latitude", "longitude", "place", "country"} & stored.metadata.keys()
        item = add(data, location="true")
        (stored,) = collection.get([item["id"]])
        assert stored.metadata["latitude"] == pytest.approx(48.39, abs=1e-3)
        assert "latitude" not in item["metadata"]

    def test_words_of_the_client_count_more(self, add):
        item = add(picture("navy", **TAGS), metadata=json.dumps({"camera": "mine"}))
        assert item["metadata"]["camera"] == "mine"
