from __future__ import annotations

import json

import pytest

from tiny_models import make_bert
from visavis.datasets import load_dataset
from visavis.datasets.shapes import draw_shapes

SIDE = 32


@pytest.fixture(scope="session")
def shapes(tmp_path_factory):
    """Sixty drawn images with captions in two languages."""
    folder = tmp_path_factory.mktemp("shapes")
    draw_shapes(folder, 60)
    return f"shapes:{folder}"


@pytest.fixture(scope="session")
def shapes_dataset(shapes):
    return load_dataset(shapes)


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory):
    """A ResNet of transformers with a few thousand random weights, as a local folder."""
    import torch
    from transformers import ResNetConfig, ResNetForImageClassification

    folder = tmp_path_factory.mktemp("backbone")
    torch.manual_seed(0)
    config = ResNetConfig(
        embedding_size=16,
        hidden_sizes=[16, 32],
        depths=[1, 1],
        layer_type="basic",
        num_labels=12,
        downsample_in_first_stage=False,
    )
    ResNetForImageClassification(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        json.dumps(
            {
                "size": {"height": SIDE, "width": SIDE},
                "image_mean": [0.5, 0.5, 0.5],
                "image_std": [0.5, 0.5, 0.5],
            }
        )
    )
    return str(folder)


@pytest.fixture
def tiny_changes(tiny_backbone):
    """Changes that make a recipe of the package run in seconds."""
    return [
        f"image.backbone={tiny_backbone}",
        "image.width=32",
        "text.width=32",
        "text.vocabulary=200",
        "text.layers=1",
        "dim=16",
        "training.batch=12",
        "training.warmup=2",
    ]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    cache = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("VISAVIS_CACHE", str(cache))


@pytest.fixture
def one_thread():
    """Sums in one order, so that weights can be compared to the bit; small ones are faster so."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def stop_after(monkeypatch):
    """Let a run be cut off after so many steps, with a checkpoint at every one."""
    from visavis.training import state
    from visavis.training.stages import TrainStage

    monkeypatch.setattr(state, "CHECKPOINT_SECONDS", 0.0)
    step = TrainStage._step

    def arrange(steps):
        left = iter(range(steps))

        def cut(*arguments):
            if next(left, None) is None:
                raise KeyboardInterrupt
            return step(*arguments)

        monkeypatch.setattr(TrainStage, "_step", cut)

    yield arrange
    monkeypatch.setattr(TrainStage, "_step", step)


@pytest.fixture(scope="session")
def tiny_language(tmp_path_factory):
    """A BERT of a few thousand random weights, as a local folder."""
    return str(make_bert(tmp_path_factory.mktemp("language")))
