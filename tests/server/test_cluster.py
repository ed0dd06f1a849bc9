"""Two servers over one PostgreSQL, as in examples/cluster: neither keeps what the other needs."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
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


@contextmanager
def nginx(folder, *servers):
    """Run nginx by the example's file over servers at these addresses; yields its own address."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("nginx is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = "".join(f"server {address.removeprefix('http://')};" for address in servers)
    site = (EXAMPLE / "nginx.conf").read_text("utf-8")
    site = re.sub(r"server server:8000;.*", names, site).replace("listen 80;", f"listen {port};")
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body;\n"
        f"proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;"
        f"scgi_temp_path {folder}/s;\n{site} }}",
        "utf-8",
    )
    with subprocess.Popen(
        [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    ) as process:
        try:
            for _ in range(300):
                assert process.poll() is None, (folder / "errors").read_text()
                with socket.socket() as trial:
                    if trial.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.mark.slow
def test_nginx_passes_requests_to_the_one_that_is_left(photos, tmp_path):
    with (
        server(photos) as (one, first),
        server(photos) as (other, second),
        nginx(tmp_path, first, second) as address,
    ):
        assert ask(address, "/health/ready") == {"status": "ok"}
        expected = found(first, "a red square")
        assert [found(address, "a red square") for _ in range(6)] == [expected] * 6
        added = ask(address, "/api/v1/items", {"text": "a green square"})
        one.kill()
        one.wait()
        for _ in range(6):
            assert [hit[0] for hit in found(address, "a green square", "text")] == [added["id"]]
        other.kill()
        other.wait()
        with pytest.raises(HTTPError, match="502"):
            ask(address, "/health/ready")


def test_the_example_is_what_the_text_says():
    services = yaml.safe_load((EXAMPLE / "compose.yaml").read_text("utf-8"))["services"]
    assert services.keys() == {"database", "server", "nginx"}
    assert services["server"]["deploy"]["replicas"] == 2
    port = 8000
    assert f"server server:{port};" in (EXAMPLE / "nginx.conf").read_text("utf-8")
    assert f":{port}/health/ready" in services["server"]["healthcheck"]["test"]
