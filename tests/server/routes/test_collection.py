from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from fakes import FakeEncoder
from server.client import problem, search
from visavis.collection import Collection
from visavis.indexing import IndexProgress, migrate, share_progress


def test_collection(serving):
    told = serving(name="holidays").get("/api/v1/collection").json()
    generation = told.pop("generation")
    assert generation > 0
    assert told == {
        "name": "holidays",
        "model": "fake@1",
        "dim": 16,
        "languages": ["en", "fr"],
        "images": 3,
        "texts": 3,
        "regions": 0,
        "missing": 0,
        "writable": False,
        "indexing": None,
    }


def test_how_far_an_index_run_is(serving, tmp_path):
    client = serving(folder=tmp_path)
    with share_progress(str(tmp_path), None) as report:
        report(IndexProgress(found=10, done=4, skipped=0, encoded=4, seconds=1))
        indexing = client.get("/api/v1/collection").json()["indexing"]
        assert indexing == {"done": 4, "total": 10}
    assert client.get("/api/v1/collection").json()["indexing"] is None


def test_what_another_process_adds_is_seen(client, tmp_path, encoder):
    before = client.get("/api/v1/collection").json()
    assert len(search(client, {"text": "red"})["hits"]) == 3
    with Collection.open(tmp_path / "c.visavis", encoder) as other:
        other.add_image(_png(tmp_path / "more.png"))
    after = client.get("/api/v1/collection").json()
    assert after["generation"] > before["generation"]
    assert after["images"] == 4
    assert len(search(client, {"text": "red"})["hits"]) == 4


def _png(file):
    Image.new("RGB", (10, 10), (200, 0, 0)).save(file)
    return file


def test_map(client, collection, ids):
    drawn = client.get("/api/v1/map").json()
    assert {point["id"] for point in drawn["points"]} == set(ids.values())
    assert (drawn["sampled"], drawn["total"]) == (False, 6)
    places = np.array([[point["x"], point["y"]] for point in drawn["points"]])
    assert places.min() >= 0
    assert places.max() <= 1
    assert client.get("/api/v1/map").json() == drawn
    some = client.get("/api/v1/map?limit=2&modality=image").json()
    assert ([p["modality"] for p in some["points"]], some["sampled"]) == (["image"] * 2, True)
    assert some["total"] == 3


@pytest.mark.parametrize("asked", ["limit=0", "limit=x", "limit=20001", "modality=sound"])
def test_maps_that_cannot_be(client, asked):
    problem(client.get(f"/api/v1/map?{asked}"), 422)


def test_fields_have_few_values_and_no_paths(client):
    assert client.get("/api/v1/fields").json() == {
        "fields": [
            {"key": "lang", "values": [{"value": "fr", "count": 2}, {"value": "en", "count": 1}]}
        ]
    }


def test_fields_of_images_and_of_texts(client, collection):
    def keys(modality):
        fields = client.get(f"/api/v1/fields?modality={modality}").json()["fields"]
        return [field["key"] for field in fields]

    collection.add_text("red", metadata={"lang": "en"})
    assert keys("text") == ["lang"]
    assert "lang" not in keys("image")
    problem(client.get("/api/v1/fields?modality=sound"), 422, "modality")


def test_health(client):
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ok"}
    client.app.state.server.ready = False
    refused = problem(client.get("/health/ready"), 503)
    assert refused.headers["retry-after"]
    client.app.state.server.ready = True


class TestMigration:
    @pytest.fixture
    def migrated(self, collection, tmp_path):
        """Return a function that migrates the collection, as another process does."""

        def run(encoder):
            with Collection.open(tmp_path / "c.visavis", FakeEncoder()) as other:
                migrate(other.store, encoder)

        return run

    def test_the_collection_is_opened_again_with_its_new_model(self, serving, migrated, ids):
        new = FakeEncoder("other@2", 24)
        client = serving(model=new, write=True)
        before = client.get("/api/v1/collection").json()
        assert client.get("/api/v1/map").status_code == 200
        migrated(new)
        assert search(client, {"text": "red"})["hits"][0]["id"] == ids["red"]
        after = client.get("/api/v1/collection").json()
        assert (after["model"], after["dim"]) == ("other@2", 24)
        assert after["images"] == before["images"]
        assert len(client.get("/api/v1/map").json()["points"]) == len(ids)
        embedded = client.post("/api/v1/embed", json={"terms": [{"item": ids["red"]}]}).json()
        assert (embedded["model"], len(embedded["vector"])) == ("other@2", 24)
        assert client.post("/api/v1/items", json={"text": "vert"}).status_code == 201
        assert client.get("/health/ready").status_code == 200

    def test_all_routes_say_that_its_new_model_is_unknown(self, client, migrated, ids, tmp_path):
        migrated(FakeEncoder("other@2"))
        for _ in range(2):
            refused = [
                client.post("/api/v1/search", json={"terms": [{"text": "red"}]}),
                *(client.get(f"/api/v1/{route}") for route in ("collection", "map", "fields")),
                client.get(f"/api/v1/items/{ids['red']}"),
                client.get("/health/ready"),
            ]
            for response in refused:
                problem(response, 503, "migrated to model 'other@2'")
                assert str(tmp_path) not in response.text


def test_a_collection_that_cannot_be_read(client, collection):
    collection.close()
    response = client.get("/health/ready")
    assert response.status_code >= 500
    problem(response, response.status_code)
