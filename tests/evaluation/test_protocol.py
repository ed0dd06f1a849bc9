from __future__ import annotations

import numpy as np
import pytest

from visavis.datasets import Caption, Dataset
from visavis.errors import DatasetError, VisavisError
from visavis.evaluation import evaluate
from visavis.evaluation.embedding import EmbeddedSplit
from visavis.evaluation.protocol import measure, rank_both_ways


def test_a_report_counts_and_ranks_each_language(encoder, dataset):
    english, french = evaluate(encoder, dataset, "test")
    assert english.to_json() == {
        "dataset": "colours",
        "split": "test",
        "lang": "en",
        "images": 3,
        "captions": 6,
        "model": "fake@1",
        "image_to_text": {"R@1": 100, "R@5": 100, "R@10": 100, "median_rank": 1},
        "text_to_image": {"R@1": 100, "R@5": 100, "R@10": 100, "median_rank": 1},
    }
    assert (french.embedded.lang, len(french.embedded.captions)) == ("fr", 3), (
        "machine translations are not measured"
    )


def test_swapped_captions_lower_recall(encoder, dataset):
    swapped = tuple(
        Caption(
            c.key,
            {"red.png": "blue.png", "blue.png": "red.png"}.get(c.image, c.image),
            c.text,
            c.lang,
        )
        for c in dataset.captions
        if c.lang == "en"
    )
    (report,) = evaluate(
        encoder, Dataset("swapped", dataset.images, swapped, dataset.splits), "test"
    )
    assert report.to_json()["text_to_image"]["R@1"] == pytest.approx(33.33)


def test_a_language_without_human_captions_is_refused(encoder, dataset):
    with pytest.raises(DatasetError, match=r"no human-written captions in de .*there are: en, fr"):
        evaluate(encoder, dataset, "test", ["de"])


def test_a_split_without_captions_is_refused(encoder, dataset):
    bare = Dataset("bare", dataset.images, (), dataset.splits)
    with pytest.raises(DatasetError, match="no human-written captions for split 'test'"):
        evaluate(encoder, bare, "test")


def test_a_collapsed_model_is_refused(encoder, dataset):
    encoder.encode_texts = lambda texts: np.full((len(texts), 16), 0.25, np.float32)
    encoder.encode_images = encoder.encode_texts
    with pytest.raises(VisavisError, match="collapsed"):
        evaluate(encoder, dataset, "test")


def test_scores_are_ranked_in_both_directions():
    image_index = np.array([0, 0, 2])
    scores = np.array([[0.1, 0.5, 0.3], [0.9, 0.9, 0.9], [0.2, 0.2, 0.2]])
    to_text, to_image = rank_both_ways(scores, image_index)
    assert to_text.tolist() == [1, 3], "image 1 has no text; the texts of image 2 tie"
    assert to_image.tolist() == [3, 2, 3]


@pytest.fixture
def embedded():
    rng = np.random.default_rng(0)
    image_index = np.arange(10).repeat(3)
    images = rng.normal(size=(10, 6))
    texts = images[image_index] + 1.5 * rng.normal(size=(30, 6))
    captions = tuple(Caption(str(n), str(image_index[n]), f"text {n}", "en") for n in range(30))
    keys = tuple(map(str, range(10)))
    return EmbeddedSplit("d", "test", "en", "m@1", keys, keys, captions, image_index, images, texts)


def test_each_fold_is_searched_separately(embedded):
    full, folded = measure(embedded), measure(embedded, folds=5)
    for direction in ("image_to_text", "text_to_image"):
        one, five = getattr(full, direction), getattr(folded, direction)
        assert five.queries.tolist() == one.queries.tolist()
        assert (five.first <= one.first).all()
        assert (five.first < one.first).any()
    assert set(folded.text_to_image.candidates) == {2}
    alone = measure(embedded.subset(np.array([4, 5])))
    assert folded.image_to_text.first[4:6].tolist() == alone.image_to_text.first.tolist()
    assert folded.text_to_image.first[12:18].tolist() == alone.text_to_image.first.tolist()


def test_more_folds_than_images_are_refused(embedded):
    with pytest.raises(DatasetError, match="11 folds of 10 images"):
        measure(embedded, folds=11)
