from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from half_models import bundled_in_half
from tiny_models import photographs
from visavis.encoders import BUNDLED, load_encoder
from visavis.errors import ModelError
from visavis.training.export.static import IN_SINGLE, LEAST_CONVOLUTIONS, convolutional_nodes
from visavis.training.quantize import quantize

TEXTS = ["a dog", "un chien court sur la plage"]


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    """The bundled model with convolutions in integers, calibrated on three images."""
    folder = tmp_path_factory.mktemp("static") / "small"
    made = quantize(BUNDLED, folder, "int8-static", photographs(3), TEXTS, least=0.5)
    return folder, made


@pytest.mark.slow
def test_convolutions_multiply_integers_whose_sums_of_two_fit_16_bits(static):
    folder, made = static
    graph = onnx.load(folder / "image.onnx").graph
    stored = {each.name: each for each in graph.initializer}
    scaled = {
        node.output[0]: node.input for node in graph.node if node.op_type == "DequantizeLinear"
    }
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert len(convolutions) > 2 * IN_SINGLE
    for node in convolutions[IN_SINGLE:]:
        weight, scale, _ = (stored[name] for name in scaled[node.input[1]])
        assert weight.data_type == TensorProto.INT8
        values = np.abs(numpy_helper.to_array(weight).astype(int))
        pixelwise = values.shape[1] > 1
        both = values[:, ::2] + values[:, 1::2] if pixelwise else 2 * values
        assert both.max() <= 128  # times 255
        assert values.max() > (64 if pixelwise else 60)  # and no bit is left unused
        assert numpy_helper.to_array(scale).shape == (len(values),)
    assert made.images.mean_cosine > 0.999  # weights rounded to the nearest give less


@pytest.mark.slow
def test_the_text_network_stays_as_it_is(static):
    folder, _ = static
    small, bundled = load_encoder(folder), load_encoder()
    assert np.array_equal(small.encode_texts(TEXTS), bundled.encode_texts(TEXTS))


@pytest.mark.slow
def test_a_vector_does_not_depend_on_the_batch(static):
    folder, _ = static
    small, images = load_encoder(folder), photographs(5)
    alone = np.concatenate([small.encode_images([image]) for image in images])
    assert np.abs(small.encode_images(images) - alone).max() < 1e-5
    with_regions = small.encode_with_regions(images[:1])
    assert with_regions.shape[1] == 1 + len(small.regions)


@pytest.mark.slow
def test_convolutions_in_half_precision_are_quantized_as_those_in_bytes(static, tmp_path):
    source = bundled_in_half(tmp_path / "half")
    made = quantize(source, tmp_path / "small", "int8-static", photographs(3), TEXTS, least=0.5)
    assert made.images.megabytes[1] < 0.7 * made.images.megabytes[0]
    own, other = (
        [node.op_type for node in onnx.load(folder / "image.onnx").graph.node].count
        for folder in (static[0], tmp_path / "small")
    )
    for kind in ("Conv", "QuantizeLinear", "DequantizeLinear"):
        assert own(kind) == other(kind) > 50


def test_a_network_of_other_layers_is_refused():
    product = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    with pytest.raises(ModelError, match="has 0 convolutions: choose int8"):
        convolutional_nodes(onnx.helper.make_graph([product], "linear", [], []))


def test_additions_between_convolutions_belong_to_them():
    node, first = onnx.helper.make_node, LEAST_CONVOLUTIONS - 2
    graph = onnx.helper.make_graph(
        [
            *(node("Conv", [f"x{n}", "w"], [f"x{n + 1}"]) for n in range(first)),
            node("Clip", [f"x{first}", "low", "high"], ["x"]),
            node("Conv", ["x", "w"], ["a"]),
            node("Clip", ["a", "low", "high"], ["b"]),
            node("Conv", ["b", "w"], ["c"]),
            node("Add", ["b", "c"], ["d"]),
            node("Add", ["d", "bias"], ["e"]),
        ],
        "network",
        [],
        [],
    )
    chosen = convolutional_nodes(graph)
    outputs = [each.output[0] for each in graph.node if each.name in chosen]
    after_first = [f"x{n + 1}" for n in range(IN_SINGLE, first)]
    assert outputs == [*after_first, "x", "a", "b", "c", "d"]
