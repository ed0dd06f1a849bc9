from __future__ import annotations

import pytest

from hub.stand_in import serving
from visavis.errors import ModelError
from visavis.hub.source import fetch_source


@pytest.fixture
def repository(tmp_path, cache, monkeypatch):
    """A repository with more than is needed to import it."""
    folder = tmp_path / "hub" / "tiny" / "torch"
    names = [
        "config.json",
        "merges.txt",
        "spiece.model",
        "model.safetensors",
        "pytorch_model.bin",
        "tf_model.h5",
        "onnx/config.json",
        "2_Dense/pytorch_model.bin",
    ]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    with serving(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def test_what_is_needed_is_fetched_once(repository):
    folder = fetch_source("tiny/torch")
    found = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert found == [
        "2_Dense/pytorch_model.bin",
        "config.json",
        "merges.txt",
        "model.safetensors",
        "spiece.model",
    ]
    repository.asked.clear()
    assert fetch_source("tiny/torch") == folder
    assert repository.asked == []


def test_a_folder_is_taken_as_it_is(tmp_path):
    assert fetch_source(str(tmp_path)) == tmp_path


def test_mistakes_say_what_to_do(repository):
    with pytest.raises(ModelError, match="no such repository on the hub, or a private one"):
        fetch_source("tiny/nothing")
