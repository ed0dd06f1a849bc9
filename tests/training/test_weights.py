from __future__ import annotations

import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from efficientnet import EfficientNetLite0
from visavis.errors import TrainingError
from visavis.training.weights import (
    fill,
    from_efficientnet,
    from_torchvision,
    model_folder,
    read_weights,
)

TENSORS = {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.tensor([7.0, 8.0])}


def alike(one, two):
    return one.keys() == two.keys() and all(one[name].equal(two[name]) for name in one)


@pytest.mark.parametrize(
    "name", ["model.safetensors", "model.pth", "model.pt", "pytorch_model.bin"]
)
def test_a_file_of_each_kind(tmp_path, name):
    save = save_file if name.endswith(".safetensors") else torch.save
    save(TENSORS, tmp_path / name)
    assert alike(read_weights(str(tmp_path / name)), TENSORS)


def test_a_checkpoint_that_holds_weights_beside_other_things(tmp_path):
    torch.save({"epoch": 3, "state_dict": TENSORS}, tmp_path / "checkpoint.pth")
    assert alike(read_weights(str(tmp_path / "checkpoint.pth")), TENSORS)


def test_a_folder_of_one_file_or_several(tmp_path):
    for number, name in enumerate(TENSORS, start=1):
        save_file({name: TENSORS[name]}, tmp_path / f"model-{number}-of-2.safetensors")
    assert alike(read_weights(str(tmp_path)), TENSORS)


def test_a_folder_without_weights(tmp_path):
    with pytest.raises(TrainingError, match=r"holds no weights \(model.safetensors\)"):
        read_weights(str(tmp_path))


def test_a_file_that_is_missing_is_not_looked_for_on_the_hub(tmp_path):
    with pytest.raises(TrainingError, match="no such file of weights"):
        read_weights("resnet50.pth")
    with pytest.raises(TrainingError, match="no such folder"):
        read_weights(str(tmp_path / "nothing"))


class Shell:
    def __reduce__(self):
        return print, ("this must not run",)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.safetensors", b""),
        ("text.safetensors", b"these are no weights"),
        ("empty.pth", b""),
        ("text.pth", b"these are no weights"),
        ("code.pth", pickle.dumps(Shell())),
    ],
)
def test_what_cannot_be_read_is_named_in_one_line(tmp_path, capsys, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TrainingError, match=f"{name}: cannot be read as weights") as raised:
        read_weights(str(tmp_path / name))
    assert "\n" not in str(raised.value)
    assert capsys.readouterr().out == ""


def test_other_things_than_tensors(tmp_path):
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(TrainingError, match="something other than tensors by name"):
        read_weights(str(tmp_path / "list.pth"))


def test_fill_loads_what_fits():
    layer = nn.Linear(3, 2)
    fill(layer, TENSORS, "file")
    assert alike(layer.state_dict(), TENSORS)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"weight": TENSORS["weight"]}, "file: weights of another architecture: no 'bias' in it"),
        (TENSORS | {"more": torch.ones(1)}, "'more' is unknown"),
        (TENSORS | {"weight": torch.ones(3, 2)}, "'weight' is 3 × 2, expected 2 × 3"),
        (TENSORS | {"bias": torch.tensor(1.0)}, "'bias' is one number, expected 2"),
    ],
)
def test_fill_names_the_first_difference_and_changes_nothing(weights, message):
    layer = nn.Linear(3, 2)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    with pytest.raises(TrainingError, match=message):
        fill(layer, weights, "file")
    assert alike(layer.state_dict(), before)


def test_counts_of_batches_may_be_missing():
    norm = nn.BatchNorm2d(2)
    weights = {name: torch.ones(2) for name in norm.state_dict() if "num_batches" not in name}
    fill(norm, weights, "file")
    assert norm.running_mean.tolist() == [1, 1]


def test_names_that_are_not_torchvisions_stay():
    assert from_torchvision(TENSORS) is TENSORS
    strange = {"conv1.weight": torch.ones(1), "layer1.0.conv9.weight": torch.ones(1)}
    assert set(from_torchvision(strange)) == {
        "resnet.embedder.embedder.convolution.weight",
        "layer1.0.conv9.weight",
    }


def test_the_hub_without_a_network(monkeypatch, tmp_path):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(
        TrainingError, match="someone/model: no folder here, and not available"
    ) as r:
        model_folder("someone/model")
    assert "\n" not in str(r.value)


def test_weights_without_batch_normalisation_are_not_folded():
    assert from_efficientnet(TENSORS, nn.Linear(3, 2)) is TENSORS


def test_another_efficientnet_is_refused():
    weights = EfficientNetLite0().state_dict()
    with pytest.raises(TrainingError, match="49 convolutions where the network has 1"):
        from_efficientnet(weights, nn.Conv2d(3, 4, 1))
