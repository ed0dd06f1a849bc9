from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch.nn.functional import normalize

from visavis.errors import UnknownNameError
from visavis.training.export.model import export_network
from visavis.training.towers.words import POOLINGS, WordTower

TABLE = torch.randn(60, 20, generator=torch.Generator().manual_seed(0))


@pytest.fixture(params=["mean", "attention", "gru"])
def tower(request):
    torch.manual_seed(0)
    return WordTower(TABLE, 16, pooling=request.param, hidden=32).eval()


def test_every_pooling_is_tested():
    assert POOLINGS.names() == ["attention", "gru", "mean"]


def test_vectors_have_unit_length_whatever_the_padding(tower):
    tokens = torch.tensor([[2, 7, 9]])
    padded = torch.tensor([[2, 7, 9, 0, 0], [2, 8, 9, 10, 11]])
    alone, together = tower(tokens), tower(padded)
    assert torch.allclose(alone[0], together[0], atol=1e-6)
    assert torch.allclose(together.norm(dim=1), torch.ones(2), atol=1e-6)


def test_only_the_gru_depends_on_word_order(tower):
    first, second = tower(torch.tensor([[2, 7, 9, 4], [2, 9, 7, 4]]))
    ordered = type(tower.pool) is POOLINGS.get("gru")
    assert torch.allclose(first, second, atol=1e-5) is not ordered


def test_the_mean_leaves_padding_out():
    tower = WordTower(TABLE, 16).eval()
    expected = normalize(tower.project(TABLE[[2, 7, 9]].mean(dim=0)), dim=-1)
    assert torch.allclose(tower(torch.tensor([[2, 7, 9, 0]]))[0], expected, atol=1e-6)


def test_the_gru_follows_its_formula():
    """z, r and the new state of torch's documentation of nn.GRU, written out."""
    torch.manual_seed(1)
    tower = WordTower(TABLE, 16, pooling="gru", hidden=8).eval()
    gru, state = tower.pool.gru, torch.zeros(8)
    for word in (2, 7, 9):
        from_word = (gru.weight_ih_l0 @ TABLE[word] + gru.bias_ih_l0).chunk(3)
        from_state = (gru.weight_hh_l0 @ state + gru.bias_hh_l0).chunk(3)
        reset, update = (torch.sigmoid(from_word[i] + from_state[i]) for i in (0, 1))
        new = torch.tanh(from_word[2] + reset * from_state[2])
        state = (1 - update) * new + update * state
    expected = normalize(tower.project(state), dim=-1)
    assert torch.allclose(tower(torch.tensor([[2, 7, 9, 0, 0]]))[0], expected, atol=1e-6)


@pytest.mark.parametrize("frozen", [True, False])
def test_a_table_learns_unless_it_is_frozen(frozen):
    torch.manual_seed(0)
    tower = WordTower(TABLE, 16)
    if frozen:
        tower.freeze()
    tokens, aim = torch.tensor([[2, 7, 9, 0]]), normalize(torch.ones(1, 16))
    (1 - (tower(tokens) * aim).sum()).backward()
    torch.optim.SGD([p for p in tower.parameters() if p.requires_grad], lr=1.0).step()
    moved = (tower.embedding.weight != TABLE).any(dim=1).nonzero().flatten().tolist()
    assert moved == ([] if frozen else [2, 7, 9])
    assert tower.project.weight.grad.any()


def test_an_unknown_pooling_is_named():
    with pytest.raises(UnknownNameError, match="unknown pooling 'grue'; did you mean 'gru'"):
        WordTower(TABLE, 16, pooling="grue")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")  # the exporter's own
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The tensor attributes self.pool.gru:UserWarning")
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_the_exported_network_returns_the_same_vectors(tower, tmp_path):
    path = tmp_path / "text.onnx"
    example = torch.tensor([[2, 5, 6, 7], [2, 8, 0, 0]])
    export_network(tower, example, {0: "texts", 1: "tokens"}, ["vectors"], path)
    session = onnxruntime.InferenceSession(path)
    rng = np.random.default_rng(0)
    for texts in (1, 17):
        for longest in (1, 2, 5, 40):
            tokens = rng.integers(1, 60, (texts, longest))
            lengths = rng.integers(1, longest + 1, (texts, 1))
            tokens[np.arange(longest) >= lengths] = 0
            (vectors,) = session.run(None, {"input": tokens})
            expected = tower(torch.from_numpy(tokens)).detach().numpy()
            assert vectors.shape == (texts, 16)
            assert (vectors * expected).sum(axis=1).min() > 0.9999
    if type(tower.pool) is POOLINGS.get("gru"):
        assert [node.op_type for node in onnx.load(path).graph.node].count("GRU") == 1
