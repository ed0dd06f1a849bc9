from __future__ import annotations

import copy

import torch
from torch import nn

from visavis.training.towers.subwords import SubwordTower
from visavis.training.towers.text import TextTower


def test_frozen_layers_draw_no_dropout_and_the_head_does():
    tower = SubwordTower(9, 8)
    tower.freeze()
    tower.train()
    assert tower.pool.training
    assert tower.dropout.training
    assert not any(module.training for module in tower.blocks.modules())
    assert not tower.norm.training


def test_a_tower_that_learns_is_in_training_as_a_whole():
    tower = SubwordTower(9, 8, anchors=4)
    tower.train()
    assert all(module.training for module in tower.modules())
    tower.eval()
    assert not any(module.training for module in tower.modules())


def test_freezing_outlasts_copies_and_weights():
    torch.manual_seed(0)
    tower = SubwordTower(9, 8)
    tower.freeze()
    other = copy.deepcopy(tower)
    other.load_state_dict(SubwordTower(9, 8).state_dict())
    assert not any(value.requires_grad for value in other.below_head())
    assert other.project.weight.requires_grad


def test_a_tower_that_does_not_name_its_head_is_frozen_as_a_whole():
    class Plain(TextTower):
        def __init__(self):
            super().__init__(4)
            self.layer = nn.Linear(4, 4)

    tower = Plain()
    tower.freeze()
    assert not any(value.requires_grad for value in tower.parameters())
