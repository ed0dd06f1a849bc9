"""Weights in a second file give the same vectors, bit by bit."""

from __future__ import annotations

import shutil
from itertools import pairwise

import numpy as np
import onnx
import pytest

from visavis.encoders import OnnxEncoder
from visavis.encoders import weights as module
from visavis.encoders.resolve import BUNDLED
from visavis.encoders.weights import separate_weights


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGE", 1 << 20)
    shutil.copytree(BUNDLED, tmp_path / "model")
    return tmp_path / "model"


def vectors(folder, images=3):
    encoder = OnnxEncoder.open(folder)
    side = encoder.image_size
    pixels = np.random.default_rng(1).integers(0, 256, (images, side, side, 3), dtype=np.uint8)
    return encoder.encode_texts(["a dog on the beach", "un vélo"]), encoder.encode_images(pixels)


def test_vectors_stay_the_same(folder):
    before = vectors(folder)
    for name in ("image.onnx", "text.onnx"):
        network, weights = folder / name, folder / f"{name}.data"
        size = network.stat().st_size
        separate_weights(network)
        assert network.stat().st_size + weights.stat().st_size < 1.1 * size + 65536
        assert weights.stat().st_size > 1 << 20
    assert {path.name for path in folder.glob("*.onnx*")} == {
        "image.onnx",
        "image.onnx.data",
        "text.onnx",
        "text.onnx.data",
    }
    after = vectors(folder)
    for old, new in zip(before, after, strict=True):
        assert (old == new).all()
    onnx.checker.check_model(str(folder / "text.onnx"))


def test_weights_begin_where_a_file_can_be_mapped(folder):
    network = folder / "odd.onnx"
    sizes = [601, 807, 405]
    shapes = [list(pair) for pair in pairwise(sizes)]
    weights = [
        onnx.numpy_helper.from_array(np.ones(shape, np.float32), f"w{n}")
        for n, shape in enumerate(shapes)
    ]
    nodes = [
        onnx.helper.make_node("MatMul", [f"x{n}", f"w{n}"], [f"x{n + 1}"])
        for n in range(len(shapes))
    ]
    ends = [
        onnx.helper.make_tensor_value_info(f"x{n}", onnx.TensorProto.FLOAT, [1, size])
        for n, size in ((0, sizes[0]), (len(shapes), sizes[-1]))
    ]
    graph = onnx.helper.make_graph(nodes, "odd", ends[:1], ends[1:], weights)
    opsets = [onnx.helper.make_opsetid("", 18)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9), network)
    separate_weights(network)
    graph = onnx.load(network, load_external_data=False).graph
    places = [
        int(entry.value)
        for weight in graph.initializer
        for entry in weight.external_data
        if entry.key == "offset"
    ]
    assert len(places) == len(shapes)
    assert all(place % 4096 == 0 for place in places)


def test_what_has_two_files_or_is_small_stays(folder, monkeypatch):
    network = folder / "text.onnx"
    content = network.read_bytes()
    (folder / "text.onnx.data").write_bytes(b"")
    separate_weights(network)
    (folder / "text.onnx.data").unlink()
    monkeypatch.setattr(module, "LARGE", len(content) + 1)
    separate_weights(network)
    assert network.read_bytes() == content
    assert not (folder / "text.onnx.data").exists()


def test_what_cannot_be_loaded_stays(folder):
    network = folder / "text.onnx"
    network.write_bytes(b"not a network" * 200_000)
    separate_weights(network)
    assert {path.name for path in folder.glob("text.onnx*")} == {"text.onnx"}
