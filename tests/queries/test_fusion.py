"""Each fusion scores as its formula over all vectors does: `fusing.slow_scores`."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusing import slow_scores
from visavis.moments import Moments
from visavis.queries.fusion import DEFAULT_FUSION, FUSIONS, LinearQuery, Terms

WEIGHTS = [2.0, -1.0]
RNG = np.random.default_rng(0)


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


ITEMS, TEXTS, TERMS = (unit(RNG.normal(0.3, 1, (n, 8))) for n in (50, 30, 2))
TEXT_MEAN = np.float32(0.2) * unit(RNG.normal(0.3, 1, (1, 8)))[0]


def fuse(name, terms=TERMS, weights=WEIGHTS, ranked=ITEMS):
    """Fuse an image with texts, and score everything that is ranked."""
    modalities = ["image", *["text"] * (len(terms) - 1)]
    moments = {None: ranked, "image": ITEMS, "text": TEXTS}
    query = FUSIONS.get(name)(
        Terms(terms, np.array(weights, float), modalities, TEXT_MEAN),
        lambda modality=None: Moments.of(moments[modality]),
    )
    return np.array([query.score(float(query.vector @ x)) for x in ranked])


def expected(name, terms=TERMS, weights=WEIGHTS, ranked=ITEMS):
    means = [ITEMS.mean(axis=0, dtype=float), *[TEXT_MEAN.astype(float)] * (len(terms) - 1)]
    return slow_scores(name, terms, weights, ranked, means)


def test_there_are_three_and_one_is_the_default():
    assert FUSIONS.names() == ["calibrated", "centred", "sum"]
    assert DEFAULT_FUSION in FUSIONS


def test_a_linear_query_scores_what_lies_above_its_offset():
    query = LinearQuery(np.ones(2), 0.5, lambda mixed: 3 * mixed)
    assert query.score(2.0) == 4.5
    assert LinearQuery(np.ones(2)).score(2.0) == 2.0


@pytest.mark.parametrize("name", FUSIONS.names())
def test_scores_are_those_of_the_formula(name):
    np.testing.assert_allclose(fuse(name), expected(name), atol=1e-6)


def test_sum_ranks_like_the_joint_vector():
    joint = ITEMS @ (np.array(WEIGHTS) @ TERMS)
    assert (np.argsort(fuse("sum")) == np.argsort(joint)).all()


def test_taking_the_mean_of_the_items_away_as_well_would_change_nothing():
    moved = ITEMS - ITEMS.mean(axis=0)
    np.testing.assert_allclose(fuse("centred"), fuse("centred", ranked=moved), atol=1e-6)


def test_calibrated_does_not_mind_another_scale():
    """A term's similarities are 0.1 s + 0.7 when it and the items get another dimension."""
    terms = np.hstack([TERMS * [[0.1], [1]], [[0.7], [0]]])
    items = np.hstack([ITEMS, np.ones((len(ITEMS), 1))])
    np.testing.assert_allclose(fuse("calibrated", terms, ranked=items), fuse("calibrated"))


def test_sum_asks_for_no_moments():
    FUSIONS.get("sum")(Terms(TERMS, np.array(WEIGHTS), ["image", "text"]), None)


@pytest.mark.parametrize("name", FUSIONS.names())
@settings(deadline=None)
@given(data=st.data())
def test_promises_of_every_fusion(name, data):
    number = st.integers(-4, 4).map(float)
    row = st.lists(number, min_size=8, max_size=8).filter(any)
    ranked = unit(np.array(data.draw(st.lists(row, min_size=1, max_size=6))))
    terms = unit(np.array(data.draw(st.lists(row, min_size=1, max_size=5))))
    size = st.floats(0.1, 10).map(lambda value: round(value, 2))
    by = [data.draw(size) * data.draw(st.sampled_from([1, -1])) for _ in terms]
    scores = fuse(name, terms, by, ranked)
    assert scores.shape == (len(ranked),)
    assert ((scores >= -1 - 1e-6) & (scores <= 1 + 1e-6)).all()
    np.testing.assert_allclose(scores, expected(name, terms, by, ranked), atol=1e-4)
    np.testing.assert_allclose(fuse(name, terms, [3 * w for w in by], ranked), scores, atol=1e-9)


@pytest.mark.parametrize("name", ["sum", "calibrated"])
@pytest.mark.parametrize("weight", [1.0, -1.0])
def test_one_term_ranks_as_its_similarities_do(name, weight):
    scores = fuse(name, TERMS[:1], [weight])
    assert np.argsort(scores).tolist() == np.argsort(weight * (ITEMS @ TERMS[0])).tolist()


@pytest.mark.parametrize("name", FUSIONS.names())
def test_enormous_weights_and_items_all_alike(name):
    scores = fuse(name, weights=[1e308, 1e308], ranked=np.repeat(ITEMS[:1], 2, axis=0))
    assert math.isfinite(scores[0])
    assert scores[0] == scores[1]


@pytest.mark.parametrize("name", ["calibrated", "centred"])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_items_that_are_all_alike_are_average(name, count):
    assert fuse(name, ranked=np.repeat(ITEMS[:1], count, axis=0)).tolist() == [0.0] * count


@pytest.mark.parametrize("noise", [0, 1e-3])
def test_the_only_image_of_a_collection_is_a_term_as_it_is(noise):
    """Its difference from the mean, itself, would be rounding, however it was encoded."""
    (image,) = unit(ITEMS[:1] + noise)
    terms = Terms(np.stack([image, TERMS[1]]), np.array(WEIGHTS), ["image", "text"])
    queries = [
        FUSIONS.get(name)(terms, lambda each=None: Moments.of(ITEMS[:1] if each else TEXTS))
        for name in ("centred", "calibrated")
    ]
    np.testing.assert_allclose(*(query.vector for query in queries), atol=1e-6)


@pytest.mark.parametrize(("name", "best"), [("calibrated", 1), ("centred", 2)])
def test_what_all_images_have_in_common_is_not_asked_for_when_centred(name, best):
    common, rare, other = np.eye(3)
    images = unit(np.array([common + 0.2 * rare, common + 0.3 * rare, common + 0.2 * other]))
    ranked = unit(np.array([common, common + 0.1 * rare, rare]))
    moments = {None: Moments.of(ranked), "image": Moments.of(images)}
    query = FUSIONS.get(name)(
        Terms(images[:1], np.ones(1), ["image"]), lambda each=None: moments[each]
    )
    assert np.argmax(ranked @ query.vector) == best


def test_what_all_texts_have_in_common_is_not_asked_for_when_centred():
    common, red, blue = np.eye(3)
    in_red, typical = unit(np.array([common + 0.3 * red, common + 0.1 * (red + blue)]))
    ranked = unit(np.array([common, common + 0.1 * red, red, blue]))
    best = {
        name: np.argmax(
            ranked
            @ FUSIONS.get(name)(
                Terms(in_red[np.newaxis], np.ones(1), ["text"], typical),
                lambda _=None: Moments.of(ranked),
            ).vector
        )
        for name in ("calibrated", "centred")
    }
    assert best == {"calibrated": 1, "centred": 2}


def test_texts_of_a_model_without_a_mean_stay_and_ask_for_no_moments_of_images():
    terms = Terms(TERMS, np.array(WEIGHTS), ["text", "text"])
    asked = []

    def moments(modality=None):
        asked.append(modality)
        return Moments.of(ITEMS)

    one, other = (FUSIONS.get(name)(terms, moments) for name in ("centred", "calibrated"))
    assert one.vector.tolist() == other.vector.tolist()
    assert set(asked) == {None}


@pytest.mark.parametrize("name", FUSIONS.names())
def test_forty_terms(name):
    terms = unit(RNG.normal(size=(40, 8)))
    scores = fuse(name, terms, RNG.choice([-1.0, 1.0], 40))
    assert np.isfinite(scores).all()
    assert len(set(np.round(scores, 6))) > 40


def test_a_fusion_of_ones_own(monkeypatch):
    """A direction of change: the text, less the mean of all texts, beside the image as it is."""

    def direction(terms, moments):
        moved = [
            vector - moments("text").mean if modality == "text" else vector
            for vector, modality in zip(terms.vectors, terms.modalities, strict=True)
        ]
        return LinearQuery(terms.weights @ np.array(moved))

    monkeypatch.setitem(FUSIONS._objects, "direction", direction)
    assert "direction" in FUSIONS.names()
    vector = 2 * TERMS[0] - (TERMS[1] - TEXTS.mean(axis=0, dtype=float))
    np.testing.assert_allclose(fuse("direction"), ITEMS @ vector, atol=1e-6)
