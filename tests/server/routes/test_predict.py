"""The contract of immich's machine-learning service, as its documentation and server use it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from server.client import problem

MODEL = "ViT-B-32__openai"


def entries(kind="visual", name=MODEL, **options):
    return json.dumps({"clip": {kind: {"modelName": name, "options": options}}})


def vector(response):
    """Return the vector of a response: a string, which photo servers give to their database."""
    assert response.status_code == 200, response.text
    assert isinstance(response.json()["clip"], str)
    return np.array(json.loads(response.json()["clip"]))


def test_an_image(client, collection, photos):
    file = photos / "red.png"
    response = client.post(
        "/predict", data={"entries": entries()}, files={"image": ("blob", file.read_bytes())}
    )
    found = vector(response)
    assert found.shape == (512,)
    assert found[:16] == pytest.approx(collection.vector(file), abs=1e-6)
    assert not found[16:].any()
    sizes = {key: response.json()[key] for key in ("imageHeight", "imageWidth")}
    assert sizes == {"imageHeight": 40, "imageWidth": 60}


def test_a_text(client, collection, photos):
    form = {"entries": entries("textual", language="fr"), "text": "une chose rouge"}
    # Without a file, a client may send the form as parts or as fields.
    response = client.post("/predict", files={name: (None, value) for name, value in form.items()})
    found = vector(response)
    assert found[:16] == pytest.approx(collection.vector("une chose rouge"), abs=1e-6)
    assert response.json().keys() == {"clip"}


def test_scores_are_those_of_the_collection(client, collection, photos):
    file = {"image": ("red.png", (photos / "red.png").read_bytes())}
    image = vector(client.post("/predict", data={"entries": entries()}, files=file))
    parts = {"entries": (None, entries("textual")), "text": (None, "red")}
    text = vector(client.post("/predict", files=parts))
    (hit,) = collection.search("red", 1)
    assert image @ text == pytest.approx(hit.score, abs=1e-6)


def test_the_models_own_name_leaves_vectors_as_they_are(client, collection):
    parts = {"entries": (None, entries("textual", "fake@1")), "text": (None, "red")}
    assert vector(client.post("/predict", files=parts)).shape == (16,)


def test_ping(client):
    response = client.get("/ping")
    assert (response.status_code, response.text) == (200, "pong")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"clip": {}}',
        '{"clip": {"visual": {}}}',
        '{"clip": {"audio": {"modelName": "a"}}}',
        '{"clip": {"visual": {"modelName": 3}}}',
        '{"facial-recognition": {"detection": {"modelName": "a"}}}',
        '{"clip": {"visual": {"modelName": "a"}}, "ocr": {"detection": {"modelName": "a"}}}',
        "[" * 100_000,
    ],
)
def test_other_tasks_are_refused(client, wrong):
    response = client.post("/predict", files={"entries": (None, wrong), "text": (None, "red")})
    problem(response, 422, "entries: expected one task")


def test_what_lacks_or_is_no_image(client):
    problem(client.post("/predict", files={"entries": (None, entries())}), 422, "'image'")
    parts = {"entries": (None, entries("textual")), "text": (None, " ")}
    problem(client.post("/predict", files=parts), 422, "'text'")
    parts["text"] = (None, "a" * 2001)
    problem(client.post("/predict", files=parts), 422, "2,001 characters")
    files = {"entries": (None, entries()), "image": ("blob", b"no image")}
    problem(client.post("/predict", files=files), 422)
    problem(client.post("/predict", json={}), 422, "entries: expected one task")


def test_keys_count_here_too(serving, ring):
    secret = ring.add("immich", "read")
    client = serving(keys=ring)
    parts = {"entries": (None, entries("textual")), "text": (None, "red")}
    problem(client.post("/predict", files=parts), 401)
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.post("/predict", files=parts, headers=headers).status_code == 200
    assert client.get("/ping").status_code == 200
