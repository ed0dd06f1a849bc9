"""Moments of videos through HTTP."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from fakes import FakeEncoder
from server.client import search
from videos import film
from visavis.collection import Collection
from visavis.indexing import index
from visavis.server import Settings, create_app

pytest.importorskip("av", reason="needs the extra video")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    film(folder / "clip.mp4", ["red", "green"])
    with Collection.create(folder / "c", FakeEncoder()) as collection:
        index([folder / "clip.mp4"], collection)
        settings = Settings(name="videos", folder=folder / "c", threads=1)
        with TestClient(create_app(collection, settings)) as client:
            yield client


def test_a_moment_has_its_thumbnail_and_its_second(client):
    hits = search(client, {"text": "green"}, k=2)["hits"]
    assert [hit["source"] for hit in hits] == ["clip.mp4", "clip.mp4"]
    assert [hit["metadata"]["seconds"] for hit in hits] == [10, 0]
    for hit, channel in zip(hits, (1, 0), strict=True):
        answer = client.get(f"/api/v1/items/{hit['id']}/thumbnail", params={"size": 128})
        colours = np.asarray(Image.open(io.BytesIO(answer.content)))[:, -8:].reshape(-1, 3).mean(0)
        assert np.argmax(colours) == channel


def test_a_moment_is_a_query_like_any_image(client):
    first, second = search(client, {"text": "green"}, k=2)["hits"]
    box = {"item": first["id"], "box": [40, 0, 20, 20]}
    assert [hit["id"] for hit in search(client, box, k=2)["hits"]] == [first["id"], second["id"]]
