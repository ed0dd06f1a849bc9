import common
import numpy as np
import pytest
import torch
from common import commonness, directions, fit, learn_common, turned, with_room
from torch.nn.functional import normalize

from visavis.training.model import DualEncoder
from visavis.training.tokenizer import train_tokenizer
from visavis.training.towers.commonness import ADDED, SHARPNESS, Commonness
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower

DIM = 10


def unit(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(*shape, generator=generator), dim=1)


@pytest.fixture
def tokenizer():
    return train_tokenizer(["a dog runs", "un chien dort"] * 3, 60, 16)


@pytest.fixture
def model(tokenizer):
    torch.manual_seed(0)
    model = DualEncoder(ImageTower(DIM, classes=5), TextTower(tokenizer.get_vocab_size(), DIM))
    model.image.classes.vectors.data.normal_()
    return model.eval()


def test_what_has_the_same_owner_does_not_make_common():
    x, bank = unit(4, 6), unit(9, 6, seed=1)
    owners, owned = torch.arange(4), torch.arange(9) % 4
    found = commonness(x, owners, bank, owned)
    for row in range(4):
        others = bank[owned != row] @ x[row]
        expected = ((SHARPNESS * others).exp().sum() / 9).log() / SHARPNESS
        assert torch.allclose(found[row], expected, atol=1e-5)


def test_anchors_stand_for_a_larger_bank(monkeypatch, capsys):
    monkeypatch.setattr(common, "STEPS", 400)
    centres = unit(5, 6)
    bank = normalize(centres.repeat(40, 1) + 0.1 * unit(200, 6, seed=1), dim=1)
    x = unit(300, 6, seed=2)
    nobody = torch.full((200,), -1)
    side = Commonness("text", 6, anchors=8)
    fit(side, x, torch.arange(300), bank, nobody)
    wanted = commonness(x, torch.arange(300), bank, nobody)
    told = -side(x)[:, -1]
    assert np.corrcoef(told, wanted)[0, 1] > 0.98
    assert "common text: 0.9" in capsys.readouterr().out


def test_two_directions_are_left_out_and_similarities_stay(model):
    flat = torch.randn(200, DIM - ADDED) @ torch.linalg.qr(torch.randn(DIM, DIM))[0][: DIM - ADDED]
    basis = directions([flat, flat[:50]], DIM - ADDED)
    assert torch.allclose(basis.T @ basis, torch.eye(DIM - ADDED), atol=1e-5)
    assert torch.allclose(flat @ basis @ basis.T, flat, atol=1e-4)


def test_weights_are_turned(model):
    basis = torch.linalg.qr(torch.randn(DIM, DIM))[0]
    same = DualEncoder(
        ImageTower(DIM, classes=5),
        TextTower(model.text.embedding.num_embeddings, DIM),
    )
    same.load_state_dict(turned(model.state_dict(), basis))
    pixels = torch.randint(0, 256, (3, 96, 96, 3), dtype=torch.uint8)
    tokens = torch.tensor([[3, 4, 5], [6, 7, 0]])
    with torch.no_grad():
        before = model.image(pixels) @ model.text(tokens).T
        after = same.eval().image(pixels) @ same.text(tokens).T
    assert torch.allclose(before, after, atol=2e-3)


def test_a_model_learns_what_is_common(model, tokenizer, monkeypatch):
    monkeypatch.setattr(common, "STEPS", 50)
    monkeypatch.setattr(common, "ANCHORS", 4)
    captions = [["a dog runs", "un chien dort"], ["a dog"], ["un chien"], ["runs", "dort"]]
    pixels = np.random.default_rng(0).integers(0, 256, (4, 96, 96, 3), dtype=np.uint8)
    wide = with_room(model)
    learn_common(model, wide, tokenizer, pixels, captions)
    with torch.no_grad():
        vectors = wide.image(torch.from_numpy(pixels))
    assert wide.image.dim == model.image.dim == vectors.shape[1]
    assert vectors[:, -2].std() > 0
    assert wide.text.common.share.item() == pytest.approx(common.SHARES["text"])
