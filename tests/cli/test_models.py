import json
import shutil

import pytest
from PIL import Image

from hub.exports import DIM, make_export
from hub.stand_in import serving
from visavis.encoders import BUNDLED


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty cache, and a hub that holds the model tiny/clip."""
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    make_export(tmp_path / "hub" / "tiny" / "clip")
    with serving(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def test_a_pulled_model_indexes_and_searches_by_its_name(hub, shell, tmp_path):
    code, out, err = shell("models", "pull", "tiny/clip")
    assert (code, err) == (0, "")
    assert out.splitlines() == [str(tmp_path / "cache/models/clip"), "use it with --model clip"]
    for colour in ("red", "blue"):
        Image.new("RGB", (30, 20), colour).save(f"{colour}.png")
    assert shell("index", "red.png", "blue.png", "--model", "clip")[0] == 0
    code, out, _ = shell("search", "a red dog", "--model", "clip", "--json")
    assert len(json.loads(out)["hits"]) == 2
    assert json.loads(shell("stats", "--json")[1])["dim"] == DIM
    assert "made with model 'clip@" in shell.fails("search", "a dog")


def test_the_list_names_what_is_here_and_what_is_recommended(hub, shell):
    shell("models", "pull", "tiny/clip")
    rows = {row["name"]: row for row in json.loads(shell("models", "list", "--json")[1])}
    assert [name for name, row in rows.items() if row["here"]] == ["bundled", "clip"]
    assert [name for name, row in rows.items() if row["note"]] == ["siglip2-b32-256"]
    assert rows["clip"]["licence"] == "apache-2.0"
    code, out, _ = shell("models", "list")
    assert code == 0
    assert len(out.splitlines()) == 1 + len(rows)


def test_show_says_what_is_known(hub, shell):
    about = json.loads(shell("models", "show", "clip-b32")[1])["catalogue"]
    assert about["dim"] == 512
    assert {figure["source"] for figure in about["figures"]}
    about = json.loads(shell("models", "show", "bundled")[1])
    assert about["folder"] == str(BUNDLED)
    assert "did you mean 'clip-b32'" in shell.fails("models", "show", "clip-b33")


def test_remove_takes_only_what_was_pulled(hub, shell, tmp_path):
    shell("models", "pull", "tiny/clip")
    assert shell("models", "remove", "clip") == (0, "clip removed\n", "")
    assert not (tmp_path / "cache/models/clip").exists()
    assert "unknown pulled model 'clip'" in shell.fails("models", "remove", "clip")
    assert "unknown pulled model 'bundled'" in shell.fails("models", "remove", "bundled")
    assert "unknown pulled model '..'" in shell.fails("models", "remove", "..")
    assert (tmp_path / "cache").exists()


def test_remove_takes_what_a_pull_that_failed_has_left(hub, shell, tmp_path):
    hub.corrupt.add("onnx/vision_model.onnx")
    shell.fails("models", "pull", "tiny/clip")
    assert (tmp_path / "cache/models/.clip.part").is_dir()
    assert shell("models", "remove", "clip")[0] == 0
    assert list((tmp_path / "cache/models").iterdir()) == []


def test_quantize_says_what_it_costs(hub, shell, tmp_path):
    (tmp_path / "photos").mkdir()
    for colour in ("red", "blue"):
        Image.new("RGB", (30, 20), colour).save(f"photos/{colour}.png")
    (tmp_path / "texts.txt").write_text("a dog\n\nun chien\n")
    words = ("models", "quantize", "bundled", "--to", "fp16", "--images", "photos")
    code, out, err = shell(*words, "--texts", "texts.txt", "--out", "half")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[2:]] == ["images", "texts"]
    assert (tmp_path / "half" / "model.json").is_file()
    (tmp_path / "empty").mkdir()
    words = ("models", "quantize", "bundled", "--images", "empty", "--texts", "texts.txt")
    assert "no image that can be opened" in shell.fails(*words, "--out", "small")


def test_mistakes_are_one_line(hub, shell, tmp_path):
    assert "no such repository on the hub" in shell.fails("models", "pull", "tiny/nothing")
    assert "is not here yet: visavis models pull clip-b32" in shell.fails(
        "search", "a dog", "--model", "clip-b32"
    )
    assert "did you mean 'clip-b32'" in shell.fails("index", ".", "--model", "clip-b23")
    shutil.rmtree(tmp_path / "hub" / "tiny" / "clip" / "onnx")
    assert "import the model" in shell.fails("models", "pull", "tiny/clip")


def test_word_vectors_of_ones_own_are_unpacked(shell, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "v.txt").write_text("dog 1 2\n")
    assert shell("words", "pull", "v.txt", "--out", "w.txt") == (0, "w.txt\n", "")
    assert (tmp_path / "w.txt").read_text() == "dog 1 2\n"
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    assert "did you mean 'glove-6b-100d'" in shell.fails("words", "pull", "glove-6b")
