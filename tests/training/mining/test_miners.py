from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_metric_learning import distances, miners

from visavis.training.losses.distances import DISTANCES
from visavis.training.mining import (
    MINERS,
    Candidates,
)

SEEDS = pytest.mark.parametrize("seed", range(5))


def candidates(seed, rows=6, columns=11, share=0.5):
    torch.manual_seed(seed)
    positives = torch.rand(rows, columns) < 0.2
    negatives = ~positives & (torch.rand(rows, columns) < 0.7)
    negatives[0] = False  # one anchor has none
    positives[0, 0] = True
    generator = torch.Generator().manual_seed(seed)
    return Candidates(torch.rand(rows, columns), positives, negatives, generator, share)


def written_semi_hard(row, own, others):
    """The hardest beyond the positive, else the easiest; None of none."""
    beyond = [j for j in others if row[j] < row[own]]
    if beyond:
        return max(beyond, key=lambda j: row[j])
    return min(others, key=lambda j: row[j], default=-1)


def written_hard(row, own, others):
    return max(others, key=lambda j: row[j], default=-1)


@SEEDS
@pytest.mark.parametrize(
    ("name", "choose"), [("hard", written_hard), ("semi-hard", written_semi_hard)]
)
def test_the_chosen_negative_is_that_of_a_plain_search(seed, name, choose):
    given = candidates(seed)
    expected = []
    for i, own in given.positives.nonzero().tolist():
        others = given.negatives[i].nonzero().flatten().tolist()
        expected.append(choose(given.scores[i].tolist(), own, others))
    assert MINERS.get(name)(given).tolist() == expected


@SEEDS
@pytest.mark.parametrize("name", ["random", "hard", "semi-hard", "mixed"])
def test_every_miner_returns_an_allowed_negative_of_the_anchor_or_none(seed, name):
    given = candidates(seed)
    mined = MINERS.get(name)(given)
    anchors, _ = given.positives.nonzero(as_tuple=True)
    assert mined.dtype == torch.int64
    assert mined.shape == anchors.shape
    for anchor, column in zip(anchors.tolist(), mined.tolist(), strict=True):
        if given.negatives[anchor].any():
            assert given.negatives[anchor, column]
        else:
            assert column == -1


@SEEDS
@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_semi_hard_lies_within_the_margin_where_the_margin_holds_any(seed, distance):
    given = candidates(seed)
    lengths = DISTANCES.get(distance)(given.scores)
    mined = MINERS.get("semi-hard")(given)
    for (i, own), column in zip(given.positives.nonzero().tolist(), mined.tolist(), strict=True):
        near = lengths[i, own]
        within = (lengths[i] > near) & (lengths[i] < near + 0.2) & given.negatives[i]
        if within.any():
            assert lengths[i, column] == lengths[i][within].min()


def test_random_takes_every_negative_equally_often():
    positives = torch.zeros(1, 6, dtype=torch.bool).repeat(4000, 1)
    positives[:, 2] = True
    negatives = torch.tensor([True, False, False, True, True, True]).repeat(4000, 1)
    given = Candidates(torch.rand(4000, 6), positives, negatives, torch.Generator().manual_seed(0))
    counts = MINERS.get("random")(given).bincount(minlength=6)
    assert counts[[1, 2]].tolist() == [0, 0]
    assert (counts[[0, 3, 4, 5]] - 1000).abs().max() < 4 * (4000 * 0.25 * 0.75) ** 0.5


def test_the_pairs_of_one_anchor_draw_different_negatives():
    positives = torch.arange(200)[None, :] < 100
    given = Candidates(torch.rand(1, 200), positives, ~positives, torch.Generator().manual_seed(0))
    assert len(set(MINERS.get("random")(given).tolist())) > 40


@pytest.mark.parametrize("name", ["random", "mixed"])
def test_the_same_seed_draws_the_same_negatives(name):
    first, second, other = (MINERS.get(name)(candidates(s)) for s in (1, 1, 2))
    assert first.tolist() == second.tolist() != other.tolist()


@pytest.mark.parametrize(("share", "other"), [(1.0, "semi-hard"), (0.0, "random")])
def test_mixed_at_its_ends_is_one_of_the_two(share, other):
    # the mixture draws one number a pair before it draws at random
    given = candidates(3, share=share)
    mined = MINERS.get("mixed")(given)
    alone = candidates(3)
    if other == "random":
        torch.rand(len(mined), generator=alone.generator, dtype=torch.float64)
    assert mined.tolist() == MINERS.get(other)(alone).tolist()


def test_mixed_takes_the_share_asked_for():
    positives = torch.eye(1000, dtype=torch.bool)
    scores = torch.rand(1000, 1000)
    given = Candidates(scores, positives, ~positives, torch.Generator().manual_seed(0), 0.3)
    same = MINERS.get("mixed")(given) == MINERS.get("semi-hard")(given)
    assert same.float().mean().item() == pytest.approx(0.3, abs=0.05)


def labelled(seed, *, single):
    """Unit vectors of images and texts, and the label of each."""
    torch.manual_seed(seed)
    own = torch.arange(20) if single else torch.randint(0, 6, (20,))
    other = torch.randperm(20) if single else torch.randint(0, 6, (30,))
    images, texts = (
        torch.nn.functional.normalize(torch.randn(len(labels), 3), dim=1) for labels in (own, other)
    )
    return images, own, texts, other


def of(images, own, texts, other):
    positives = own[:, None] == other[None, :]
    return Candidates(images @ texts.T, positives, ~positives, torch.Generator().manual_seed(0))


@SEEDS
def test_hard_agrees_with_the_batch_hard_miner_of_another_library(seed):
    data = labelled(seed, single=True)
    miner = miners.BatchHardMiner(distance=distances.CosineSimilarity())
    anchors, _, expected = miner(*data)
    assert anchors.tolist() == list(range(20))
    assert MINERS.get("hard")(of(*data)).tolist() == expected.tolist()


@SEEDS
def test_semi_hard_agrees_with_another_library_where_that_finds_any(seed):
    data = labelled(seed, single=True)
    miner = miners.BatchEasyHardMiner(neg_strategy="semihard", distance=distances.LpDistance())
    anchors, _, _, expected = miner(*data)
    mined = MINERS.get("semi-hard")(of(*data))
    assert len(anchors) > 5
    assert mined[anchors].tolist() == expected.tolist()


@st.composite
def tied(draw):
    """A few anchors and candidates with many equal scores and any masks."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    cell = st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), st.sampled_from("pno"))
    cells = draw(st.lists(cell, min_size=rows * columns, max_size=rows * columns))
    shape = (rows, columns)
    scores = torch.tensor([score for score, _ in cells]).view(shape)
    positives, negatives = (torch.tensor([k == c for _, k in cells]).view(shape) for c in "pn")
    return Candidates(scores, positives, negatives, torch.Generator().manual_seed(0))


@settings(deadline=None)
@given(tied())
@pytest.mark.parametrize(
    ("name", "choose"), [("hard", written_hard), ("semi-hard", written_semi_hard)]
)
def test_among_equal_scores_any_may_be_chosen(name, choose, each):
    mined = MINERS.get(name)(each).tolist()
    for (i, own), column in zip(each.positives.nonzero().tolist(), mined, strict=True):
        row, others = each.scores[i].tolist(), each.negatives[i].nonzero().flatten().tolist()
        expected = choose(row, own, others)
        assert (column in others) == (expected in others)
        assert row[column] == row[expected]
