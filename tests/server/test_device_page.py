from __future__ import annotations

import hashlib
import json

import pytest
from starlette.testclient import TestClient

from visavis.encoders.resolve import BUNDLED
from visavis.errors import VisavisError
from visavis.server import create_app, device_page


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "device"
    monkeypatch.setattr(device_page, "FOLDER", folder)
    return folder


@pytest.fixture
def built(folder):
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>visavis</title>")
    return folder


def test_the_page_may_run_wasm_and_nothing_else_may(built, collection):
    with TestClient(create_app(collection)) as client:
        assert client.get("/device", follow_redirects=False).headers["location"] == "device/"
        page = client.get("/device/")
        assert "<title>visavis</title>" in page.text
        assert "'wasm-unsafe-eval'" in page.headers["content-security-policy"]
        for path in ("/", "/api/v1/collection", "/devices"):
            assert "unsafe" not in client.get(path).headers["content-security-policy"]


def test_files_of_the_model_are_found_by_their_hashes(built, collection):
    with TestClient(create_app(collection)) as client:
        model = client.get("/device/device.json").json()["model"]
        assert model["id"] == json.loads((BUNDLED / "model.json").read_text())["id"]
        for name, file in model["files"].items():
            answer = client.get(f"/device/{file['url']}")
            assert answer.content == (BUNDLED / name).read_bytes()
            assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
            assert "immutable" in answer.headers["cache-control"]
        assert client.get("/device/model/0000000000000000/image.onnx").status_code == 404
        assert client.get("/device/model/0000000000000000/secret").status_code == 404


def test_a_page_that_was_not_built_says_so(folder, collection, tmp_path):
    with TestClient(create_app(collection)) as client:
        answer = client.get("/device/")
    assert (answer.status_code, answer.text) == (404, device_page.NOT_BUILT)
    with pytest.raises(VisavisError, match="make device-page"):
        device_page.write_site(tmp_path / "site")


def test_a_site_for_any_host_has_all_files(built, tmp_path):
    size = device_page.write_site(tmp_path / "site")
    listing = json.loads((tmp_path / "site/device.json").read_text())
    for name, file in listing["model"]["files"].items():
        assert (tmp_path / "site" / file["url"]).read_bytes() == (BUNDLED / name).read_bytes()
    assert (tmp_path / "site/index.html").is_file()
    assert size > sum(file["bytes"] for file in listing["model"]["files"].values())
