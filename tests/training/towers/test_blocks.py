from __future__ import annotations

import pytest
from torch import nn

from visavis.errors import TrainingError
from visavis.training.towers.blocks import blocks_of, freeze_before_last


@pytest.fixture
def network():
    blocks = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
    few = nn.ModuleList([nn.Linear(1, 1)])
    parts = {"embed": nn.Linear(2, 4), "blocks": blocks, "few": few, "head": nn.Linear(4, 2)}
    return nn.ModuleDict(parts)


@pytest.mark.parametrize(
    ("count", "learning"),
    [
        (1, {"blocks.2", "few.0", "head"}),
        (3, {"blocks.0", "blocks.1", "blocks.2", "few.0", "head"}),
    ],
)
def test_all_before_the_last_blocks_is_frozen(network, count, learning):
    freeze_before_last(network, count)
    found = {name.rpartition(".")[0] for name, p in network.named_parameters() if p.requires_grad}
    assert found == learning


def test_more_blocks_than_there_are(network):
    with pytest.raises(TrainingError, match="the last 4 blocks are to learn, but there are 3"):
        freeze_before_last(network, 4)
    with pytest.raises(TrainingError, match="there are no blocks"):
        freeze_before_last(nn.Linear(1, 1), 1)
    assert blocks_of(nn.Linear(1, 1)) == ()
