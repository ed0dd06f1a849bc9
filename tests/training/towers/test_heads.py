from __future__ import annotations

import pytest
import torch
from torch.nn.functional import normalize

from visavis.errors import TrainingError, UnknownNameError
from visavis.training.towers.backbone import pack
from visavis.training.towers.heads import HEADS, AttentionHead, LinearHead, MlpHead
from visavis.training.towers.regions import region_masks, region_squares

SHAPES = {"vector": (24,), "map": (24, 5, 5), "pyramid": (24 + 4 * 6, 5, 5)}
LAYOUTS = SHAPES | {"pyramid": (24, 5, 5, 6, 10, 10)}


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("linear", "vector"),
        ("linear", "map"),
        ("mlp", "vector"),
        ("mlp", "map"),
        ("attention", "map"),
        ("attention", "pyramid"),
    ],
)
def test_each_head_returns_unit_vectors_and_has_gradients(name, shape):
    torch.manual_seed(0)
    head = HEADS.get(name)(LAYOUTS[shape], 8, 16, 0.1)
    for n in (1, 17):
        vectors = head(torch.randn(n, *SHAPES[shape]))
        assert vectors.shape == (n, head.dim) == (n, 8)
        assert torch.allclose(vectors.norm(dim=1), torch.ones(n), atol=1e-5)
    vectors[:, 0].sum().backward()
    assert all(value.grad is not None for value in head.parameters())


def test_linear_is_a_projection():
    head = LinearHead((24,), 8).eval()
    x = torch.randn(3, 24)
    expected = x @ head.project.weight.T + head.project.bias
    assert torch.allclose(head(x), normalize(expected), atol=1e-6)


@pytest.mark.parametrize("make", [LinearHead, MlpHead])
def test_linear_and_mlp_average_a_map(make):
    head = make(SHAPES["map"], 8).eval()
    features = torch.randn(3, 24, 5, 5)
    assert torch.allclose(head(features), head(features.mean(dim=(2, 3))), atol=1e-6)


def test_a_region_equals_the_head_of_the_cropped_map():
    torch.manual_seed(0)
    head = AttentionHead((24, 9, 9), 8, width=16, heads=4).eval()
    features = torch.randn(2, 24, 9, 9)
    vectors = head.regions(features, region_masks(9))
    for n, (left, top, side) in enumerate(region_squares(9)):
        part = features[:, :, top : top + side, left : left + side]
        assert torch.allclose(vectors[:, n], head(part), atol=1e-5)


def test_a_region_of_a_pyramid_equals_the_head_of_both_cropped_maps():
    torch.manual_seed(0)
    head = AttentionHead((24, 9, 9, 6, 18, 18), 8, width=16, heads=4).eval()
    torch.nn.init.normal_(head.finer.value.weight)
    coarse, finer = torch.randn(2, 24, 9, 9), torch.randn(2, 6, 18, 18)
    vectors = head.regions(pack(coarse, finer), region_masks(9))
    for n, (left, top, side) in enumerate(region_squares(9)):
        part = coarse[:, :, top : top + side, left : left + side]
        own = finer[:, :, 2 * top : 2 * (top + side), 2 * left : 2 * (left + side)]
        assert torch.allclose(vectors[:, n], head(pack(part, own)), atol=1e-5)


def test_cells_outside_of_a_region_have_no_effect():
    torch.manual_seed(0)
    head = AttentionHead(LAYOUTS["pyramid"], 8, width=16, heads=4).eval()
    torch.nn.init.normal_(head.finer.value.weight)
    coarse, finer = torch.randn(1, 24, 5, 5), torch.randn(1, 6, 10, 10)
    mask = torch.rand(1, 25) < 0.4
    outside = ~mask.view(5, 5)
    before = head.regions(pack(coarse, finer), mask)
    coarse[0, :, outside] += 1
    finer[0, :, outside.repeat_interleave(2, 0).repeat_interleave(2, 1)] += 1
    assert torch.allclose(head.regions(pack(coarse, finer), mask), before, atol=1e-5)
    full = torch.ones(1, 25, dtype=torch.bool)
    assert not torch.allclose(head.regions(pack(coarse, finer), full), before, atol=1e-2)


def test_attention_needs_a_map_and_a_multiple_of_its_heads():
    with pytest.raises(TrainingError, match='features = "map"'):
        HEADS.get("attention")((1000,), 8, 16, 0.1)
    with pytest.raises(TrainingError, match="20 is not a multiple"):
        HEADS.get("attention")((24, 5, 5), 8, 20, 0.1)


@pytest.mark.parametrize("head", ["linear", "mlp"])
def test_other_heads_refuse_a_pyramid(head):
    with pytest.raises(TrainingError, match="only the attention head takes a pyramid"):
        HEADS.get(head)((24, 5, 5, 8, 10, 10), 8, 16, 0.1)


def test_an_unknown_head_suggests_the_nearest_name():
    with pytest.raises(UnknownNameError, match="did you mean 'attention'"):
        HEADS.get("atention")


def test_a_centred_head_tells_features_apart_that_are_nearly_alike():
    torch.manual_seed(0)
    features = 5 + 0.01 * torch.randn(64, 10)
    head = LinearHead((10,), 8).eval()
    before = head(features) @ head(features).T
    head.centre(features)
    after = head(features) @ head(features).T
    assert before.min() > 0.99
    assert after.mean().abs() < 0.05
    torch.testing.assert_close(
        head.project(features.mean(dim=0)), torch.zeros(8), atol=1e-5, rtol=0
    )
