"""Two servers over one PostgreSQL, as in examples/cluster: neither keeps what the other needs."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml

from photographs import paint
from visavis.collection import Collection
from visavis.indexing import index

EXAMPLE = Path(__file__).parents[2] / "examples/cluster"


@pytest.fixture
def photos(tmp_path, postgresql_location):
    """The location of a collection of the bundled model in PostgreSQL."""
    for colour in ("red", "green", "blue"):
        paint(tmp_path / f"{colour}.png", colour, size=(60, 40))
    with Collection.create(postgresql_location) as collection:
        index(tmp_path, collection)
    return postgresql_location


@contextmanager
def server(location):
    """Run a server; yields the process and its address."""
    command = [sys.executable, "-m", "visavis", "serve", "--write", "--port", "0"]
    with subprocess.Popen(
        [*command, "--collection", location],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline()
            assert "Ctrl-C stops" in line, process.communicate()[1]
            yield process, line.split()[3]
        finally:
            process.kill()


def ask(address, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = Request(address + path, data, {"Content-Type": "application/json"})
    with urlopen(request, timeout=120) as response:
        return json.loads(response.read())


def found(address, words, modality="image"):
    answer = ask(
        address, "/api/v1/search", {"terms": [{"text": words}], "modality": modality, "k": 3}
    )
    return [(hit["id"], hit["score"], hit["relevance"]) for hit in answer["hits"]]


def test_both_answer_the_same(photos):
    with server(photos) as (one, first), server(photos) as (_, second):
        for address in (first, second):
            assert ask(address, "/health/ready") == {"status": "ok"}
        for words in ("a red square", "un carré bleu", "nothing of the sort"):
            assert len(found(first, words)) == 3
            assert found(first, words) == found(second, words)
        # What one adds, the other finds at once, and also when the first one has died.
        assert found(second, "a green square", "text") == []
        item = ask(first, "/api/v1/items", {"text": "a green square"})
        assert [hit[0] for hit in found(second, "a green square", "text")] == [item["id"]]
        one.kill()
        one.wait()
        assert ask(second, "/health/ready") == {"status": "ok"}
        assert [hit[0] for hit in found(second, "a green square", "text")] == [item["id"]]


def test_a_server_without_its_database_is_not_ready(photos):
    import psycopg

    with server(photos) as (_, address):
        assert ask(address, "/health/ready") == {"status": "ok"}
        base, _, schema = photos.rpartition("collection=")
        with psycopg.connect(base.rstrip("?&"), autocommit=True) as connection:
            connection.execute(f"ALTER SCHEMA {schema} RENAME TO elsewhere_{schema}")
            with pytest.raises(HTTPError, match="503"):
                ask(address, "/health/ready")
            assert ask(address, "/health/live") == {"status": "ok"}
            connection.execute(f"ALTER SCHEMA elsewhere_{schema} RENAME TO {schema}")
        assert ask(address, "/health/ready") == {"status": "ok"}


def test_the_example_is_what_the_text_says():
    services = yaml.safe_load((EXAMPLE / "compose.yaml").read_text("utf-8"))["services"]
    assert services.keys() == {"database", "server", "nginx"}
    assert services["server"]["deploy"]["replicas"] == 2
    port = 8000
    assert f"server server:{port};" in (EXAMPLE / "nginx.conf").read_text("utf-8")
    assert f":{port}/health/ready" in services["server"]["healthcheck"]["test"]
