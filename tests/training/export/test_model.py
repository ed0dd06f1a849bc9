from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
import torch

from visavis.encoders import load_encoder
from visavis.encoders.text_mean import text_mean_of
from visavis.errors import ModelError
from visavis.training.export import check_export, export_model
from visavis.training.export import model as exporting
from visavis.training.model import TwoTowers
from visavis.training.tokenizer import train_tokenizer
from visavis.training.towers.backbones import open_backbone
from visavis.training.towers.image import ImageTower
from visavis.training.towers.regions import region_masks
from visavis.training.towers.subwords import SubwordTower
from vision_models import saved, vit

pytestmark = [
    pytest.mark.slow,  # tracing the networks takes half a minute
    pytest.mark.filterwarnings("ignore::FutureWarning"),  # the exporter's own
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    torch.manual_seed(0)
    tokenizer = train_tokenizer(["un chien sur la plage", "a dog on the beach"], 120, 16)
    backbone = open_backbone("mobilenet_v2", "random")
    image = ImageTower.build(
        backbone, "pyramid", "attention", 32, width=64, dropout=0.1, classes=True, anchors=4
    )
    image.classes.vectors.data.normal_()
    torch.nn.init.normal_(image.head.finer.value.weight, std=0.05)
    text = SubwordTower(tokenizer.get_vocab_size(), 32, max_tokens=16, anchors=4)
    for tower in (image, text):
        tower.hubness.set_anchors(torch.randn(4, 30) / 5, torch.zeros(4), mean=0.1, share=0.5)
    model, folder = TwoTowers(image, text), tmp_path_factory.mktemp("model")
    details = {"languages": ["en", "fr"], "recipe": {"seed": 0}}
    export_model(model, tokenizer, folder, name="tiny", details=details)
    return model, tokenizer, folder


def test_the_folder_opens_as_an_encoder_and_describes_the_model(exported):
    _, _, folder = exported
    encoder = load_encoder(folder)
    assert encoder.id.startswith("tiny@")
    assert (encoder.dim, encoder.languages, encoder.image_size) == (32, ("en", "fr"), 224)
    assert json.loads((folder / "model.json").read_text())["recipe"] == {"seed": 0}
    assert np.allclose(np.linalg.norm(encoder.encode_texts(["a dog", ""]), axis=1), 1)
    assert np.allclose(encoder.text_mean, text_mean_of(encoder), atol=1e-4)


def test_vectors_agree_with_torch(exported):
    assert check_export(*exported) >= 0.9999


def test_weights_are_float16_and_files_name_no_sources(exported):
    _, _, folder = exported
    graph = onnx.load(folder / "image.onnx")
    large = [w for w in graph.graph.initializer if np.prod(w.dims) >= 1024]
    assert {w.data_type for w in large} == {onnx.TensorProto.FLOAT16}
    assert b".py" not in (folder / "image.onnx").read_bytes()


def test_a_network_that_differs_from_torch_is_refused(exported):
    model, tokenizer, folder = exported
    weight = model.text.project.weight
    with torch.no_grad():
        weight[0] += 1
    with pytest.raises(ModelError, match="cosine to torch"):
        check_export(model, tokenizer, folder)


TEXTS = ["a dog", "", "un chien sur la plage"] * 5 + ["beach", "a dog on the beach " * 9]


@pytest.mark.parametrize(
    ("kind", "head", "regions"),
    [("classes", "linear", 9), ("pooled", "mlp", 9), ("map", "attention", 17)],
)
def test_any_image_tower(tmp_path, kind, head, regions):
    """A small vision transformer of 80 × 80 pixels, 5 × 5 patches, seven classes."""
    torch.manual_seed(0)
    folder = saved(vit(image_size=80), tmp_path / "vit", size=80)
    tokenizer = train_tokenizer(["un chien sur la plage", "a dog on the beach"], 120, 16)
    image = ImageTower.build(open_backbone(str(folder)), kind, head, 32, width=64, dropout=0.1)
    model = TwoTowers(image, SubwordTower(tokenizer.get_vocab_size(), 32, max_tokens=16)).eval()
    export_model(model, tokenizer, tmp_path / "model", name="tiny", details={"languages": ["en"]})
    encoder = load_encoder(tmp_path / "model")
    assert (encoder.dim, encoder.image_size, len(encoder.regions)) == (32, 80, regions)
    pixels = np.random.default_rng(1).integers(0, 256, (17, 80, 80, 3), dtype=np.uint8)
    tokens = torch.tensor([found.ids for found in tokenizer.encode_batch(TEXTS)])
    with torch.no_grad():
        vectors, texts = image(torch.from_numpy(pixels)).numpy(), model.text(tokens).numpy()
    for count in (1, 17):
        assert alike(encoder.encode_images(list(pixels[:count])), vectors[:count])
        assert alike(encoder.encode_texts(TEXTS[:count]), texts[:count])
    encoded = encoder.encode_with_regions(list(pixels[:3]))
    assert alike(encoded[:, 0], vectors[:3])
    if image.grid:
        with torch.no_grad():
            expected = image.regions(torch.from_numpy(pixels[:3]), region_masks(image.grid)).numpy()
        assert alike(encoded[:, 1:].reshape(-1, 32), expected.reshape(-1, 32))


def test_weights_that_half_precision_would_spoil_stay_single(tmp_path, monkeypatch):
    def coarsen(graph):
        """Lose more digits than float16 does."""
        for weight in graph.graph.initializer:
            if weight.data_type == onnx.TensorProto.FLOAT:
                value = onnx.numpy_helper.to_array(weight)
                weight.CopyFrom(onnx.numpy_helper.from_array(np.sign(value), weight.name))

    monkeypatch.setattr(exporting, "store_half", coarsen)
    folder = saved(vit(image_size=32), tmp_path / "vit", size=32)
    tokenizer = train_tokenizer(["un chien sur la plage", "a dog on the beach"], 120, 16)
    image = ImageTower.build(open_backbone(str(folder)), "pooled", "linear", 8, width=8, dropout=0)
    text = SubwordTower(tokenizer.get_vocab_size(), 8, width=32, layers=1, max_tokens=16)
    model = TwoTowers(image, text)
    export_model(model, tokenizer, tmp_path / "model", name="tiny", details={"languages": ["en"]})
    assert check_export(model, tokenizer, tmp_path / "model") > 0.9999
    weights = onnx.load(tmp_path / "model/image.onnx").graph.initializer
    assert onnx.TensorProto.FLOAT16 not in {weight.data_type for weight in weights}


def test_regions_that_differ_from_torch_are_refused(exported, monkeypatch):
    model, tokenizer, folder = exported
    masks = torch.ones(17, 7 * 7, dtype=torch.bool)
    monkeypatch.setattr(exporting, "region_masks", lambda grid: masks)
    with pytest.raises(ModelError, match="cosine to torch"):
        check_export(model, tokenizer, folder)


def test_a_refused_export_leaves_no_model_and_keeps_the_folder(exported, tmp_path, monkeypatch):
    model, tokenizer, _ = exported
    (tmp_path / "run").mkdir()
    different = [(np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32))]
    monkeypatch.setattr(exporting, "_vector_pairs", lambda *_: different)
    with pytest.raises(ModelError, match=f"^{tmp_path}: lowest cosine to torch"):
        export_model(model, tokenizer, tmp_path, name="tiny", details={"languages": ["en"]})
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def alike(one, other):
    return (one * other).sum(axis=1).min() >= 0.9999
