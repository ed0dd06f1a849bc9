from __future__ import annotations

import pytest
from PIL import Image
from starlette.testclient import TestClient

from fakes import FakeEncoder
from visavis.collection import Collection
from visavis.server import KeyRing, Settings, create_app

COLOURS = ("red", "green", "blue")
PHRASES = (("a red thing", "en"), ("une chose verte vert", "fr"), ("bleu", "fr"))


@pytest.fixture
def photos(tmp_path):
    """A folder with an image of each colour, 60 x 40."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for colour in COLOURS:
        Image.new("RGB", (60, 40), colour).save(folder / f"{colour}.png")
    return folder


@pytest.fixture
def collection(tmp_path, photos):
    """Three images; three texts, of which the first is the caption of the red image."""
    with Collection.create(tmp_path / "c.visavis", FakeEncoder()) as collection:
        for colour in COLOURS:
            file = photos / f"{colour}.png"
            facts = {"name": file.name, "folder": str(photos), "width": 60, "height": 40}
            collection.add_image(file, metadata={**facts, "split": "train"})
        for number, (words, lang) in enumerate(PHRASES):
            image = {"image": str(photos / "red.png")} if not number else {}
            source = f"shapes:{photos}#red.png#{number}"
            collection.add_text(words, source, {"lang": lang, **image})
        yield collection


@pytest.fixture
def ids(collection):
    """Ids by colour, and by text."""
    found = collection.get([state.id for state in collection.store.sources().values()])
    return {item.text or item.metadata["name"].removesuffix(".png"): item.id for item in found}


@pytest.fixture
def serving(collection):
    """Return a function that serves the collection in this process, with settings."""
    running = []

    def serve(**settings):
        client = TestClient(
            create_app(collection, Settings(threads=2, **settings)), raise_server_exceptions=False
        )
        running.append(client.__enter__())
        return client

    yield serve
    for client in running:
        client.__exit__(None, None, None)


@pytest.fixture
def client(serving):
    return serving()


@pytest.fixture
def writer(serving, tmp_path):
    """A client that may write."""
    return serving(write=True, folder=tmp_path / "c.visavis")


@pytest.fixture
def ring(tmp_path):
    return KeyRing(tmp_path / "keys.json")
