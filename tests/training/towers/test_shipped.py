import numpy as np
import onnx
import pytest
import torch
from onnx.utils import Extractor

from half_models import bundled_in_half
from visavis.encoders.resolve import BUNDLED
from visavis.errors import TrainingError
from visavis.training.towers import shipped
from visavis.training.towers.backbones import open_backbone
from visavis.training.towers.image import ImageTower


@pytest.fixture(scope="module")
def backbone():
    return open_backbone("bundled")


def test_its_features_match_the_bundled_model(backbone, tmp_path):
    import onnxruntime

    model = onnx.load(BUNDLED / "image.onnx")
    convolutions = [node.output[0] for node in model.graph.node if node.op_type == "Conv"]
    (last,) = (node.output[0] for node in model.graph.node if node.input[:1] == convolutions[-1:])
    part = Extractor(onnx.shape_inference.infer_shapes(model)).extract_model(
        [model.graph.input[0].name], [last]
    )
    session = onnxruntime.InferenceSession(part.SerializeToString())
    shape = (2, backbone.size, backbone.size, 3)
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    (expected,) = session.run(None, {session.get_inputs()[0].name: pixels})
    seen = backbone(torch.from_numpy(pixels), "map").numpy()
    assert expected.shape == seen.shape
    np.testing.assert_allclose(seen, expected, atol=2e-3)


def test_there_is_no_classifier(backbone):
    assert set(backbone.shapes) == {"pooled", "map", "pyramid"}
    with pytest.raises(TrainingError, match="has no features 'classes', only pooled, map, pyramid"):
        ImageTower.build(backbone, "classes", "linear", 8, width=8, dropout=0.0)


def test_weights_in_bytes_are_those_in_half_precision(tmp_path, monkeypatch):
    expected = shipped.shipped_weights()
    monkeypatch.setattr(shipped, "BUNDLED", bundled_in_half(tmp_path / "half"))
    found = shipped.shipped_weights()
    assert found.keys() == expected.keys()
    for name, value in found.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-5)
