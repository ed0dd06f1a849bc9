from __future__ import annotations

import json
from pathlib import Path

import pytest

from visavis.encoders.folder import check_new, drafting, write_description
from visavis.errors import ModelError

DESCRIPTION = {"dim": 8, "image": {"file": "image.onnx"}, "text": {"file": "text.onnx"}}


@pytest.fixture
def folder(tmp_path):
    """Networks and a tokenizer without a description."""
    for name in ("image.onnx", "text.onnx", "tokenizer.json", "words.bin"):
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("there", [False, True])
def test_a_draft_moves_into_the_folder_at_the_end(tmp_path, there):
    folder = tmp_path / "new" / "model"
    if there:
        folder.mkdir(parents=True)
        (folder / "log.txt").write_text("mine")
    with drafting(folder) as draft:
        (draft / "model.json").write_text("{}")
        (draft / "image.onnx").write_text("network")
        assert not (folder / "image.onnx").exists()
    assert (folder / "image.onnx").read_text() == "network"
    assert {path.name for path in folder.iterdir()} - {"log.txt"} == {"model.json", "image.onnx"}
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


@pytest.mark.parametrize("there", [False, True])
def test_an_exception_leaves_nothing_of_a_draft(tmp_path, there):
    folder = tmp_path / "model"
    if there:
        folder.mkdir()

    def fail():
        with drafting(folder) as draft:
            (draft / "model.json").write_text("{}")
            raise ModelError("vectors differ")

    with pytest.raises(ModelError, match="vectors differ"):
        fail()
    assert [path.name for path in tmp_path.rglob("*")] == (["model"] if there else [])


def test_the_description_moves_last(tmp_path, monkeypatch):
    moved = []

    def replace(path, target, replace=Path.replace):
        moved.append(path.name)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    with drafting(tmp_path / "model") as draft:
        for name in ("model.json", "text.onnx", "image.onnx"):
            (draft / name).touch()
    assert moved[-1] == "model.json"
    assert len(moved) == 3


def test_the_id_covers_name_networks_tokenizer_and_inputs(folder):
    def identity(name="small", **changes):
        return write_description(folder, name, DESCRIPTION | changes)

    first = identity()
    assert first.startswith("small@")
    assert json.loads((folder / "model.json").read_text())["id"] == first
    assert identity(licence="MIT") == first
    (folder / "words.bin").write_text("other vectors of words")
    assert identity() == first
    assert identity("large").partition("@")[2] == first.partition("@")[2]
    others = [identity(image={"file": "image.onnx", "resize": "squash"})]
    for name in ("image.onnx", "text.onnx", "tokenizer.json"):
        (folder / name).write_text("changed")
        others.append(identity())
    assert len({first, *others}) == 5


def test_a_folder_with_anything_in_it_is_not_new(tmp_path):
    check_new(tmp_path)
    check_new(tmp_path / "model")
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "file"):
        with pytest.raises(ModelError, match="not empty"):
            check_new(folder)
