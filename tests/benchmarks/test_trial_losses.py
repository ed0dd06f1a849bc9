import numpy as np
import pytest
import torch
from accelerate import Accelerator
from torch.nn.functional import normalize

import trial_losses
from visavis.datasets import load_dataset
from visavis.datasets.shapes import draw_shapes
from visavis.training.losses import LOSSES
from visavis.training.recipe import load_recipe
from visavis.training.run import fit
from visavis.training.teacher import Teacher


def unit(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(*shape, generator=generator), dim=1)


def test_a_divergence_is_that_of_jensen_and_shannon():
    p, q = torch.tensor([[0.5, 0.5], [1.0, 0.0]]), torch.tensor([[0.5, 0.5], [0.0, 1.0]])
    found = trial_losses.divergence(p, q)
    assert float(found) == pytest.approx((0 + np.log(2)) / 2)


def test_a_neighbourhood_does_not_change_with_the_length_of_vectors_or_a_rotation():
    vectors, rotation = unit(6, 4), torch.linalg.qr(unit(4, 4, seed=1)).Q
    first = trial_losses.neighbourhood(vectors)
    torch.testing.assert_close(first, trial_losses.neighbourhood(3 * vectors @ rotation))
    torch.testing.assert_close(first.sum(dim=1), torch.ones(6))
    assert (first.argmax(dim=1) == torch.arange(6)).all()


def test_the_nearest_is_one_of_another_group(monkeypatch):
    monkeypatch.setattr(trial_losses, "CHUNK", 2)
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.1], [1.0, 0.3], [0.0, 1.0], [0.1, 1.0]])
    assert trial_losses.nearest(vectors, np.arange(5)).tolist() == [1, 0, 1, 4, 3]
    assert trial_losses.nearest(vectors, np.array([0, 0, 0, 1, 1])).tolist() == [4, 4, 4, 2, 2]


@pytest.mark.parametrize("loss", ["10*geometry", "neighbours"])
@pytest.mark.parametrize("features", ["map", "pooled"])
def test_a_recipe_learns_with_it(loss, features, tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(LOSSES, "_objects", dict(LOSSES._objects))
    trial_losses.register()
    draw_shapes(tmp_path / "shapes", 40)
    shapes = load_dataset(f"shapes:{tmp_path / 'shapes'}")
    texts = sorted({caption.text for caption in shapes.captions})
    Teacher(unit(len(texts), 8), {text: row for row, text in enumerate(texts)}).save(
        tmp_path / "teacher.npz"
    )
    lines = []
    recipe = load_recipe(
        "contrastive",
        [
            "image.backbone=mobilenet_v2",
            "image.weights=random",
            "image.size=32",
            "text.width=32",
            "training.batch=8",
            "dim=16",
            f"image.features={features}",
            "stages.heads.epochs=4",
            f"training.loss={loss}",
            f"data.teacher={tmp_path / 'teacher.npz'}",
        ],
    )
    fit(recipe, shapes, tmp_path / "run", Accelerator(cpu=True), log=lines.append)
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in lines if "heads" in line]
    assert len(losses) == 4
    assert losses[-1] < losses[0]
