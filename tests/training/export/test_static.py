from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from tiny_models import photographs
from visavis.encoders import BUNDLED, load_encoder
from visavis.errors import ModelError
from visavis.training.export.static import IN_SINGLE, convolutional_nodes
from visavis.training.quantize import quantize

TEXTS = ["a dog", "un chien court sur la plage"]


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    """The bundled model with convolutions in integers, calibrated on six images."""
    folder = tmp_path_factory.mktemp("static") / "small"
    made = quantize(BUNDLED, folder, "int8-static", photographs(6), TEXTS, least=0.5)
    return folder, made


def test_convolutions_multiply_integers_of_seven_bits(static):
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
        values = numpy_helper.to_array(weight).astype(int)
        assert np.abs(values).max() <= 64  # two products with 0 to 255 fit 16 bits
        assert numpy_helper.to_array(scale).shape == (len(values),)
    assert made.images.megabytes[1] < 0.7 * made.images.megabytes[0]
    assert made.images.mean_cosine > 0.95


def test_the_text_network_stays_as_it_is(static):
    folder, _ = static
    small, bundled = load_encoder(folder), load_encoder()
    assert np.array_equal(small.encode_texts(TEXTS), bundled.encode_texts(TEXTS))


def test_a_vector_does_not_depend_on_the_batch(static):
    folder, _ = static
    small, images = load_encoder(folder), photographs(5)
    alone = np.concatenate([small.encode_images([image]) for image in images])
    assert np.abs(small.encode_images(images) - alone).max() < 1e-5
    with_regions = small.encode_with_regions(images[:1])
    assert with_regions.shape[1] == 1 + len(small.regions)


def test_a_network_of_other_layers_is_refused():
    product = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    with pytest.raises(ModelError, match="has 0 convolutions: choose int8"):
        convolutional_nodes(onnx.helper.make_graph([product], "linear", [], []))


def test_additions_between_convolutions_belong_to_them():
    node = onnx.helper.make_node
    graph = onnx.helper.make_graph(
        [
            *(node("Conv", [f"x{n}", "w"], [f"x{n + 1}"]) for n in range(IN_SINGLE)),
            node("Clip", [f"x{IN_SINGLE}", "low", "high"], ["x"]),
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
    assert outputs == ["a", "b", "c", "d"]
