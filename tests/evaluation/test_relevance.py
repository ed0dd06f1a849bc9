from __future__ import annotations

import numpy as np
import pytest

from visavis.errors import VisavisError
from visavis.evaluation import relevance as room
from visavis.evaluation.relevance import choose_tau, find_relevant


def right_for(judgments, query):
    queries, items = judgments.pairs()
    return items[queries == query].tolist()


@pytest.fixture
def judged():
    rng = np.random.default_rng(5)
    owners = np.concatenate([np.arange(12), rng.integers(12, size=30)]) * 2
    vectors = (rng.normal(size=(24, 10))[owners] + 1.3 * rng.normal(size=(42, 10))).astype("f4")
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), owners


def nearness(vectors, owners):
    """Text by image: similarity to the nearest text of the image, itself excepted."""
    found = {}
    for text in range(len(owners)):
        for image in set(owners.tolist()):
            there = [n for n in np.flatnonzero(owners == image) if n != text]
            if there:
                found[text, image] = max(float(vectors[n] @ vectors[text]) for n in there)
    return found


@pytest.fixture(params=[1, 100, 2**24])
def block(request, monkeypatch):
    monkeypatch.setattr(room, "BLOCK", request.param)


def test_tau_is_the_lowest_level_that_lets_few_others_through(judged, block):
    vectors, owners = judged
    near = nearness(vectors, owners)
    others = np.array([s for (text, image), s in near.items() if image != owners[text]])
    own = np.array([s for (text, image), s in near.items() if image == owners[text]])
    found = choose_tau(vectors, owners, "dev", rate=0.05)
    assert np.mean(others >= found.tau) <= 0.05 < np.mean(others >= found.tau - 0.001)
    for level in (-0.2, 0.3, found.tau):
        expected = np.mean(own >= level), np.mean(others >= level)
        assert found.at(level) == pytest.approx(expected, abs=0.003)


def test_a_text_fits_its_own_image_and_those_with_a_near_text(judged, block):
    vectors, owners = judged
    expected = {
        (text, image)
        for (text, image), similarity in nearness(vectors, owners).items()
        if similarity >= 0.4
    } | set(enumerate(owners.tolist()))
    found = find_relevant(vectors, owners, 0.4)
    assert set(zip(found.texts.tolist(), found.images.tolist(), strict=True)) == expected
    assert len(found.texts) == len(expected), "no pair twice"
    assert (owners[found.texts] == found.images).tolist() == found.own.tolist()
    new = ~found.own
    assert new.sum() > 10
    assert (found.similarity[new] >= 0.4).all()
    assert right_for(found.of_images(), 0) == sorted(t for t, i in expected if i == 0)
    assert right_for(found.of_texts(), 3) == sorted(i for t, i in expected if t == 3)


def test_exact_copies_are_always_accepted():
    vectors = np.repeat(np.eye(2, dtype=np.float32), 4, axis=0)
    owners = np.array([0, 1, 2, 3, 4, 5, 6, 7])
    found = choose_tau(vectors, owners, "dev")
    assert found.tau == 1
    assert right_for(find_relevant(vectors, owners, found.tau).of_texts(), 5) == [4, 5, 6, 7]
    assert np.isnan(found.at(0.5)[0]), "no image has a second caption to accept its own by"


def test_one_image_alone_cannot_set_tau():
    with pytest.raises(VisavisError, match="'dev' has captions of one image only"):
        choose_tau(np.eye(3, dtype=np.float32), np.zeros(3, np.int64), "dev")
