"""What docs/serve.md says is tried: its commands, its Python, its nginx configuration."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
from PIL import Image

from server.test_run import server
from visavis.collection import Collection
from visavis.encoders import load_encoder
from visavis.server import KeyRing

DOCS = Path(__file__).parents[2] / "docs" / "serve.md"
pytestmark = pytest.mark.slow


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", DOCS.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with `photo.jpg` and a collection."""
    folder = tmp_path_factory.mktemp("docs")
    Image.new("RGB", (300, 200), "navy").save(folder / "photo.jpg")
    with Collection.create(folder / "photos.visavis", load_encoder()) as collection:
        for colour in ("white", "black", "green", "navy"):
            Image.new("RGB", (90, 60), colour).save(folder / f"{colour}.png")
            collection.add_image(folder / f"{colour}.png", metadata={"name": f"{colour}.png"})
    return folder


@pytest.fixture(scope="module")
def calling(folder):
    """The environment that callers need, while a server runs."""
    place = folder / "photos.visavis"
    key = KeyRing(place / "keys.json").add("docs", "write")
    with server(place, "--write", "--allow-host", "photos.example.org") as (_, port):
        yield {**os.environ, "VISAVIS": f"http://127.0.0.1:{port}", "KEY": key}


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl(folder, calling):
    batch, *answers = [
        json.loads(
            subprocess.run(
                ["sh", "-c", block], cwd=folder, env=calling, check=True, capture_output=True
            ).stdout
        )
        for block in blocks("sh")
    ]
    assert [each["status"] for each in batch["results"]] == [201, 200]
    assert [len(answer["hits"]) for answer in answers[:2]] == [3, 3]
    assert answers[2]["metadata"]["album"] == "2026"
    assert answers[2]["source"] == "photo.jpg"


def test_python(calling):
    (program,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", program], env=calling, check=True, capture_output=True, text=True
    )
    assert len(done.stdout.splitlines()) == 3
    assert re.match(r"-?\d\.\d{3}  \w+", done.stdout)


@pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="needs nginx and openssl"
)
def test_nginx(tmp_path, calling):
    key = {"Authorization": f"Bearer {calling['KEY']}"}
    json_key = {**key, "Content-Type": "application/json"}
    with nginx(tmp_path, calling["VISAVIS"]) as ask:
        status, page = ask("GET", "/health/ready")
        assert (status, json.loads(page)) == (200, {"status": "ok"})
        assert ask("GET", "/metrics", headers=key)[0] == 404
        body = json.dumps({"terms": [{"text": "a dog"}], "k": 2})
        assert ask("POST", "/api/v1/search", body, {"Content-Type": "application/json"})[0] == 401
        same = {"Origin": "https://photos.example.org", "Sec-Fetch-Site": "same-origin"}
        status, found = ask("POST", "/api/v1/search", body, {**json_key, **same})
        assert (status, len(json.loads(found)["hits"])) == (200, 2)
        evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert ask("POST", "/api/v1/search", body, {**json_key, **evil})[0] == 403
        assert ask("POST", "/api/v1/search", " " * 20_000_000 + body, json_key)[0] == 200
        assert ask("POST", "/api/v1/search", " " * 29_000_000 + body, json_key)[0] == 413
    connection = HTTPConnection(calling["VISAVIS"].removeprefix("http://"))
    connection.request("GET", "/health/live", headers={"Host": "other.example.org"})
    assert connection.getresponse().status == 421
    connection.close()


@contextmanager
def nginx(folder, upstream):
    """Run nginx with the configuration of the docs; give a function that asks it."""
    (written,) = blocks("nginx")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=photos.example.org", "-keyout", "privkey.pem", "-out", "fullchain.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    changed = (
        written.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        .replace("/etc/letsencrypt/live/photos.example.org", str(folder))
        .replace("http://127.0.0.1:8000", upstream)
    )
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in paths)
    user = "user root;\n" if os.geteuid() == 0 else ""  # else it may not write in our folder
    logs = f"{user}pid {folder}/pid;\nerror_log {folder}/error.log;\n"
    http = f"http {{\naccess_log off;\n{temporary}{changed}}}\n"
    (folder / "nginx.conf").write_text(f"{logs}daemon off;\nevents {{}}\n{http}")
    context = ssl.create_default_context(cafile=folder / "fullchain.pem")
    context.check_hostname = False

    def ask(method, path, body=None, headers=()):
        connection = HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
        try:
            connection.request(method, path, body, {"Host": "photos.example.org", **dict(headers)})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    with subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"]) as process:
        try:
            wait_for(port)
            yield ask
        finally:
            process.terminate()


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError
