from __future__ import annotations

import pytest
import torch

from visavis.training.towers.subwords import SubwordTower


@pytest.fixture
def tower():
    torch.manual_seed(0)
    return SubwordTower(50, 16, width=32, max_tokens=12).eval()


def test_vectors_have_unit_length_whatever_the_padding(tower):
    tokens = torch.tensor([[2, 7, 9]])
    padded = torch.tensor([[2, 7, 9, 0, 0], [2, 8, 9, 10, 11]])
    alone, together = tower(tokens), tower(padded)
    assert torch.allclose(alone[0], together[0], atol=1e-6)
    assert torch.allclose(together.norm(dim=1), torch.ones(2), atol=1e-6)


def test_order_matters_once_positions_are_learned(tower):
    vectors = tower(torch.tensor([[2, 7, 9, 4], [2, 9, 7, 4]]))
    assert torch.allclose(vectors[0], vectors[1], atol=1e-6), "no positions learned yet"
    torch.nn.init.normal_(tower.position)
    vectors = tower(torch.tensor([[2, 7, 9, 4], [2, 9, 7, 4]]))
    assert not torch.allclose(vectors[0], vectors[1], atol=1e-3)


def test_token_dropout_leaves_at_least_one_token(tower):
    tower.train()
    tower.token_dropout = 1.0
    assert torch.isfinite(tower(torch.tensor([[2, 7, 9]]))).all()
