"""Losses beside those of pytorch-metric-learning, where the definitions agree."""

from __future__ import annotations

import pytest
import torch
from pytorch_metric_learning import distances, losses, miners, reducers
from torch.nn.functional import normalize

from visavis.training.losses import LOSSES, Scores, triplet

SEEDS = pytest.mark.parametrize("seed", range(5))


def labelled(seed, *, single):
    """Image and text vectors, not of unit length yet, and the label of each.

    With `single` every label has one image and one text, else several of each.
    """
    torch.manual_seed(seed)
    own = torch.arange(6) if single else torch.tensor([0, 1, 2, 0, 1, 3])
    other = torch.randperm(6) if single else torch.tensor([0, 0, 1, 2, 2, 2, 3, 1, 4])
    images, texts = (
        torch.randn(len(labels), 5, dtype=torch.float64, requires_grad=True)
        for labels in (own, other)
    )
    return images, own, texts, other


def cosines(images, texts):
    return normalize(images) @ normalize(texts).T


def ours(name, data, **settings):
    """The loss of all images as anchors, and its slopes."""
    images, own, texts, other = data
    positives = own[:, None] == other[None, :]
    found = LOSSES.get(name)(Scores(cosines(images, texts), positives, ~positives, **settings))
    return found.item(), *torch.autograd.grad(found, (images, texts))


def theirs(loss, data, triplets=None, share=1.0):
    images, own, texts, other = data
    found = share * loss(images, own, triplets, ref_emb=texts, ref_labels=other)
    return found.item(), *torch.autograd.grad(found, (images, texts))


def assert_same(left, right):
    assert left[0] == pytest.approx(right[0])
    assert left[0] > 0
    assert all(torch.allclose(a, b) for a, b in zip(left[1:], right[1:], strict=True))


@SEEDS
@pytest.mark.parametrize("single", [True, False])
def test_info_nce_agrees_with_the_supervised_contrastive_loss_of_another_library(seed, single):
    data = labelled(seed, single=single)
    loss = losses.SupConLoss(temperature=0.2, reducer=reducers.MeanReducer())
    assert_same(ours("info-nce", data, scale=5.0), theirs(loss, data))


@SEEDS
def test_info_nce_agrees_with_nt_xent_where_each_has_one_positive(seed):
    # of several positives, NT-Xent keeps only the own one in the denominator
    data = labelled(seed, single=True)
    assert_same(ours("info-nce", data, scale=5.0), theirs(losses.NTXentLoss(temperature=0.2), data))


@SEEDS
@pytest.mark.parametrize("single", [True, False])
def test_the_sum_of_violations_agrees_with_all_triplets_of_another_library(seed, single):
    data = labelled(seed, single=single)
    loss = losses.TripletMarginLoss(
        margin=0.3, distance=distances.CosineSimilarity(), reducer=reducers.SumReducer()
    )
    pairs = int((data[1][:, None] == data[3][None, :]).sum())
    assert_same(ours("sum-violations", data, margin=0.3), theirs(loss, data, share=1 / pairs))


@SEEDS
def test_the_largest_violation_agrees_with_the_batch_hard_triplets_of_another_library(seed):
    # with several positives, batch-hard keeps only the farthest of them
    data = images, own, texts, other = labelled(seed, single=True)
    likeness = distances.CosineSimilarity()
    loss = losses.TripletMarginLoss(0.3, distance=likeness, reducer=reducers.MeanReducer())
    triplets = miners.BatchHardMiner(distance=likeness)(images, own, texts, other)
    assert_same(ours("max-violation", data, margin=0.3), theirs(loss, data, triplets))


@SEEDS
@pytest.mark.parametrize(
    ("name", "measure"),
    [("euclidean", distances.LpDistance()), ("cosine", distances.CosineSimilarity())],
)
def test_the_triplet_loss_agrees_with_another_library_on_the_same_triplets(seed, name, measure):
    data = images, own, texts, other = labelled(seed, single=False)
    anchors = torch.randint(0, len(own), (40,))
    positive, negative = torch.randint(0, len(other), (2, 40))
    loss = losses.TripletMarginLoss(0.4, distance=measure, reducer=reducers.MeanReducer())
    scores = cosines(images, texts)
    found = triplet(scores[anchors, positive], scores[anchors, negative], 0.4, name)
    slopes = torch.autograd.grad(found, (images, texts))
    expected = theirs(loss, data, (anchors, positive, negative))
    assert_same((found.item(), *slopes), expected)
