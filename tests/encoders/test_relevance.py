import json
import math
import shutil

import pytest

from visavis.encoders import BUNDLED, load_encoder
from visavis.encoders.folder import update_description
from visavis.encoders.relevance import RelevanceCurve, count_words
from visavis.errors import ModelError

CURVE = RelevanceCurve(-6.0, 17.0, -0.5, -0.3, 0.3, {"dataset": "d"})


def test_relevance_is_the_logistic_function_of_score_images_and_words():
    x = -6 + 17 * 0.6 - 0.5 * math.log(1000) - 0.3 * math.log(3)
    assert CURVE.relevance(0.6, "a red dog!", 1000) == pytest.approx(1 / (1 + math.exp(-x)))


def test_no_images_and_no_words_count_as_one():
    assert CURVE.relevance(0.6, "?!", 0) == CURVE.relevance(0.6, "dog", 1)


@pytest.mark.parametrize(("score", "least"), [(1e6, 0.999), (-1e6, 0)])
def test_relevance_of_any_score_is_finite(score, least):
    assert least <= CURVE.relevance(score, "dog", 5) <= 1


@pytest.mark.parametrize(
    ("text", "words"), [("a dog", 2), ("l'été à vélo", 4), ("snow_storm", 2), ("", 1)]
)
def test_words_are_counted(text, words):
    assert count_words(text) == words


def test_a_curve_is_kept_in_model_json(tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "model")
    before = load_encoder(folder).id
    update_description(folder, {"relevance": CURVE.to_json()})
    encoder = load_encoder(folder)
    assert encoder.relevance == CURVE
    assert encoder.relevance.fitted == {"dataset": "d"}
    assert encoder.id == before


def test_the_bundled_model_is_calibrated():
    curve = load_encoder().relevance
    assert curve.score > 0
    assert 0 < curve.cut <= 0.5


def test_a_model_without_a_curve_has_no_relevance(tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "model")
    details = json.loads((folder / "model.json").read_text("utf-8"))
    details.pop("relevance", None)
    (folder / "model.json").write_text(json.dumps(details))
    assert load_encoder(folder).relevance is None


@pytest.mark.parametrize("values", [{}, {**CURVE.to_json(), "score": float("nan")}, [1]])
def test_a_malformed_curve_is_refused(tmp_path, values):
    folder = shutil.copytree(BUNDLED, tmp_path / "model")
    update_description(folder, {"relevance": values})
    with pytest.raises(ModelError, match=r"model\.json"):
        load_encoder(folder)
