from __future__ import annotations

import pytest

from hub.stand_in import serving
from visavis.errors import ModelError, UnknownNameError
from visavis.hub.weights import pull_weights


@pytest.fixture
def resnet(tmp_path):
    folder = tmp_path / "hub" / "microsoft" / "resnet-50"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    return folder


def test_weights_come_with_their_configuration(tmp_path, cache, monkeypatch, resnet):
    with serving(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        folder = pull_weights("resnet50")
    assert folder == cache / "weights" / "resnet50"
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert pull_weights("resnet50") == folder


def test_weights_that_are_not_there(tmp_path, cache, monkeypatch, resnet):
    (resnet / "model.safetensors").unlink()
    with serving(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(ModelError, match=r"no model\.safetensors there"):
            pull_weights("resnet50")


def test_a_name_nobody_has(cache):
    with pytest.raises(UnknownNameError, match="did you mean 'resnet50'"):
        pull_weights("resnet51")
