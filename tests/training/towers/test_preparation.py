from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from transformers import CLIPImageProcessorPil, ConvNextImageProcessorPil, ViTImageProcessorPil

from visavis.errors import TrainingError
from visavis.training.towers.preparation import Preparation

FILE = "preprocessor_config.json"
COLOURS = {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6]}


def written(folder, settings):
    (folder / FILE).write_text(json.dumps(settings))
    return folder


@pytest.mark.parametrize(
    "processor",
    [
        ViTImageProcessorPil(size={"height": 32, "width": 32}, **COLOURS),
        ViTImageProcessorPil(size={"height": 32, "width": 32}, rescale_factor=1 / 127.5, **COLOURS),
        ViTImageProcessorPil(size={"height": 32, "width": 32}, do_normalize=False),
        CLIPImageProcessorPil(size={"shortest_edge": 40}, crop_size=32),
        ConvNextImageProcessorPil(size={"shortest_edge": 32}, crop_pct=1.0),
    ],
    ids=["vit", "rescaled", "plain", "clip", "convnext"],
)
def test_colours_and_size_match_the_processor_of_transformers(tmp_path, processor):
    processor.save_pretrained(tmp_path)
    preparation = Preparation.read(tmp_path)
    assert preparation.size == 32
    grey = Image.new("RGB", (32, 32), (10, 128, 250))
    expected = processor(grey, return_tensors="np")["pixel_values"][0, :, 16, 16]
    own = (np.array([10, 128, 250]) / 255 - preparation.mean) / preparation.std
    assert own == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("size", [48, {"height": 48, "width": 48}, {"shortest_edge": 48}])
def test_each_form_of_the_size(tmp_path, size):
    assert Preparation.read(written(tmp_path, {"size": size, **COLOURS})).size == 48


def test_a_processor_config_nests_the_image_processor(tmp_path):
    inner = {"image_processor": {"size": 48, **COLOURS}}
    (tmp_path / "processor_config.json").write_text(json.dumps(inner))
    assert Preparation.read(tmp_path) == Preparation(48, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "malformed"),
        ("[]", "malformed"),
        ("{}", "'size' is missing"),
        ('{"size": 8}', "'image_mean' is missing"),
        ('{"size": {"height": 8, "width": 9}}', "a square size"),
        ('{"size": 8, "image_mean": [0.5], "image_std": [1]}', "not enough values"),
    ],
)
def test_a_malformed_file_is_named(tmp_path, content, message):
    (tmp_path / FILE).write_text(content)
    with pytest.raises(TrainingError, match=message) as raised:
        Preparation.read(tmp_path)
    assert str(tmp_path / FILE) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_file(tmp_path):
    with pytest.raises(TrainingError, match=r"no preprocessor_config\.json"):
        Preparation.read(tmp_path)
