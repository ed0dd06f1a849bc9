import pytest

from dataset_samples import crossmodal3600
from visavis.datasets import load_dataset
from visavis.errors import DatasetError


def test_captions_of_all_languages_are_read(place):
    dataset = load_dataset(crossmodal3600(place))
    assert [(c.key, c.lang, c.text) for c in dataset.captions] == [
        ("a#0@en", "en", "a dog"),
        ("a#1@en", "en", "two dogs"),
        ("a#0@fr", "fr", "un chien"),
    ]
    assert dataset.splits == {"a": "test"}
    missing, damaged = dataset.skipped
    assert "no image" in missing.reason
    assert damaged.where.endswith("captions.jsonl:3")


def test_the_file_alone_is_recognised_too(place):
    folder = crossmodal3600(place)
    assert load_dataset(f"{folder}/captions.jsonl") == load_dataset(folder)


def test_other_json_lines_are_left_to_their_reader(place):
    place("t/a.jpg", b"")
    path = place("t/captions.jsonl", '{"image": "a.jpg", "text": "a dog"}\n')
    assert load_dataset(str(path)).captions[0].text == "a dog"
    with pytest.raises(DatasetError, match="not Crossmodal-3600: no lines with 'image/key'"):
        load_dataset(f"crossmodal3600:{path}")
