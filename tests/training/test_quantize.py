from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from tiny_models import photographs
from visavis.encoders import BUNDLED, load_encoder
from visavis.errors import ModelError
from visavis.training.quantize import quantize

TEXTS = ["a dog", "un chien court sur la plage", "two men in the snow", "une femme à vélo"]


def test_int8_multiplies_integers_and_is_close_to_the_original(tmp_path):
    made = quantize(BUNDLED, tmp_path / "small", "int8", photographs(4), TEXTS, least=0.9)
    assert made.texts.megabytes[1] < 1.02 * made.texts.megabytes[0]  # which is in bytes already
    nodes = onnx.load(tmp_path / "small" / "text.onnx").graph.node
    assert any(node.op_type == "MatMulInteger" for node in nodes)
    assert min(made.images.lowest_cosine, made.texts.lowest_cosine) > 0.95
    assert made.images.lowest_cosine <= made.images.mean_cosine
    assert min(*made.images.per_second, *made.texts.per_second) > 0
    small, bundled = load_encoder(tmp_path / "small"), load_encoder()
    assert small.id == made.id != bundled.id
    assert small.languages == bundled.languages
    found = np.sum(small.encode_texts(TEXTS) * bundled.encode_texts(TEXTS), axis=1)
    assert found.min() == pytest.approx(made.texts.lowest_cosine, abs=1e-5)


def test_int8_vectors_do_not_depend_on_the_batch(tmp_path):
    quantize(BUNDLED, tmp_path / "small", "int8", photographs(2), TEXTS, least=0.9)
    small, images = load_encoder(tmp_path / "small"), photographs(5)
    alone = np.concatenate([small.encode_images([image]) for image in images])
    assert np.array_equal(small.encode_images(images), alone)
    alone = np.concatenate([small.encode_texts([text]) for text in TEXTS])
    assert np.array_equal(small.encode_texts(TEXTS), alone)


@pytest.mark.parametrize("precision", ["int8", "fp16"])
def test_convolutions_in_bytes_stay_so(precision, tmp_path):
    made = quantize(BUNDLED, tmp_path / "small", precision, photographs(2), TEXTS, least=0.9)
    assert made.images.lowest_cosine > 0.98
    stored = onnx.load(tmp_path / "small" / "image.onnx").graph.initializer
    assert sum(w.data_type == TensorProto.INT8 and len(w.dims) == 4 for w in stored) > 50


def test_fp16_barely_changes_vectors(tmp_path):
    made = quantize(BUNDLED, tmp_path / "half", "fp16", photographs(2), TEXTS, least=0.999)
    assert made.images.lowest_cosine > 0.9999
    about = json.loads((tmp_path / "half" / "model.json").read_text())
    assert about["made_from"] == load_encoder().id
    assert about["precision"] == "fp16"
    assert about.keys().isdisjoint({"figures", "relevance"}), "measured with the original"


def test_a_model_too_far_from_the_original_is_not_written(tmp_path):
    with pytest.raises(
        ModelError, match=r"lowest cosine to the original 0\.9\d+, expected 0\.99999"
    ):
        quantize(BUNDLED, tmp_path / "small", "int8", photographs(2), TEXTS, least=0.99999)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ModelError, match="not empty"):
        quantize(BUNDLED, tmp_path, "int8", photographs(1), TEXTS)
