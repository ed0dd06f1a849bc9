"""Relevance of the hits of a collection."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from visavis.collection import Collection
from visavis.encoders.relevance import RelevanceCurve
from visavis.errors import QueryError
from visavis.queries import image, text
from visavis.relevance import is_below
from visavis.types import Hit

CURVE = RelevanceCurve(-2.0, 5.0, -0.5, -0.3, 0.3)


@pytest.fixture
def photos(tmp_path, encoder):
    encoder.relevance = CURVE
    with Collection.create(tmp_path / "c", encoder) as collection:
        for colour in ("red", "green", "blue"):
            Image.new("RGB", (60, 40), colour).save(tmp_path / f"{colour}.png")
            collection.add_image(tmp_path / f"{colour}.png")
        collection.add_text("a red thing")
        yield collection


def test_images_found_by_a_text_have_the_relevance_of_the_curve(photos):
    hits = photos.search("a red dog")
    expected = [CURVE.relevance(hit.score, "a red dog", 3) for hit in hits]
    assert [hit.relevance for hit in hits] == pytest.approx(expected, abs=1e-4)
    assert hits[0].relevance > hits[-1].relevance


def test_relevance_depends_on_the_images_there_now(photos, tmp_path):
    before = photos.search("red", 1)[0]
    for n in range(9):
        Image.fromarray(np.full((9, 9, 3), 9 * n, np.uint8)).save(tmp_path / "more.png")
        photos.add_image(tmp_path / "more.png", source=f"more{n}")
    after = photos.search("red", 1)[0]
    assert after.id == before.id
    assert after.relevance == pytest.approx(CURVE.relevance(after.score, "red", 12), abs=1e-4)
    assert after.relevance < before.relevance


def test_a_filter_does_not_change_relevance(photos):
    all_of_them = {hit.id: hit.relevance for hit in photos.search("red")}
    (hit,) = photos.search("red", where=["source~green"])
    assert hit.relevance == all_of_them[hit.id]


def test_other_hits_have_no_relevance(photos, tmp_path):
    red = tmp_path / "red.png"
    queries = [image(red), text("red") + text("dog"), -1 * text("red"), text("red") + image(red)]
    assert {hit.relevance for query in queries for hit in photos.search(query)} == {None}
    assert {hit.relevance for hit in photos.search("red", modality="text")} == {None}
    both = photos.search("red", modality=None)
    assert {hit.modality for hit in both if hit.relevance is None} == {"text"}
    assert {hit.modality for hit in both if hit.relevance is not None} == {"image"}


def test_hits_below_the_least_relevance_are_left_out(photos):
    hits = photos.search("red")
    least = hits[1].relevance
    kept = photos.search("red", min_relevance=least)
    assert kept == [hit for hit in hits if hit.relevance >= least]
    assert len(kept) < len(hits)
    assert photos.search("red", min_relevance=1) == []
    assert photos.search("red", min_relevance=0) == hits


@pytest.mark.parametrize(
    ("query", "options", "message"),
    [
        (text("red") + text("dog"), {}, "a query of one text"),
        ("red", {"modality": "text"}, "not for texts"),
        ("red", {"modality": None}, "not for texts"),
        ("red", {"min_relevance": 1.5}, "min_relevance 1.5: from 0 to 1"),
        ("red", {"min_relevance": float("nan")}, "from 0 to 1"),
    ],
)
def test_a_least_relevance_that_cannot_be_held_is_refused(photos, query, options, message):
    with pytest.raises(QueryError, match=message):
        photos.search(query, **{"min_relevance": 0.5, **options})


def test_a_model_that_is_not_calibrated_has_none(photos, encoder):
    encoder.relevance = None
    assert {hit.relevance for hit in photos.search("red")} == {None}
    with pytest.raises(QueryError, match=r"'fake@1' is not calibrated: .*models calibrate"):
        photos.search("red", min_relevance=0.5)


def test_unknown_words_of_all_texts_are_named_once(photos, encoder, tmp_path):
    encoder.unknown_words = lambda given: [word for word in given.split() if "z" in word]
    query = text("zz a") + text("b xz zz") - image(tmp_path / "red.png")
    assert photos.unknown_words(query) == ["zz", "xz"]
    assert photos.unknown_words("a dog") == []


@pytest.mark.parametrize(
    ("relevance", "cut", "below"),
    [(0.2, 0.3, True), (0.3, 0.3, False), (None, 0.3, False), (0.2, None, False)],
)
def test_below_the_cut(relevance, cut, below):
    assert is_below(Hit("a", 0.5, "image", "a.jpg", relevance=relevance), cut) is below
