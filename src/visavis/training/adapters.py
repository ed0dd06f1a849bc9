"""Low-rank adapters of pretrained towers, by peft."""

from __future__ import annotations

import warnings

from torch import nn

from visavis.errors import TrainingError
from visavis.extras import import_extra
from visavis.training.towers.backbone import Backbone
from visavis.training.towers.blocks import blocks_of
from visavis.training.towers.text import TextTower


def add_adapters(tower: Backbone | TextTower, rank: int) -> None:
    """Give each linear layer of a tower's blocks an adapter; its own weights learn no more.

    The second factor of an adapter is 0 at first: vectors do not change. Hu et al., LoRA, 2021,
    https://arxiv.org/abs/2106.09685. Raises TrainingError for a tower without such layers.
    """
    peft = import_extra("peft", "LoRA", "train")
    inside = {id(part) for block in blocks_of(tower) for part in block.modules()}
    names = [
        name
        for name, part in tower.named_modules()
        if isinstance(part, nn.Linear) and id(part) in inside
    ]
    if not names:
        raise TrainingError("lora: the tower has no blocks with linear layers")
    own = tower.below_head() if isinstance(tower, TextTower) else list(tower.parameters())
    config = peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a tower has no configuration of transformers
        peft.inject_adapter_in_model(config, tower)
    tower.fixed = own


def merge_adapters(network: nn.Module) -> None:
    """Add what adapters have learned to the weights of their layers, and remove the adapters."""
    for name, layer in list(network.named_modules()):
        if hasattr(layer, "get_base_layer"):
            layer.merge()
            network.set_submodule(name, layer.get_base_layer())
