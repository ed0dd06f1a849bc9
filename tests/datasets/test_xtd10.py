import pytest

from dataset_samples import xtd10
from visavis.datasets import load_dataset
from visavis.errors import DatasetError


def test_captions_are_read_line_by_line_in_each_language(place):
    dataset = load_dataset(xtd10(place))
    assert [(c.key, c.text) for c in dataset.captions] == [
        ("a.jpg#en", "a dog"),
        ("b.jpg#en", "a cat"),
        ("a.jpg#fr", "un chien ."),
    ]
    assert set(dataset.splits.values()) == {"test"}
    assert [row.reason for row in dataset.skipped[1:]] == ["not translated"]
    assert "no image" in dataset.skipped[0].reason


def test_japanese_has_its_own_code(place):
    folder = xtd10(place)
    place("x/STAIR/test_1kcaptions_jp.txt", "犬\n猫\n鳥\n")
    dataset = load_dataset(folder).select(lang="ja")
    assert [c.text for c in dataset.captions] == ["犬", "猫"]


def test_a_file_with_a_line_too_few_is_refused(place):
    folder = xtd10(place)
    file = place("x/MIC/test_1kcaptions_de.txt", "ein Hund\n")
    with pytest.raises(DatasetError, match=r"1 lines where test_image_names\.txt has 3") as caught:
        load_dataset(folder)
    assert str(file) in str(caught.value)
