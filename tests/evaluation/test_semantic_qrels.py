from __future__ import annotations

import numpy as np
import pytest

from visavis.errors import VisavisError
from visavis.evaluation import semantic_qrels as module
from visavis.evaluation.semantic_qrels import choose_threshold, find_relevant


def relevant_to(qrels, query):
    queries, items = qrels.pairs()
    return items[queries == query].tolist()


@pytest.fixture
def texts():
    rng = np.random.default_rng(5)
    image_index = np.concatenate([np.arange(12), rng.integers(12, size=30)]) * 2
    vectors = (rng.normal(size=(24, 10))[image_index] + 1.3 * rng.normal(size=(42, 10))).astype(
        "f4"
    )
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), image_index


def similarities(vectors, image_index):
    """Similarity of each text to the most similar other text of each image."""
    found = {}
    for text in range(len(image_index)):
        for image in set(image_index.tolist()):
            there = [n for n in np.flatnonzero(image_index == image) if n != text]
            if there:
                found[text, image] = max(float(vectors[n] @ vectors[text]) for n in there)
    return found


@pytest.fixture(params=[1, 100, 2**24])
def block(request, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", request.param)


def test_tau_is_the_lowest_threshold_within_the_rate(texts, block):
    vectors, image_index = texts
    near = similarities(vectors, image_index)
    others = np.array([s for (text, image), s in near.items() if image != image_index[text]])
    own = np.array([s for (text, image), s in near.items() if image == image_index[text]])
    found = choose_threshold(vectors, image_index, "dev", rate=0.05)
    assert np.mean(others >= found.tau) <= 0.05 < np.mean(others >= found.tau - 0.001)
    for level in (-0.2, 0.3, found.tau):
        expected = np.mean(own >= level), np.mean(others >= level)
        assert found.at(level) == pytest.approx(expected, abs=0.003)


def test_relevant_images_are_the_own_one_and_those_with_a_similar_text(texts, block):
    vectors, image_index = texts
    expected = {
        (text, image)
        for (text, image), similarity in similarities(vectors, image_index).items()
        if similarity >= 0.4
    } | set(enumerate(image_index.tolist()))
    found = find_relevant(vectors, image_index, 0.4)
    assert set(zip(found.texts.tolist(), found.images.tolist(), strict=True)) == expected
    assert len(found.texts) == len(expected), "no pair twice"
    assert (image_index[found.texts] == found.images).tolist() == found.own.tolist()
    new = ~found.own
    assert new.sum() > 10
    assert (found.similarity[new] >= 0.4).all()
    assert relevant_to(found.image_to_text(), 0) == sorted(t for t, i in expected if i == 0)
    assert relevant_to(found.text_to_image(), 3) == sorted(i for t, i in expected if t == 3)


def test_exact_copies_are_always_accepted():
    vectors = np.repeat(np.eye(2, dtype=np.float32), 4, axis=0)
    image_index = np.array([0, 1, 2, 3, 4, 5, 6, 7])
    found = choose_threshold(vectors, image_index, "dev")
    assert found.tau == 1
    assert relevant_to(find_relevant(vectors, image_index, found.tau).text_to_image(), 5) == [
        4,
        5,
        6,
        7,
    ]
    assert np.isnan(found.at(0.5)[0]), "no image has a second caption to accept its own by"


def test_one_image_alone_cannot_set_tau():
    with pytest.raises(VisavisError, match="'dev' has captions of one image only"):
        choose_threshold(np.eye(3, dtype=np.float32), np.zeros(3, np.int64), "dev")
