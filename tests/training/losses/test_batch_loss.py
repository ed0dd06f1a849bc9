from __future__ import annotations

from typing import ClassVar

import pytest
import torch
from accelerate import Accelerator
from torch import nn

from visavis.training.losses import LOSSES, BatchLoss
from visavis.training.materials import MATERIALS
from visavis.training.recipe import load_recipe
from visavis.training.run import fit


class TargetLoss(BatchLoss):
    """Texts are drawn to a target through a learned map; it notes what it is given."""

    needs = frozenset({"target"})
    seen: ClassVar[list] = []

    def __init__(self, state, stage):
        super().__init__(state, stage)
        self.map = nn.Linear(state.recipe.dim, len(state.materials["target"]))

    def forward(self, given):
        features = given.features()
        TargetLoss.seen.append((given, features, given.rng.integers(1000)))
        return (self.map(given.texts) - self.state.materials["target"]).square().mean()


@pytest.fixture
def recipe(monkeypatch, tmp_path, tiny_changes):
    monkeypatch.setattr(LOSSES, "_objects", {**LOSSES._objects, "target": TargetLoss})
    readers = {"target": lambda path: torch.tensor([float(path.read_text())])}
    monkeypatch.setattr(MATERIALS, "_objects", {**MATERIALS._objects, **readers})
    monkeypatch.setattr(TargetLoss, "seen", [])
    (tmp_path / "target.txt").write_text("0.5")
    changes = [
        "training.loss=info-nce+0.5*target",
        f"data.target={tmp_path / 'target.txt'}",
        "stages.heads.epochs=2",
        "stages.heads.queue=7",
    ]
    return load_recipe("contrastive", [*tiny_changes, *changes])


def test_a_loss_gets_the_material_it_needs_and_the_whole_batch(recipe, shapes_dataset, tmp_path):
    fit(recipe, shapes_dataset, tmp_path / "run", Accelerator(cpu=True))
    assert len(TargetLoss.seen) == 8
    given, features, _ = TargetLoss.seen[-1]
    batch, (to_text, to_image) = given.batch, given.directions
    assert given.images.shape == (12, 16)
    assert given.texts.shape == (len(batch.captions), 16)
    assert features.shape == (12, 32)
    assert to_text.scores.shape == (12, len(batch.captions) + 7)
    assert to_image.scores.shape == (len(batch.captions), 12 + 7)
    assert to_text.anchor_images.tolist() == batch.images.tolist()
    own = to_text.anchor_images[:, None] == to_text.candidate_images[None, :]
    assert (to_text.positives == own)[:, : len(batch.captions)].all()
    assert not to_text.negatives[own].any()


def test_what_a_loss_draws_depends_on_the_step_alone(recipe, shapes_dataset, tmp_path):
    for name in ("one", "two"):
        fit(recipe, shapes_dataset, tmp_path / name, Accelerator(cpu=True))
    drawn = [number for _, _, number in TargetLoss.seen]
    assert drawn[:8] == drawn[8:]
    assert len(set(drawn)) > 4


def test_a_map_that_a_loss_learns_is_in_the_checkpoint(
    recipe, shapes_dataset, tmp_path, monkeypatch
):
    kept = []
    monkeypatch.setattr(
        "visavis.training.checkpoint.save", lambda state, path: kept.append((path, state))
    )
    monkeypatch.setattr("visavis.training.state.RunState.kept", lambda *_: {})
    with pytest.raises(RuntimeError):  # nothing was written that could be loaded
        fit(recipe, shapes_dataset, tmp_path / "run", Accelerator(cpu=True))
    progress = [state["progress"] for path, state in kept if path.name == "checkpoint.pt"]
    assert "batch_losses.target.map.weight" in progress[0]["objective"]
