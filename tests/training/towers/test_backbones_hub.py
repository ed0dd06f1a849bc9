"""Backbones from the hub, and what happens if it cannot serve them."""

from __future__ import annotations

import json
import re

import huggingface_hub.constants
import pytest

from hub.stand_in import _digest, _Handler, serving
from visavis.errors import TrainingError
from visavis.training.towers.backbones import open_backbone
from vision_models import saved, vit

NOBODY = "http://127.0.0.1:9"


class Handler(_Handler):
    """Lists the files of a revision as well."""

    def do_GET(self):  # noqa: N802 - http.server's name
        match = re.match(r"/api/models/([^/]+/[^/]+)/tree/", self.path)
        if not match:
            super().do_GET()
            return
        folder = self.server.root / match[1]
        files = [
            {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": _digest(path)}
            for path in sorted(folder.iterdir())
        ]
        self._answer(200, json.dumps(files).encode(), {"Content-Type": "application/json"})


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """The folder of `tiny/vit`, the only repository of a hub."""
    folder = saved(vit(), tmp_path / "hub" / "tiny" / "vit")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with serving(tmp_path / "hub") as hub:
        hub.RequestHandlerClass = Handler
        point(monkeypatch, hub.url)
        yield folder


def point(monkeypatch, url):
    """Make the hub's library behave as if HF_ENDPOINT had been `url` at import."""
    files = url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", url)
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", files)


def refusal(name, weights=""):
    with pytest.raises(TrainingError) as raised:
        open_backbone(name, weights)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_model_opened_before_opens_without_a_network(repository, monkeypatch):
    local = open_backbone(str(repository))
    assert open_backbone("tiny/vit").id == local.id
    point(monkeypatch, NOBODY)
    assert open_backbone("tiny/vit").id == local.id
    assert open_backbone(str(repository), weights="tiny/vit").id == local.id


def test_no_such_repository(repository):
    assert "tiny/other: no folder here, and not available from the hub" in refusal("tiny/other")
    assert "tiny/other: no folder here" in refusal("resnet50", weights="tiny/other")


def test_no_network(repository, monkeypatch):
    point(monkeypatch, NOBODY)
    assert "tiny/vit: no folder here, and not available from the hub" in refusal("tiny/vit")


def test_a_repository_without_weights(repository):
    (repository / "model.safetensors").unlink()
    assert "tiny/vit: cannot be loaded" in refusal("tiny/vit")
    assert "tiny/vit: holds no weights" in refusal("resnet50", weights="tiny/vit")


def test_a_repository_without_a_preprocessor_config(repository):
    (repository / "preprocessor_config.json").unlink()
    assert "no preprocessor_config.json" in refusal("tiny/vit")
