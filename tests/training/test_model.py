"""Chunks and accumulated batches give the gradient of the large batch."""

from __future__ import annotations

import pytest
import torch
from accelerate import Accelerator

from tiny_models import CAPTIONS, make_chinese_clip, make_clip, make_siglip
from visavis.training.losses import info_nce, sigmoid
from visavis.training.model import ForwardPass, TwoTowers
from visavis.training.optimizer import Optimizer, Part
from visavis.training.recipe import Stage, load_recipe
from visavis.training.starts.dual import DualStart
from visavis.training.vocabulary import VocabularyTexts


@pytest.fixture(scope="module", params=[make_clip, make_siglip, make_chinese_clip])
def towers(request, tmp_path_factory):
    """A dual encoder that learns, 11 images, and 22 texts: two for each image."""
    source = request.param(tmp_path_factory.mktemp("source") / "tiny")
    start = DualStart.open(load_recipe("finetune", [f"model={str(source)!r}"]))
    vocabulary = start.vocabulary(VocabularyTexts(()))
    model = TwoTowers(start.image, vocabulary.tower, start.similarity).eval()
    model.requires_grad_(requires_grad=True)
    side = start.image.size
    images = torch.randint(0, 256, (11, side, side, 3), dtype=torch.uint8)
    texts = [f"{CAPTIONS[n % 8]} {n}" for n in range(22)]
    return model, images, vocabulary.tokens(texts)


def gradients(model, chunk, images, tokens, loss):
    model.zero_grad()
    vectors, texts, _ = ForwardPass(model, chunk)(images, tokens)
    positives = torch.arange(11)[:, None] == torch.arange(22)[None, :] // 2
    value = loss(10 * vectors @ texts.T, positives, ~positives)
    value.backward()
    found = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    return value.detach(), found


@pytest.mark.parametrize(
    ("loss", "chunk"),
    [
        (info_nce, 4),
        *(
            pytest.param(loss, chunk, marks=pytest.mark.slow)
            for loss in (info_nce, sigmoid)
            for chunk in (2, 4, 11)
        ),
    ],
)
def test_chunks_give_the_gradient_of_the_whole_batch(towers, chunk, loss):
    whole_loss, whole = gradients(towers[0], 0, *towers[1:], loss)
    chunk_loss, chunks = gradients(towers[0], chunk, *towers[1:], loss)
    torch.testing.assert_close(chunk_loss, whole_loss, rtol=1e-6, atol=1e-6)
    assert chunks.keys() == whole.keys()
    for name, gradient in whole.items():
        largest = (chunks[name] - gradient).abs().max()
        assert largest <= 1e-6 * max(gradient.abs().max(), 1), name


def test_chunks_hold_the_activations_of_one_alone(towers):
    model, images, tokens = towers
    held = []

    def size(chunk):
        held.clear()
        with torch.autograd.graph.saved_tensors_hooks(lambda t: held.append(t.numel()) or t, _same):
            ForwardPass(model, chunk)(images, tokens)
        return sum(held)

    assert size(2) < size(0) / 5


def _same(tensor):
    return tensor


def test_accumulated_batches_give_the_gradient_of_the_large_one():
    torch.manual_seed(0)
    layer, x = torch.nn.Linear(5, 3), torch.randn(12, 5)

    def loss(rows):
        return layer(rows).square().mean()

    loss(x).backward()
    expected = layer.weight.grad.clone()
    groups = [{"params": list(layer.parameters()), "peak": 1e-3}]
    optimizer = Optimizer(groups, Stage(name="x", clip=0), Accelerator(cpu=True))
    before = layer.weight.detach().clone()
    for number, rows in enumerate(x.split(4)):
        assert torch.equal(layer.weight, before)
        optimizer.minimize(loss(rows), number, 3, Part(number, 3))
    assert not torch.equal(layer.weight, before)
    torch.testing.assert_close(layer.weight.grad, expected, rtol=1e-6, atol=1e-6)
