"""Pulling from a hub on this machine, and all that can go wrong with a far one."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from hub.exports import DIM, make_export, make_open_clip_export
from visavis.encoders import load_encoder
from visavis.errors import ModelError, UnknownNameError
from visavis.hub.pull import pull_model


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 50)


def fails(name="tiny/clip", **options):
    with pytest.raises(ModelError) as caught:
        pull_model(name, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_pulled_model_works_by_its_name(hub, cache):
    folder = pull_model("tiny/clip")
    assert folder == cache / "models" / "clip"
    encoder = load_encoder("clip")
    assert (encoder.dim, encoder.image_size, encoder.languages) == (DIM, 16, ("en", "fr"))
    image = Image.fromarray(np.arange(40 * 20 * 3, dtype=np.uint8).reshape(20, 40, 3))
    assert encoder.encode_images([image, image]).shape == (2, DIM)
    assert encoder.encode_texts(["a dog", "un chien sur la plage"]).shape == (2, DIM)


def test_vectors_are_those_of_the_networks_alone(hub, tmp_path):
    encoder = load_encoder(pull_model("tiny/clip"))
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    network = onnxruntime.InferenceSession(tmp_path / "hub/tiny/clip/onnx/vision_model.onnx")
    values = (pixels / 255 - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]
    values = values.transpose(2, 0, 1)[np.newaxis].astype(np.float32)
    (expected,) = network.run(None, {"pixel_values": values})[0]
    found = encoder.encode_images([Image.fromarray(pixels)])[0]
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=1e-6)
    network = onnxruntime.InferenceSession(tmp_path / "hub/tiny/clip/onnx/text_model.onnx")
    ids = np.array([[3, 4, 2]])  # a dog [END]
    (expected,) = network.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
    found = encoder.encode_texts(["a dog", "a dog on the beach " * 9])[0]
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=1e-6)


def test_what_is_known_stands_in_the_description(hub):
    about = json.loads((pull_model("tiny/clip") / "model.json").read_text())
    assert about["id"].startswith("clip@")
    assert len(about["text_mean"]) == about["dim"]
    assert about["licence"] == "apache-2.0"
    assert about["source"].startswith("tiny/clip@0123")
    assert about["image"]["interpolation"] == "bilinear"
    assert (about["text"]["max_tokens"], about["text"]["padding"]) == (9, "longest")


def test_once_pulled_no_network_is_needed(hub, monkeypatch):
    first = pull_model("tiny/clip")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert pull_model("tiny/clip") == first


def test_a_variant_has_a_folder_of_its_own(hub, cache, tmp_path):
    networks = tmp_path / "hub/tiny/clip/onnx"
    for side in ("vision", "text"):
        shutil.copy(networks / f"{side}_model.onnx", networks / f"{side}_model_int8.onnx")
    assert pull_model("tiny/clip", variant="int8") == cache / "models" / "clip-int8"
    assert "variants there: (none), int8" in fails(variant="q4")


def test_weights_beside_a_network_come_along(hub, tmp_path):
    (tmp_path / "hub/tiny/clip/onnx/text_model.onnx_data").write_bytes(b"weights")
    assert (pull_model("tiny/clip") / "onnx/text_model.onnx_data").read_bytes() == b"weights"


def test_a_download_that_breaks_off_is_resumed(hub):
    hub.cut["onnx/text_model.onnx"] = 100
    pull_model("tiny/clip")
    asked = [part for command, path, part in hub.asked if path.endswith("text_model.onnx")]
    assert "bytes=100-" in asked


def test_a_later_pull_goes_on_where_the_first_was_killed(hub, cache, monkeypatch):
    hub.cut["onnx/vision_model.onnx"] = 100
    monkeypatch.setattr("time.sleep", interrupt)  # before the library would try again
    with pytest.raises(KeyboardInterrupt):
        pull_model("tiny/clip")
    draft = cache / "models" / ".clip.part"
    assert [part.stat().st_size for part in draft.rglob("*.part")] == [100]
    hub.asked.clear()
    pull_model("tiny/clip")
    fetched = {
        path.rpartition("/")[2]: part for command, path, part in hub.asked if command == "GET"
    }
    assert fetched["vision_model.onnx"] == "bytes=100-"
    assert "text_model.onnx" not in fetched, "what was whole is not fetched again"
    assert not draft.exists()


def test_the_id_is_that_of_the_files_on_the_hub(hub, cache, tmp_path, monkeypatch):
    first = load_encoder(pull_model("tiny/clip")).id
    shutil.rmtree(cache / "models" / "clip")
    left = cache / "models" / ".clip.part" / "onnx" / "text_model.onnx.data"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of an attempt that was interrupted")
    monkeypatch.setattr("visavis.encoders.weights.LARGE", 0)
    folder = pull_model("tiny/clip")
    name = "onnx/vision_model.onnx"
    assert (folder / name).read_bytes() != (tmp_path / "hub/tiny/clip" / name).read_bytes()
    assert load_encoder(folder).id == first, "however ONNX Runtime has written the networks"


def interrupt(_):
    raise KeyboardInterrupt


def test_a_download_that_never_gets_anywhere(hub):
    hub.cut["onnx/text_model.onnx"] = 0
    message = fails()
    assert "the download ended early" in message
    assert message.endswith("pull again to resume")


@pytest.mark.parametrize("name", ["onnx/vision_model.onnx", "config.json"])
def test_a_file_that_differs_is_not_kept(hub, cache, name):
    hub.corrupt.add(name)
    assert f"tiny/clip: {name} differs from what the hub announced (wrong checksum)" in fails()
    assert not (cache / "models" / "clip").exists()
    hub.corrupt.clear()
    assert load_encoder(pull_model("tiny/clip")).encode_texts(["a dog"]).shape == (1, DIM)


@pytest.mark.parametrize("name", ["tokenizer.json", "preprocessor_config.json"])
def test_a_repository_without_a_file_that_is_needed(hub, tmp_path, name):
    (tmp_path / "hub/tiny/clip" / name).unlink()
    assert f"no {name} there" in fails()
    assert "import the model" in fails()


def test_a_repository_without_networks(hub, tmp_path):
    shutil.rmtree(tmp_path / "hub/tiny/clip/onnx")
    assert "no onnx/vision_model.onnx and onnx/text_model.onnx; import the model" in fails()


def test_networks_of_another_kind(hub, tmp_path):
    make_export(tmp_path / "hub/tiny/odd", images="features")
    assert "vision_model.onnx: no output called image_embeds or pooler_output" in fails("tiny/odd")
    make_export(tmp_path / "hub/tiny/two", text_dim=7)
    assert "images have 64 dimensions and texts 7" in fails("tiny/two")


def test_no_network(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    message = fails()
    assert "tiny/clip: the hub cannot be reached" in message
    assert "check the network" in message


def test_a_hub_in_trouble(hub):
    hub.status = 500
    assert "status 500; try again later" in fails()


def test_no_space(hub, monkeypatch, cache):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    message = fails()
    assert "0 MB free; make room, or set VISAVIS_CACHE to another folder" in message
    assert not (cache / "models" / "clip").exists()


def test_a_disk_that_fills_up_meanwhile(hub, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("visavis.hub.repository._http_get", lambda: full)
    assert "the disk is full; make room" in fails()


def test_a_private_repository_needs_a_token(hub, monkeypatch):
    hub.tokens = {"secret"}
    assert "set HF_TOKEN to a token that may read it" in fails()
    monkeypatch.setenv("HF_TOKEN", "wrong")
    assert "set HF_TOKEN" in fails()
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert pull_model("tiny/clip").is_dir()


def test_a_repository_that_is_not_there(hub):
    assert "tiny/nothing: no such repository on the hub" in fails("tiny/nothing")
    assert "is not the name of a repository" in fails("a/b/c")


def test_a_name_nobody_has(cache):
    with pytest.raises(UnknownNameError, match="did you mean 'clip-b32'"):
        pull_model("clip-b33")
    assert "visavis models import clip-b32-multilingual --out" in fails("clip-b32-multilingual")


def test_the_layout_of_open_clip_gives_the_same_vectors(hub, tmp_path):
    make_open_clip_export(tmp_path / "hub" / "tiny" / "open")
    plain, other = load_encoder(pull_model("tiny/clip")), load_encoder(pull_model("tiny/open"))
    pixels = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    np.testing.assert_allclose(
        other.encode_images(list(pixels)), plain.encode_images(list(pixels)), atol=1e-6
    )
    texts = ["a dog", "un chien sur la plage", "red"]
    np.testing.assert_allclose(other.encode_texts(texts), plain.encode_texts(texts), atol=1e-6)
    assert other.info.text.batch == 1
    assert other.info.details["text"]["padding"] == "limit"


def test_a_layout_of_open_clip_that_lacks_a_file(hub, tmp_path):
    folder = make_open_clip_export(tmp_path / "hub" / "tiny" / "open")
    (folder / "visual" / "preprocess_cfg.json").unlink()
    assert "no visual/preprocess_cfg.json there" in fails("tiny/open")


def test_a_name_that_would_lead_elsewhere_is_left_alone():
    from visavis.hub.layouts import find_layout
    from visavis.hub.repository import RemoteFile, Repository

    networks = ["onnx/vision_model.onnx", "onnx/text_model.onnx"]
    names = [*networks, "config.json", "preprocessor_config.json", "tokenizer.json"]
    evil = ["onnx/text_model.onnx/../../../evil", "onnx/text_model.onnx\\..\\evil"]
    files = {name: RemoteFile(name, 1, "") for name in [*names, "onnx/text_model.onnx_data", *evil]}
    layout = find_layout(Repository("tiny/evil", "main", files, (), ""), "")
    assert set(layout.files) == {*names, "onnx/text_model.onnx_data"}
