import pytest
import torch
from torch.nn.functional import normalize

from visavis.errors import TrainingError
from visavis.training.watch import Watch, mean_cosine


def unit(count, dim=8, seed=0):
    return normalize(torch.randn(count, dim, generator=torch.Generator().manual_seed(seed)), dim=1)


def alike(count, dim=8):
    return normalize(torch.ones(count, dim) + 0.01 * unit(count, dim), dim=1)


@pytest.mark.parametrize("count", [2, 3, 50])
def test_the_mean_cosine_is_that_of_all_pairs(count):
    vectors = unit(count)
    pairs = [float(vectors[a] @ vectors[b]) for a in range(count) for b in range(count) if a != b]
    assert mean_cosine(vectors) == pytest.approx(sum(pairs) / len(pairs), abs=1e-6)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_vectors_are_not_alike(count):
    assert mean_cosine(unit(count)) == 0


def test_a_healthy_run_goes_on():
    watch = Watch(stuck_at=0.2, patience=3)
    for step in range(20):
        watch.check(step, 0.4 / (step + 1), unit(6, seed=step), unit(9, seed=step))


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_no_number_ends_the_run_at_once(loss):
    with pytest.raises(
        TrainingError, match=r"^step 7: numbers have run away, .*; lower the learning rate"
    ):
        Watch().check(7, loss, unit(4), unit(4))


def test_a_vector_that_is_no_number_ends_the_run_at_once():
    broken = unit(4)
    broken[2, 3] = float("nan")
    with pytest.raises(TrainingError, match="step 7"):
        Watch().check(7, 0.1, unit(4), broken)


@pytest.mark.parametrize("side", ["images", "texts"])
def test_vectors_all_alike_end_the_run_when_they_stay_so(side):
    watch = Watch(patience=3)
    sides = {"images": unit(5), "texts": unit(5), side: alike(5)}
    watch.check(1, 0.5, **sides)
    watch.check(2, 0.5, **sides)
    watch.check(3, 0.5, unit(5), unit(5))  # the count begins anew
    watch.check(4, 0.5, **sides)
    watch.check(5, 0.5, **sides)
    with pytest.raises(TrainingError, match=f"^step 6: the vectors of all {side} are alike"):
        watch.check(6, 0.5, **sides)


def test_a_loss_that_stays_at_its_margin_ends_the_run():
    watch = Watch(stuck_at=0.2, patience=3)
    for step, loss in enumerate([0.2, 0.201, 0.15, 0.2, 0.1995]):
        watch.check(step, loss, unit(5), unit(5))
    with pytest.raises(TrainingError, match=r"^step 5: .* margin, 0\.2, for 3 steps"):
        watch.check(5, 0.2, unit(5), unit(5))


def test_no_margin_no_watch_of_it():
    watch = Watch(patience=2)
    for step in range(5):
        watch.check(step, 0.2, unit(5), unit(5))
