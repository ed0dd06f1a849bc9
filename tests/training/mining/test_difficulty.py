from __future__ import annotations

import pytest
import torch
from pytorch_metric_learning import distances, miners

from visavis.training.mining import triplet_accuracy, triplet_shares

SEEDS = pytest.mark.parametrize("seed", range(5))


@SEEDS
@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_shares_are_the_written_definition(seed, distance):
    torch.manual_seed(seed)
    a, p, n = torch.nn.functional.normalize(torch.randn(3, 40, 3), dim=-1)
    kinds = []
    for anchor, own, other in zip(a, p, n, strict=True):
        if distance == "euclidean":
            near, far = (anchor - own).norm(), (anchor - other).norm()
        else:
            near, far = 1 - anchor @ own, 1 - anchor @ other
        kinds.append("hard" if far <= near else "semi" if far < near + 0.4 else "easy")
    found = triplet_shares((a * p).sum(1), (a * n).sum(1), 0.4, distance)
    expected = [kinds.count(kind) / 40 for kind in ("easy", "semi", "hard")]
    assert list(found) == pytest.approx(expected)
    assert triplet_accuracy((a * p).sum(1), (a * n).sum(1)) == pytest.approx(1 - found.hard)


def test_ties_count_against_the_model():
    same = torch.tensor([0.5, 0.5])
    assert triplet_accuracy(same, same) == 0
    assert triplet_shares(same, same, 0.2, "cosine") == (0, 0, 1)


def test_no_triplets_have_no_shares():
    nothing = torch.empty(0)
    assert triplet_accuracy(nothing, nothing) == 0
    assert triplet_shares(nothing, nothing, 0.2, "cosine") == (0, 0, 0)


@SEEDS
@pytest.mark.parametrize(
    ("name", "measure"),
    [("euclidean", distances.LpDistance()), ("cosine", distances.CosineSimilarity())],
)
def test_shares_agree_with_the_triplets_of_another_library(seed, name, measure):
    torch.manual_seed(seed)
    own, other = torch.randint(0, 6, (20,)), torch.randint(0, 6, (30,))
    images, texts = (
        torch.nn.functional.normalize(torch.randn(len(labels), 3), dim=1) for labels in (own, other)
    )
    counts = []
    for kind in ("easy", "semihard", "hard"):
        miner = miners.TripletMarginMiner(0.3, type_of_triplets=kind, distance=measure)
        counts.append(len(miner(images, own, texts, other)[0]))
    scores, positives = images @ texts.T, own[:, None] == other[None, :]
    anchors, own = positives.nonzero(as_tuple=True)
    pairs, columns = (~positives)[anchors].nonzero(as_tuple=True)
    positive, negative = scores[anchors, own][pairs], scores[anchors[pairs], columns]
    found = triplet_shares(positive, negative, 0.3, name)
    assert list(found) == pytest.approx([count / sum(counts) for count in counts])
