from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import nn

from visavis.training.data import Pairs
from visavis.training.examples import Examples
from visavis.training.recipe import Recipe, Stage, load_recipe
from visavis.training.state import RunState


def state_of(*stages):
    recipe = load_recipe("contrastive")
    pairs = Pairs([Path("a.png")], ["a"], ["en"], np.zeros(1, np.int64))
    examples = Examples(pairs, torch.ones(1, 1), "features", "pixels")
    return RunState(
        recipe=Recipe(
            name="toy",
            description="",
            seed=1,
            dim=8,
            image=recipe.image,
            text=recipe.text,
            stages=stages,
        ),
        model=nn.Linear(1, 1),
        train=examples,
        dev=examples,
        tokenize=None,
        folder=Path("run"),
        identity={},
        accelerator=Accelerator(cpu=True),
        log=print,
    )


def test_features_are_void_once_a_stage_has_trained_the_backbone():
    heads, tune = Stage(name="heads"), Stage(name="tune", backbone=True)
    state = state_of(heads, tune, Stage(name="again"), Stage(name="mean", kind="average"))

    def given(number):
        state.number = number
        return state.train_images(state.stages[number]), state.dev_images()

    assert [given(number) for number in range(4)] == [
        ("features", "features"),
        *[("pixels", "pixels")] * 3,
    ]


def test_crops_of_a_frozen_backbone_are_cut_from_pixels_and_dev_is_not_cropped():
    state = state_of(Stage(name="heads", crop=24))
    assert state.train_images(state.stages[0]) == "pixels"
    assert state.dev_images() == "features"
