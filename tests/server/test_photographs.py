"""The bundled model and real photographs, through HTTP."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from server.client import form, search
from visavis.cli.demo.photos import copy_photos
from visavis.collection import Collection
from visavis.indexing import index
from visavis.server import Settings, create_app

pytest.importorskip("skimage", reason="the photographs come with scikit-image")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    copy_photos(folder / "photos")
    (folder / "phrases.txt").write_text("a motorcycle in a garage\na cup of coffee\n")
    with Collection.open_or_create(folder / "c") as collection:
        index([folder / "photos", folder / "phrases.txt"], collection, regions=True)
    return folder


@pytest.fixture(scope="module")
def client(photos):
    with Collection.open(photos / "c") as collection:
        settings = Settings(name="photographs", folder=photos / "c", threads=1)
        with TestClient(create_app(collection, settings)) as client:
            yield client


@pytest.mark.parametrize("words", ["a motorcycle", "une moto rouge"])
def test_words_find_images_in_both_languages(client, words):
    first, second = search(client, {"text": words}, k=2)["hits"]
    assert {first["source"], second["source"]} == {"motorcycle.png", "motorcycle-again.png"}


def test_an_image_finds_its_words_and_its_like(client, photos):
    image = (photos / "photos" / "motorcycle.png").read_bytes()
    told = client.post("/api/v1/describe", **form({"upload": "p", "k": 1}, p=image)).json()
    assert told["hits"][0]["text"] == "a motorcycle in a garage"
    query = {"terms": [{"upload": "p"}], "k": 2}
    hits = client.post("/api/v1/search", **form(query, p=image)).json()["hits"]
    assert [hit["source"] for hit in hits] == ["motorcycle.png", "motorcycle-again.png"]
    assert hits[0]["score"] == pytest.approx(1, abs=1e-3)


def test_an_item_is_as_good_as_its_image(client):
    (hit,) = search(client, {"text": "a motorcycle"}, k=1)["hits"]
    (same,) = search(client, {"item": hit["id"]}, k=1)["hits"]
    assert (same["id"], same["score"]) == (hit["id"], pytest.approx(1, abs=1e-3))


def test_parts_of_images_have_boxes_inside_them(client):
    assert client.get("/api/v1/collection").json()["regions"] > 0
    hits = search(client, {"text": "a wheel"}, regions=True)["hits"]
    boxes = [hit for hit in hits if hit["box"]]
    assert boxes
    for hit in boxes:
        x, y, width, height = hit["box"]
        assert 0 <= x < x + width <= hit["width"]
        assert 0 <= y < y + height <= hit["height"]
