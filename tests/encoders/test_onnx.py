"""Model folders on ONNX Runtime; what all encoders promise is in `test_contract.py`."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from onnx import load, numpy_helper, save
from PIL import Image

from visavis.encoders import BUNDLED, load_encoder, onnx
from visavis.encoders.regions import STANDARD_REGIONS
from visavis.errors import ModelError


@pytest.fixture(scope="module")
def bundled():
    return load_encoder()


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    sizes = [(40, 60), (224, 224), (300, 100)]
    return [Image.fromarray(rng.integers(0, 256, (h, w, 3), dtype=np.uint8)) for w, h in sizes]


TEXTS = ["a dog", "un chien qui court sur la plage avec un ballon rouge", "", "!!!", "a dog"]


def test_regions_are_encoded_as_many_at_a_time_as_full_images(
    bundled, images, tmp_path, monkeypatch
):
    """Dynamic quantization scales by what stands in a batch: there, an image goes alone."""
    folder = shutil.copytree(BUNDLED, tmp_path / "alone")
    description = json.loads((folder / "model.json").read_text())
    description["image"]["batch"] = 1
    (folder / "model.json").write_text(json.dumps(description))
    alone, counts = load_encoder(folder), []
    run = alone._run

    def counted(session, names, inputs):
        counts.append(len(next(iter(inputs.values()))))
        return run(session, names, inputs)

    monkeypatch.setattr(alone, "_run", counted)
    alone.encode_images(images)
    alone.encode_with_regions(images)
    assert counts == [1] * 6


def test_several_images_are_divided_among_cores_in_their_order(images, monkeypatch):
    monkeypatch.setattr(onnx, "core_count", lambda: 2)
    encoder, counts, seven = load_encoder(), [], [*images, *images, images[1]]
    run = encoder._run

    def counted(session, names, inputs):
        counts.append(len(next(iter(inputs.values()))))
        return run(session, names, inputs)

    monkeypatch.setattr(encoder, "_run", counted)
    together = encoder.encode_images(seven), encoder.encode_with_regions(seven)
    assert sorted(counts) == [3, 3, 4, 4]
    for encode, found in zip(
        (encoder.encode_images, encoder.encode_with_regions), together, strict=True
    ):
        alone = np.concatenate([encode([each]) for each in seven])
        assert np.allclose(found, alone, atol=1e-5)


def test_regions_are_computed_only_when_asked_for(bundled, images):
    network = onnx.open_session(str(BUNDLED / "image.onnx"))
    pixels = np.stack([bundled.prepare(image) for image in images])
    vectors, regions = network.run(None, {network.get_inputs()[0].name: pixels})
    assert vectors.shape == (3, bundled.dim)
    assert regions.shape == (3, 0, bundled.dim)


def test_a_network_that_always_gives_regions(bundled, images, tmp_path):
    """As earlier versions exported it."""
    folder = shutil.copytree(BUNDLED, tmp_path / "old")
    network = load(folder / "image.onnx")
    (count,) = (each for each in network.graph.input if each.name == onnx.COUNT_INPUT)
    network.graph.input.remove(count)
    (default,) = (each for each in network.graph.initializer if each.name == onnx.COUNT_INPUT)
    default.CopyFrom(numpy_helper.from_array(np.array([1 + len(bundled.regions)]), default.name))
    save(network, folder / "image.onnx")
    old = load_encoder(folder)
    assert np.allclose(
        old.encode_with_regions(images), bundled.encode_with_regions(images), atol=1e-5
    )
    assert np.allclose(old.encode_images(images), bundled.encode_images(images), atol=1e-5)


def test_a_model_without_regions_is_given_crops(bundled, images, tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "old")
    description = json.loads((folder / "model.json").read_text())
    del description["image"]["windows"]
    (folder / "model.json").write_text(json.dumps(description))
    old = load_encoder(folder)
    vectors = old.encode_with_regions(images)
    assert vectors.shape == (3, 1 + len(STANDARD_REGIONS), bundled.dim)
    pixels = old.prepare(images[1])
    half = bundled.image_size // 2
    part = Image.fromarray(pixels[:half, :half])
    expected = bundled.encode_images([images[1], part])
    assert np.allclose(vectors[1, :2], expected, atol=1e-5)


def test_a_text_of_ten_thousand_words_is_its_beginning(bundled):
    words = ["a", "dog", "on", "the", "beach"]
    long, cut = bundled.encode_texts([" ".join(words * 2000), " ".join(words * 20)])
    assert np.allclose(long, cut, atol=1e-6)


def test_threads_share_one_encoder_and_load_it_once(monkeypatch):
    opened = []
    real = onnx.open_session
    monkeypatch.setattr(onnx, "open_session", lambda path: opened.append(path) or real(path))
    fresh = load_encoder()
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: fresh.encode_texts(TEXTS[:2]), range(16)))
    assert all(np.array_equal(vectors, found[0]) for vectors in found)
    assert len(opened) == 1


def test_the_bundled_model_reads_both_languages(bundled):
    english = bundled.encode_texts(["a dog running in the snow", "two men on a beach"])
    french = bundled.encode_texts(["un chien court dans la neige", "deux hommes sur une plage"])
    assert (english @ french.T).argmax(axis=1).tolist() == [0, 1]


def test_the_bundled_model_is_small_and_documented():
    files = list(BUNDLED.iterdir())
    assert sum(file.stat().st_size for file in files) <= 24_000_000
    assert {file.name for file in files} >= {
        "MODEL_CARD.md",
        "image.onnx",
        "model.json",
        "text.onnx",
        "tokenizer.json",
    }


def copy_without(tmp_path, name):
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED, folder)
    (folder / name).unlink()
    return folder


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere is not a model folder: no model\.json"):
        load_encoder(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["text.onnx", "tokenizer.json"])
def test_a_missing_file_is_named_when_it_is_needed(tmp_path, name, images):
    encoder = load_encoder(copy_without(tmp_path, name))
    assert len(encoder.encode_images(images)) == 3, "the image side needs no text files"
    with pytest.raises(ModelError, match=f"not a complete model folder: no {name}"):
        encoder.encode_texts(["a dog"])


def test_a_damaged_network_is_named(tmp_path):
    folder = copy_without(tmp_path, "text.onnx")
    (folder / "text.onnx").write_bytes(b"not a network")
    with pytest.raises(ModelError, match=r"text\.onnx: cannot be loaded"):
        load_encoder(folder).encode_texts(["a dog"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "not a model of format 1"),
        ({"dim": "many"}, "malformed"),
        ({"image": {}}, "'file' is missing"),
        ({"text_mean": [1.0, 2.0]}, "text_mean, 256 numbers, is missing or malformed"),
        ({"text_mean": [None] * 256}, "text_mean, 256 numbers, is missing or malformed"),
        ({"known_words": "giraffe"}, "known_words, a list of words, is missing or malformed"),
        ({"known_words": [1]}, "known_words, a list of words, is missing or malformed"),
    ],
)
def test_a_description_that_cannot_be_used_is_refused(tmp_path, change, message):
    details = json.loads((BUNDLED / "model.json").read_text()) | change
    (tmp_path / "model.json").write_text(json.dumps(details))
    with pytest.raises(ModelError, match=message):
        load_encoder(tmp_path)


def test_a_description_that_is_not_json_is_refused(tmp_path):
    (tmp_path / "model.json").write_text("{")
    with pytest.raises(ModelError, match="not valid JSON"):
        load_encoder(tmp_path)
