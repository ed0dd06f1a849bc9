"""The server keeps what its OpenAPI document promises, and refuses what that does not allow."""

from __future__ import annotations

import threading
import time

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from PIL import Image
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from fakes import FakeEncoder
from visavis.collection import Collection
from visavis.server import KeyRing, Settings, create_app
from visavis.server.run import listen, url_of

EXAMPLES = 25
OPERATIONS = [
    ("GET", "/api/v1/changes"),
    ("GET", "/api/v1/collection"),
    ("GET", "/api/v1/duplicates"),
    ("GET", "/api/v1/fields"),
    ("GET", "/api/v1/items"),
    ("GET", "/api/v1/items/{id}"),
    ("GET", "/api/v1/items/{id}/image"),
    ("GET", "/api/v1/items/{id}/original"),
    ("GET", "/api/v1/items/{id}/thumbnail"),
    ("GET", "/api/v1/map"),
    ("GET", "/api/v1/timeline"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("PATCH", "/api/v1/items"),
    ("PATCH", "/api/v1/items/{id}"),
    ("POST", "/api/v1/describe"),
    ("POST", "/api/v1/download"),
    ("POST", "/api/v1/embed"),
    ("POST", "/api/v1/items"),
    ("POST", "/api/v1/items/batch"),
    ("POST", "/api/v1/search"),
    ("POST", "/api/v1/thumbnails"),
    ("DELETE", "/api/v1/items/{id}"),
]
ENDLESS = ("GET", "/api/v1/events")
"""Has a test of its own: its answer has no end."""
# No schema can say that a string is an image, that a condition makes sense, or that terms do
# not cancel out: such requests fit the document and are still refused with 422.
EXCLUDED = [positive_data_acceptance]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server in a thread: the document, and a key that may do all."""
    folder = tmp_path_factory.mktemp("contract")
    ring = KeyRing(folder / "keys.json")
    key = ring.add("test", "write")
    with Collection.create(folder / "c", FakeEncoder()) as collection:
        for colour in ("red", "green"):
            Image.new("RGB", (60, 40), colour).save(folder / f"{colour}.png")
            collection.add_image(folder / f"{colour}.png")
        collection.add_text("a red thing")
        app = create_app(
            collection, Settings(keys=ring, write=True, folder=folder / "c", threads=2)
        )
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        with listen("127.0.0.1", 0) as listener:
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            while not server.started:
                time.sleep(0.01)
            url = url_of(listener)
            schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json")
            schema.config.generation.update(allow_extra_parameters=False)  # they are ignored
            yield schema, key
            server.should_exit = True
            thread.join()


def test_every_operation_is_listed_here(served):
    schema, _ = served
    found = {(each.ok().method.upper(), each.ok().path) for each in schema.get_all_operations()}
    assert found == {*OPERATIONS, ENDLESS}


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_contract(served, method, path, mode):
    schema, key = served
    if mode == GenerationMode.NEGATIVE and "health" in path:
        return  # there is nothing to get wrong

    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case):
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=EXCLUDED)

    check()
