from __future__ import annotations

import pytest
import torch

from visavis.training.losses.distances import DISTANCES


@pytest.fixture
def vectors():
    torch.manual_seed(0)
    pair = torch.randn(2, 20, 6, dtype=torch.float64)
    return pair / pair.norm(dim=-1, keepdim=True)


@pytest.mark.parametrize(
    ("name", "written"),
    [("euclidean", lambda a, b: (a - b).norm(dim=1)), ("cosine", lambda a, b: 1 - (a * b).sum(1))],
)
def test_a_distance_of_the_cosine_is_that_of_the_vectors(vectors, name, written):
    a, b = vectors
    assert torch.allclose(DISTANCES.get(name)((a * b).sum(1)), written(a, b))


@pytest.mark.parametrize("name", ["euclidean", "cosine"])
@pytest.mark.parametrize("cosine", [1.0, 1.0 + 1e-7, 1.0 - 6e-8, -1.0, 0.3])
def test_slopes_are_finite_everywhere_even_for_equal_vectors(name, cosine):
    score = torch.tensor(cosine, requires_grad=True)
    distance = DISTANCES.get(name)(score)
    distance.backward()
    assert 0 <= distance.item() + 2e-7 <= 2.001
    assert score.grad.isfinite()


def test_the_nearest_single_precision_cosine_is_still_told_from_one():
    below = torch.nextafter(torch.tensor(1.0), torch.tensor(0.0))
    euclidean = DISTANCES.get("euclidean")
    assert euclidean(below) > euclidean(torch.tensor(1.0))
