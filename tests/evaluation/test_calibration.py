import dataclasses

import numpy as np
import pytest
from PIL import Image

from visavis.datasets import Caption, Dataset
from visavis.errors import DatasetError
from visavis.evaluation import calibration
from visavis.evaluation.calibration import Outcomes, calibrate, fit_curve, search_best
from visavis.evaluation.embedding import embed_split
from visavis.evaluation.relevance_queries import judge_captions, judge_words

COLOURS = {"red": (255, 0, 0), "green": (0, 160, 0), "blue": (0, 0, 255)}


@pytest.fixture
def colours(tmp_path):
    """Thirty images, each in a shade of one of three colours, two captions an image."""
    rng = np.random.default_rng(0)
    images, captions = {}, []
    for n in range(30):
        name = list(COLOURS)[n % 3]
        shade = np.clip(np.array(COLOURS[name]) + rng.integers(-40, 40, 3), 0, 255)
        path = tmp_path / f"{n}.png"
        Image.fromarray(np.full((9, 9, 3), shade, np.uint8)).save(path)
        images[path.name] = path
        captions += [
            Caption(f"{n}#0", path.name, f"something {name} number{n}", "en"),
            Caption(f"{n}#1", path.name, f"It is {name}, isn't it", "en"),
            Caption(f"{n}#0@fr", path.name, f"chose {n}", "fr"),
        ]
    return Dataset("colours", images, tuple(captions), dict.fromkeys(images, "dev"))


@pytest.fixture
def english(colours, encoder):
    return embed_split(encoder, colours, "dev", ["en"])[0]


def test_a_caption_asks_for_its_image(english):
    judged = judge_captions(english, similar=0)
    keys = {caption.text: caption.image for caption in english.captions[::2]}
    for row, text in enumerate(judged.texts):
        assert judged.answers[row].sum() == 1
        if text in keys:
            assert english.keys[int(judged.answers[row].argmax())] == keys[text]
    assert (judged.possible == judged.answers).all()


def test_images_with_the_most_similar_captions_may_fit(english):
    judged = judge_captions(english, similar=9 / 29)
    row = judged.texts.index("something green number1")
    possible = {
        int(english.keys[n].removesuffix(".png")) for n in np.flatnonzero(judged.possible[row])
    }
    assert possible == set(range(1, 30, 3))


def test_a_word_asks_for_the_images_that_two_captions_name_so(english, encoder):
    judged = judge_words(english, encoder)
    assert judged.texts == ("blue", "green", "red")
    for word, answers, possible in zip(judged.texts, judged.answers, judged.possible, strict=True):
        named = [
            n
            for n, key in enumerate(english.keys)
            if int(key[:-4]) % 3 == list(COLOURS).index(word)
        ]
        assert np.flatnonzero(answers).tolist() == named
        assert (possible == answers).all()
    np.testing.assert_allclose(judged.vectors, encoder.encode_texts(judged.texts))


def test_single_captions_agree_on_no_words(colours, encoder):
    (french,) = embed_split(encoder, colours, "dev", ["fr"])
    assert judge_words(french, encoder) is None


def test_each_query_is_asked_with_and_without_its_answers(english, encoder):
    judged = judge_words(english, encoder)
    found = search_best(judged, english.images, np.arange(30), sizes=[30])
    assert found.fits.tolist() == ([True] * 3 + [False] * 3) * calibration.DRAWS
    scores = judged.vectors @ english.images.T
    for n in range(6):
        word, fits = int(found.group[n]), found.fits[n]
        ranked = scores[word] if fits else scores[word][~judged.possible[word]]
        assert found.score[n] == pytest.approx(ranked.max())
        assert found.images[n] == len(ranked)
        expected = (ranked.max() - ranked.mean()) / ranked.std()
        assert found.deviations[n] == pytest.approx(expected, rel=1e-4)
    assert (found.words == 1).all()


def test_a_fitted_curve_gives_back_the_odds():
    rng = np.random.default_rng(1)
    n = 40_000
    score, images = rng.uniform(0.2, 0.8, n), rng.choice([5.0, 50.0, 500.0], n)
    words = rng.integers(1, 12, n).astype(float)
    x = -4 + 12 * score - 0.4 * np.log(images) - 0.3 * np.log(words)
    fits = rng.random(n) < 1 / (1 + np.exp(-x))
    curve = fit_curve(
        Outcomes(score, images, words, score, fits, np.arange(n)), {"dataset": "made up"}
    )
    found = (curve.intercept, curve.score, curve.images, curve.words)
    assert found == pytest.approx((-4, 12, -0.4, -0.3), abs=0.2)
    probable = 1 / (1 + np.exp(-x))
    assert curve.cut == pytest.approx(np.quantile(probable[fits], 0.1), abs=0.02)
    assert curve.fitted == {"dataset": "made up"}


def test_searches_told_apart_without_error_give_a_finite_curve():
    score = np.array([0.2, 0.3, 0.7, 0.8] * 9)
    ones = np.ones(36)
    curve = fit_curve(Outcomes(score, ones, ones, ones, score > 0.5, np.arange(36)), {})
    assert curve.relevance(0.75, "dog", 1) > 0.9
    assert curve.relevance(0.25, "dog", 1) < 0.1
    assert curve.cut == 0.5


def test_a_model_is_calibrated_in_all_languages(colours, encoder):
    curve = calibrate(encoder, colours)
    assert curve.score > 0
    assert curve.relevance(1.0, "red", 30) > curve.relevance(0.5, "red", 30)
    assert curve.fitted["langs"] == ["en", "fr"]
    assert (curve.fitted["dataset"], curve.fitted["split"]) == ("colours", "dev")
    assert curve == calibrate(encoder, colours)


def test_too_few_images_are_refused(dataset, encoder):
    with pytest.raises(DatasetError, match="3 images with captions; calibration needs 20"):
        calibrate(encoder, dataset, "test")


def test_images_of_the_training_split_are_refused(overlapping, encoder):
    with pytest.raises(DatasetError, match="also in 'train'"):
        calibrate(encoder, overlapping, "test")


def test_outcomes_are_joined_field_by_field():
    one = Outcomes(*(np.array([n]) for n in range(6)))
    joined = Outcomes.joined([one, one])
    assert [getattr(joined, each.name).tolist() for each in dataclasses.fields(Outcomes)] == [
        [n, n] for n in range(6)
    ]
