from pathlib import Path

import finished
import numpy as np
import onnx
import pytest
import torch
from finished import LATER, read_weights, weights_of
from onnx import TensorProto, helper, numpy_helper

from visavis.training.model import DualEncoder
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower

WORDS = 50


def dual(seed, **text):
    torch.manual_seed(seed)
    return DualEncoder(ImageTower(16, classes=5), TextTower(WORDS, 16, **text))


@pytest.fixture
def stored(monkeypatch):
    """The weights that each file of a finished model holds; later parts of the image are absent."""
    model = dual(1)
    sides = {}
    for side in ("image", "text"):
        own = getattr(model, side).state_dict()
        sides[f"{side}.onnx"] = {n: v for n, v in own.items() if n.partition(".")[0] not in LATER}
    monkeypatch.setattr(finished, "weights_of", lambda path: sides[path.name])
    return sides


def test_weights_are_found_by_the_names_they_had(tmp_path):
    weight, bias = np.arange(6, dtype=np.float16).reshape(2, 3), np.ones(3, np.float32)
    kernel = np.full((1, 1, 3, 3), 2, np.float32)
    stored = {"val_1": weight, "tower.project.bias": bias, "tower.stem.weight": kernel}
    nodes = [
        helper.make_node("Cast", ["val_1"], ["single"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["x", "single"], ["product"]),
        helper.make_node("Add", ["product", "tower.project.bias"], ["y"]),
    ]
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])
        for name, size in (("x", 2), ("y", 3))
    )
    weights = [numpy_helper.from_array(array, name) for name, array in stored.items()]
    onnx.save(helper.make_model(helper.make_graph(nodes, "g", [x], [y], weights)), tmp_path / "n")

    found = weights_of(tmp_path / "n")
    assert found.keys() == {"project.weight", "project.bias", "stem.weight"}
    assert found["project.weight"].tolist() == weight.T.tolist()
    assert found["project.weight"].dtype == torch.float32


def test_a_finished_model_is_read_back(stored):
    model = dual(2)
    before = {name: value.clone() for name, value in model.image.state_dict().items()}
    read_weights(model, Path("model"))
    assert torch.equal(model.text.embedding.weight, stored["text.onnx"]["embedding.weight"])
    for name, value in model.image.state_dict().items():
        later = name.partition(".")[0] in LATER
        expected = before[name] if later else stored["image.onnx"][name]
        assert torch.equal(value, expected), name


@pytest.mark.parametrize("name", ["details.value.bias", "classes.vectors"])
def test_a_part_that_is_there_must_be_there_wholly(stored, name):
    stored["image.onnx"][name] = torch.zeros(1)
    with pytest.raises(SystemExit, match=f"image.*no weights of {name.partition('.')[0]}"):
        read_weights(dual(2), Path("model"))


def test_weights_that_are_missing_are_named(stored):
    with pytest.raises(SystemExit, match=r"text\.onnx: no weights of blocks\.2\.down\.bias"):
        read_weights(dual(2, layers=3), Path("model"))
