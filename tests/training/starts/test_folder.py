"""Model folders learn as they are: the bundled model, and imported ones."""

from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from accelerate import Accelerator
from onnx import TensorProto, helper, numpy_helper

from visavis.encoders import load_encoder
from visavis.errors import TrainingError
from visavis.training.export.half import store_half
from visavis.training.export.int8 import store_convolutions, store_int8
from visavis.training.model import TwoTowers
from visavis.training.recipe import load_recipe
from visavis.training.run import fit, train
from visavis.training.stages import TrainStage
from visavis.training.starts import open_start
from visavis.training.starts.graph import GraphNetwork, read_graph, write_graph
from visavis.training.vocabulary import VocabularyTexts

STILL = ("training.rate=0", "training.backbone_rate=0", "training.text_rate=0", "training.decay=0")

pytestmark = pytest.mark.usefixtures("one_thread")


def recipe_of(model, *changes):
    short = ("training.batch=6", "training.epochs=1", "training.warmup=1")
    return load_recipe("finetune", [f"model={json.dumps(str(model))}", *short, *changes])


@torch.no_grad()
def test_the_bundled_model_gives_the_vectors_of_its_encoder(pictures):
    start, encoder = open_start(recipe_of("bundled"), {}), load_encoder(None)
    vocabulary = start.vocabulary(VocabularyTexts(()))
    model = TwoTowers(start.image, vocabulary.tower, start.similarity).eval()
    pixels = np.stack([encoder.prepare(path) for path in list(pictures.images.values())[:8]])
    expected = encoder.encode_images(list(pixels))
    np.testing.assert_allclose(model.image(torch.from_numpy(pixels)), expected, atol=1e-5)
    texts = [caption.text for caption in pictures.captions]
    found = model.encode_texts(vocabulary.tokens(texts))
    np.testing.assert_allclose(found, encoder.encode_texts(texts), atol=1e-5)


def test_a_bundled_tower_that_is_locked_stays_as_it_is_in_its_file(pictures, tmp_path):
    recipe = recipe_of("bundled", "training.locked=image", "training.text_rate=1e-3")
    train(recipe, pictures, tmp_path / "model")
    own, new = (load_encoder(each) for each in (None, tmp_path / "model"))
    assert new.id != own.id
    assert (new.folder / "image.onnx").stat().st_size == (own.folder / "image.onnx").stat().st_size
    images = list(pictures.images.values())[:4]
    assert np.array_equal(own.encode_images(images), new.encode_images(images))
    assert new.encode_with_regions(images).shape == own.encode_with_regions(images).shape
    about = json.loads((tmp_path / "model" / "model.json").read_text("utf-8"))
    assert about["source"] == own.id
    assert len(about["text_mean"]) == about["dim"]
    assert set(own.languages) <= set(about["languages"])
    assert own.info.known_words <= set(about["known_words"])


@pytest.mark.slow
@pytest.mark.parametrize("changes", [STILL, ("training.rate=1e-3",)], ids=["unchanged", "trained"])
def test_the_bundled_model_is_written_back(changes, pictures, tmp_path, monkeypatch):
    evaluate = (
        TrainStage._evaluate
    )  # what is learned is kept, though the model may have been better
    monkeypatch.setattr(TrainStage, "_evaluate", lambda *given, epoch=1: epoch and evaluate(*given))
    result = train(recipe_of("bundled", *changes), pictures, tmp_path / "model")
    own, new = (load_encoder(each) for each in (None, tmp_path / "model"))
    texts = [caption.text for caption in pictures.captions]
    same = np.allclose(own.encode_texts(texts), new.encode_texts(texts), atol=1e-5)
    assert same == (changes == STILL)
    assert result.figures


def small_graph(operator="Relu"):
    rng = np.random.default_rng(0)
    table = rng.integers(-127, 128, (5, 4)).astype(np.int8)
    table[:, 0] = 127
    constants = {
        "table": table,
        "table_scale": rng.uniform(0.001, 0.01, (5, 1)).astype(np.float16),
        "weight": rng.normal(size=(4, 3)).astype(np.float16),
        "bias": rng.normal(size=4).astype(np.float32),
        "two": np.array(2.0, np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["bytes"]),
        helper.make_node("Gather", ["table_scale", "ids"], ["halves"]),
        helper.make_node("Cast", ["bytes"], ["values"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["halves"], ["scales"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["values", "scales"], ["rows"]),
        helper.make_node("Add", ["rows", "bias"], ["moved"]),
        helper.make_node(operator, ["moved"], ["above"]),
        helper.make_node("Cast", ["weight"], ["single"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["above", "single"], ["projected"]),
        helper.make_node("Mul", ["projected", "two"], ["vectors"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def run_onnx(model, ids):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"ids": ids.numpy()})[0]


def test_weights_are_found_and_written_in_their_own_precision():
    model, ids = small_graph(), torch.arange(5)
    network = GraphNetwork(model)
    assert set(network.keys) == {"table", "weight", "bias"}
    np.testing.assert_allclose(network(ids).detach(), run_onnx(model, ids), atol=1e-5)
    before = model.SerializeToString()
    network.write(model)
    assert model.SerializeToString() == before
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.1 * torch.randn_like(value))
    network.write(model)
    onnx.checker.check_model(model)
    np.testing.assert_allclose(network(ids).detach(), run_onnx(model, ids), atol=0.1)
    types = {each.name: each.data_type for each in model.graph.initializer}
    assert types["table"] == TensorProto.INT8
    assert types["weight"] == types["table_scale"] == TensorProto.FLOAT16


@pytest.mark.parametrize("half", [False, True])
def test_matrices_in_bytes_learn_and_are_written_in_bytes(half):
    rng = np.random.default_rng(0)
    steps = rng.integers(-126, 127, (40, 1100))
    steps[0] = 127
    matrix = (steps * rng.uniform(0.01, 0.02, (1, 1100))).astype(np.float32)
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node("MatMul", ["x", "matrix"], ["vectors"])],
            "small",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 40])],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", 1100])],
            [numpy_helper.from_array(matrix, "matrix")],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=10,
    )
    store_int8(model)
    if half:
        store_half(model)  # of so many scales
    network = GraphNetwork(model)
    assert set(network.keys) == {"matrix"}
    with torch.no_grad():
        network.learned[network.keys["matrix"]].mul_(2)
    network.write(model)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    x = rng.normal(size=(3, 40)).astype(np.float32)
    np.testing.assert_allclose(session.run(None, {"x": x})[0], 2 * x @ matrix, rtol=1e-2, atol=0.1)
    (stored,) = (each for each in model.graph.initializer if each.name == "matrix")
    assert stored.data_type == TensorProto.INT8


@pytest.mark.parametrize("learns", [False, True])
def test_convolutions_in_bytes_are_in_half_precision_once_they_learn(learns, tmp_path):
    rng = np.random.default_rng(0)
    steps = rng.integers(-126, 127, (1100, 3, 3, 3))
    steps[:, 1, 2, 0] = 127
    weights = (steps * rng.uniform(0.001, 0.01, (1100, 1, 1, 1))).astype(np.float32)
    bias = rng.normal(size=1100).astype(np.float32)  # large, in single precision: it stays so
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["maps"]),
        helper.make_node("GlobalAveragePool", ["maps"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Add", ["flat", "bias"], ["vectors"]),
    ]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "small",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 9, 9])],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", 1100])],
            [numpy_helper.from_array(weights, "kernel"), numpy_helper.from_array(bias, "bias")],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=10,
    )
    store_convolutions(model, ["kernel"])
    onnx.save(model, source := tmp_path / "image.onnx")
    network = read_graph(source)
    assert set(network.keys) == {"kernel", "bias"}
    if learns:
        with torch.no_grad():
            network.learned[network.keys["kernel"]].add_(0.01 * torch.rand(weights.shape))
    write_graph(network, source, target := tmp_path / "learned.onnx")
    types = {each.name: each.data_type for each in onnx.load(target).graph.initializer}
    assert types["kernel"] == (TensorProto.FLOAT16 if learns else TensorProto.INT8)
    assert types["bias"] == TensorProto.FLOAT
    x = rng.normal(size=(2, 3, 9, 9)).astype(np.float32)
    found = onnxruntime.InferenceSession(target.read_bytes()).run(None, {"x": x})[0]
    np.testing.assert_allclose(found, network(torch.from_numpy(x)).detach(), atol=1e-5)
    assert np.allclose(network.value("kernel"), weights, atol=1e-6) != learns


def test_an_operator_that_training_does_not_know():
    with pytest.raises(TrainingError, match="the operator Softsign, which training does not"):
        GraphNetwork(small_graph("Softsign"))


def test_settings_that_a_folder_cannot_take_are_named(pictures, tmp_path):
    accelerator = Accelerator(cpu=True)
    for change, message in (
        ("training.backbone_blocks=1", "there are no blocks"),
        ("image.lora=4", "lora: the tower has no blocks"),
        ("training.crop=64", "a pretrained model takes images of its own size"),
        ("training.chunk=1", "expected 0, or 2 images or more"),
    ):
        with pytest.raises(TrainingError, match=message):
            fit(recipe_of("bundled", change), pictures, tmp_path / "run", accelerator)
