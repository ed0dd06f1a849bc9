from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.errors import TrainingError, UnknownNameError
from visavis.training.losses import (
    LOSSES,
    Scores,
    info_nce,
    max_hinge,
    max_violation,
    sigmoid,
    sum_violations,
    triplet,
)

SEEDS = pytest.mark.parametrize("seed", range(5))
LARGE = {  # each loss of scores with fixed masks, for checks that hold of all
    "info-nce": info_nce,
    "sigmoid": sigmoid,
    "sum-violations": lambda s, p, n: sum_violations(s, p, n, 0.2),
    "max-violation": lambda s, p, n: max_violation(s, p, n, 0.2),
}
EACH = pytest.mark.parametrize("loss", LARGE.values(), ids=LARGE)


def matrices(seed):
    """Random scores; several positives a row; the last column is a negative of no row."""
    torch.manual_seed(seed)
    rows, columns = 5, 7
    positives = torch.rand(rows, columns) < 0.3
    positives[torch.arange(rows), torch.randint(0, columns - 1, (rows,))] = True
    positives[:, -1] = False
    negatives = ~positives & (torch.rand(rows, columns) < 0.7)
    negatives[:, -1] = False
    return torch.randn(rows, columns, dtype=torch.float64, requires_grad=True), positives, negatives


def cells(s, positives, negatives):
    """Each row as its scores of positives and its scores of negatives."""
    for row, p, n in zip(s.tolist(), positives.tolist(), negatives.tolist(), strict=True):
        own = [value for value, is_own in zip(row, p, strict=True) if is_own]
        yield own, [value for value, is_other in zip(row, n, strict=True) if is_other]


@SEEDS
@pytest.mark.parametrize("masked", [True, False])
def test_info_nce_is_the_written_formula(seed, masked):
    s, positives, negatives = matrices(seed)
    others = negatives if masked else ~positives
    total = 0.0
    for own, other in cells(s, positives, others):
        whole = sum(math.exp(value) for value in own + other)
        total -= sum(math.log(math.exp(value) / whole) for value in own) / len(own)
    found = info_nce(s, positives, negatives) if masked else info_nce(s, positives)
    assert found.item() == pytest.approx(total / len(s))


@SEEDS
def test_sigmoid_is_the_written_formula(seed):
    s, positives, negatives = matrices(seed)
    total = 0.0
    for own, other in cells(s, positives, negatives):
        total -= sum(math.log(1 / (1 + math.exp(-value))) for value in own)
        total -= sum(math.log(1 / (1 + math.exp(value))) for value in other)
    assert sigmoid(s, positives, negatives).item() == pytest.approx(total / len(s))


@SEEDS
@pytest.mark.parametrize(("loss", "join"), [(sum_violations, sum), (max_violation, max)])
def test_violations_are_the_written_formula(seed, loss, join):
    s, positives, negatives = matrices(seed)
    terms = [
        join([max(0, 0.2 - p + n) for n in other] or [0])
        for own, other in cells(s, positives, negatives)
        for p in own
    ]
    found = loss(s, positives, negatives, 0.2).item()
    assert found == pytest.approx(sum(terms) / len(terms))


@SEEDS
def test_max_hinge_takes_all_others_as_negatives(seed):
    s, positives, _ = matrices(seed)
    assert max_hinge(s, positives, 0.2) == max_violation(s, positives, ~positives, 0.2)


@SEEDS
@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_triplet_is_the_written_formula(seed, distance):
    torch.manual_seed(seed)
    a, p, n = torch.nn.functional.normalize(torch.randn(3, 9, 4, dtype=torch.float64), dim=-1)
    total = 0.0
    for anchor, own, other in zip(a, p, n, strict=True):
        if distance == "euclidean":
            near, far = (anchor - own).norm().item(), (anchor - other).norm().item()
        else:
            near, far = 1 - (anchor @ own).item(), 1 - (anchor @ other).item()
        total += max(0, 0.4 + near - far)
    found = triplet((a * p).sum(1), (a * n).sum(1), 0.4, distance)
    assert found.item() == pytest.approx(total / 9)


@EACH
def test_gradients_agree_with_finite_differences(loss):
    s, positives, negatives = matrices(3)
    assert torch.autograd.gradcheck(lambda x: loss(x, positives, negatives), (s,))


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_gradients_of_triplets_agree_with_finite_differences(distance):
    torch.manual_seed(0)
    scores = (torch.rand(2, 9, dtype=torch.float64) * 1.8 - 0.9).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: triplet(x[0], x[1], 0.4, distance), (scores,))


@EACH
def test_what_is_neither_positive_nor_negative_counts_for_nothing(loss):
    s, positives, negatives = matrices(4)
    loss(s, positives, negatives).backward()
    assert (s.grad[~(positives | negatives)] == 0).all()
    changed = s.detach().masked_fill(~(positives | negatives), 50.0)
    assert loss(changed, positives, negatives) == loss(s, positives, negatives)


@EACH
def test_without_any_pair_a_loss_is_zero_and_so_is_its_slope(loss):
    nothing = torch.zeros(3, 4, dtype=torch.bool)
    s = torch.randn(3, 4, requires_grad=True)
    found = loss(s, nothing, nothing)
    found.backward()
    assert found == 0
    assert (s.grad == 0).all()


def test_a_row_without_positives_is_left_out_of_info_nce():
    s, positives, negatives = matrices(0)
    more = torch.cat([s, torch.zeros(1, 7)]), torch.cat([positives, torch.zeros(1, 7) > 0])
    found = info_nce(*more, torch.cat([negatives, torch.ones(1, 7) > 0]))
    assert found.item() == pytest.approx(info_nce(s, positives, negatives).item())


def test_one_positive_is_cross_entropy():
    s = matrices(1)[0][:, :5]
    expected = torch.nn.functional.cross_entropy(s, torch.arange(5))
    assert info_nce(s, torch.eye(5, dtype=torch.bool)).item() == pytest.approx(expected.item())


def test_max_hinge_without_any_negative_is_zero():
    assert max_hinge(torch.ones(2, 1), torch.ones(2, 1, dtype=torch.bool), 0.2) == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("info-nce", lambda s, p, n: info_nce(3 * s, p, n)),
        ("sigmoid", lambda s, p, n: sigmoid(3 * s - 1, p, n)),
        ("sum-violations", lambda s, p, n: sum_violations(s, p, n, 0.3)),
        ("max-violation", lambda s, p, n: max_violation(s, p, n, 0.3)),
    ],
)
def test_a_named_loss_takes_what_it_needs_of_the_scores(name, expected):
    given = matrices(2)
    found = LOSSES.get(name)(Scores(*given, scale=3.0, bias=-1.0, margin=0.3))
    assert found.item() == pytest.approx(expected(*given).item())


def test_the_named_triplet_loss_reads_the_mined_columns_and_skips_pairs_without_one():
    scores = torch.tensor([[0.9, 0.5, 0.1], [0.2, 0.8, 0.7]])
    positives = torch.tensor([[True, False, False], [False, True, True]])
    given = Scores(scores, positives, ~positives, margin=0.5, distance="cosine")
    with pytest.raises(TrainingError, match="miner"):
        LOSSES.get("triplet")(given)
    mined = Scores(**{**vars(given), "mined": torch.tensor([1, -1, 0])})
    expected = (max(0, 0.5 + 0.1 - 0.5) + max(0, 0.5 + 0.3 - 0.8)) / 2
    assert LOSSES.get("triplet")(mined).item() == pytest.approx(expected)


def test_an_unknown_loss_names_the_nearest():
    with pytest.raises(UnknownNameError, match="triplet"):
        LOSSES.get("tripelt")


@SEEDS
def test_sigmoid_is_a_binary_cross_entropy_of_every_pair(seed):
    s, positives, _ = matrices(seed)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    expected = entropy(s, positives.to(s.dtype), reduction="sum") / len(s)
    assert sigmoid(s, positives, ~positives).item() == pytest.approx(expected.item())


@st.composite
def masked(draw):
    """Scores from cosines to large logits, with any masks at all."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    cell = st.sampled_from(["positive", "negative", "neither"])
    kinds = draw(st.lists(cell, min_size=rows * columns, max_size=rows * columns))
    value = st.floats(-1, 1, width=32) | st.sampled_from([-1e4, 1e4])
    values = draw(st.lists(value, min_size=len(kinds), max_size=len(kinds)))
    positives, negatives = (
        torch.tensor([kind == name for kind in kinds]).view(rows, columns)
        for name in ("positive", "negative")
    )
    return torch.tensor(values).view(rows, columns), positives, negatives


@EACH
@settings(max_examples=50, deadline=None)
@given(matrices=masked())
def test_a_loss_and_its_slopes_are_finite_whatever_the_masks(loss, matrices):
    s, positives, negatives = matrices
    s.requires_grad_()
    found = loss(s, positives, negatives)
    found.backward()
    assert 0 <= found < torch.inf
    assert s.grad.isfinite().all()
    own = s.grad.where(positives, 0).sum(dim=1)
    assert (own <= 1e-5).all()  # nearer positives are never worse, taken together
    assert (s.grad[negatives] >= 0).all()


@EACH
@SEEDS
def test_the_order_of_rows_and_columns_does_not_matter(loss, seed):
    each = matrices(seed)
    rows, columns = torch.randperm(5), torch.randperm(7)
    mixed = [matrix[rows][:, columns] for matrix in each]
    assert loss(*mixed).item() == pytest.approx(loss(*each).item())


@EACH
def test_half_precision_does_not_overflow(loss):
    s, positives, negatives = matrices(0)
    found = loss(s.detach().bfloat16(), positives, negatives)
    assert found.item() == pytest.approx(loss(s, positives, negatives).item(), rel=0.05)
