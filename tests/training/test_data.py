from pathlib import Path

import pytest

from visavis.datasets.base import Caption, Dataset
from visavis.errors import TrainingError
from visavis.training.data import read_pairs


def dataset(splits, captions):
    """A dataset of images `a`, `b` … with a split each, and (image, lang, machine) captions."""
    return Dataset(
        "toy",
        {key: Path(f"{key}.jpg") for key in splits},
        tuple(
            Caption(f"{image}#{n}", image, f"text {n} of {image}", lang, machine)
            for n, (image, lang, machine) in enumerate(captions)
        ),
        splits,
    )


def test_train_and_dev_are_the_datasets_own():
    data = read_pairs(
        dataset(
            {"a": "train", "b": "train", "c": "dev", "d": "test"},
            [(key, "en", False) for key in "aabcd"],
        ),
        None,
        seed=1,
    )
    assert [path.stem for path in data.train.paths] == ["a", "b"]
    assert data.train.image_of_caption.tolist() == [0, 0, 1]
    assert [path.stem for path in data.dev.paths] == ["c"]
    assert data.note == "dev: the split 'dev'"


def test_machine_captions_teach_and_do_not_judge():
    data = read_pairs(
        dataset(
            {"a": "train", "b": "train", "c": "dev"},
            [("a", "fr", True), ("b", "fr", False), ("c", "fr", True), ("c", "fr", False)],
        ),
        ["fr"],
        seed=1,
    )
    assert len(data.train.texts) == 2
    assert data.dev.texts == ["text 3 of c"]


def test_images_without_a_caption_in_the_language_are_left_out():
    data = read_pairs(
        dataset(
            {"a": "train", "b": "train", "c": "train", "d": "dev"},
            [("a", "fr", False), ("b", "en", False), ("c", "fr", False), ("d", "fr", False)],
        ),
        ["fr"],
        seed=1,
    )
    assert [path.stem for path in data.train.paths] == ["a", "c"]


def test_a_tenth_is_held_out_where_there_is_no_dev_split():
    keys = [f"p{n:02}" for n in range(40)]
    whole = dataset(dict.fromkeys(keys, "none"), [(key, "en", False) for key in keys])
    data = read_pairs(whole, None, seed=1)
    learned, held = ({path.stem for path in pairs.paths} for pairs in (data.train, data.dev))
    assert (len(learned), len(held)) == (36, 4)
    assert not learned & held
    assert data.note.startswith("dev: 4 training images held out")
    assert {path.stem for path in read_pairs(whole, None, seed=1).dev.paths} == held
    assert {path.stem for path in read_pairs(whole, None, seed=2).dev.paths} != held


@pytest.mark.parametrize(
    ("splits", "captions", "langs", "message"),
    [
        ({"a": "train", "b": "train"}, "", None, "0 of 2 training images have captions"),
        ({"a": "train"}, "a", None, "1 of 1 training images have captions; at least 2"),
        ({"a": "test", "b": "dev"}, "ab", None, "no split 'train'; it has: dev, test"),
        ({"a": "train", "b": "train"}, "ab", ["de"], "no captions in 'de'; languages: en"),
        ({"a": "train", "b": "train", "c": "dev"}, "ab", None, "no dev image has a caption"),
    ],
)
def test_what_cannot_be_learned_from_is_named(splits, captions, langs, message):
    with pytest.raises(TrainingError) as error:
        read_pairs(dataset(splits, [(key, "en", False) for key in captions]), langs, seed=1)
    assert message in str(error.value)
