from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from visavis.datasets import Caption, Dataset, Skipped
from visavis.datasets.base import join
from visavis.errors import DatasetError

DATASET = Dataset(
    name="tiny",
    images={name: Path(name) for name in ("a.jpg", "b.jpg", "c.jpg")},
    captions=(
        Caption("a#0", "a.jpg", "one", "en"),
        Caption("a#0@fr", "a.jpg", "un", "fr"),
        Caption("b#0", "b.jpg", "two", "en"),
        Caption("c#0", "c.jpg", "three", "en"),
        Caption("c#0@fr", "c.jpg", "trois", "fr", machine=True),
    ),
    splits={"a.jpg": "train", "b.jpg": "dev", "c.jpg": "train"},
    skipped=(Skipped("x:1", "bad"),),
)


def keys(dataset):
    return [caption.key for caption in dataset.captions]


def test_select_without_arguments_keeps_everything():
    assert DATASET.select() == DATASET


def test_select_a_split():
    train = DATASET.select("train")
    assert list(train.images) == ["a.jpg", "c.jpg"]
    assert keys(train) == ["a#0", "a#0@fr", "c#0", "c#0@fr"]
    assert train.splits == {"a.jpg": "train", "c.jpg": "train"}
    assert train.skipped == DATASET.skipped


def test_select_a_language_keeps_images_without_it():
    french = DATASET.select(lang="fr")
    assert list(french.images) == ["a.jpg", "b.jpg", "c.jpg"]
    assert keys(french) == ["a#0@fr", "c#0@fr"]


def test_a_language_missing_from_the_split_selects_no_captions():
    french = DATASET.select("dev", "fr")
    assert list(french.images) == ["b.jpg"]
    assert french.captions == ()


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"split": "val"}, "tiny has no split 'val'; it has: dev, train"),
        ({"split": ""}, "tiny has no split ''; it has: dev, train"),
        ({"lang": "de"}, "tiny has no language 'de'; it has: en, fr"),
    ],
)
def test_an_unknown_split_or_language_is_refused(choice, message):
    with pytest.raises(DatasetError) as caught:
        DATASET.select(**choice)
    assert str(caught.value) == message


def test_an_empty_dataset_has_no_split_to_select():
    empty = Dataset("empty", {}, (), {})
    assert empty.select() == empty
    with pytest.raises(DatasetError, match="none at all"):
        empty.select("train")


def test_select_does_not_change_the_original():
    before = keys(DATASET)
    DATASET.select("dev", "en")
    assert keys(DATASET) == before
    with pytest.raises(dataclasses.FrozenInstanceError):
        DATASET.name = "other"


def test_a_skipped_row_prints_as_one_line():
    assert str(Skipped("captions.csv:7", "no text")) == "captions.csv:7: no text"


def test_repr_counts_instead_of_listing():
    assert repr(DATASET.select(lang="en")) == f"<Dataset {DATASET.name!r}: 3 images, 3 captions>"


def test_joined_datasets_keep_all_and_mix_nothing_up():
    other = Dataset(
        name="shop",
        images={"a.jpg": Path("shop/a.jpg")},
        captions=(Caption("a#0", "a.jpg", "a shirt", "en"),),
        splits={"a.jpg": "train"},
        passed_over={".txt": 2},
    )
    joined = join([DATASET, other])
    assert joined.name == "tiny+shop"
    assert len(joined.images) == len(joined.splits) == 4
    assert joined.images["1:a.jpg"] == Path("a.jpg")
    assert joined.images["2:a.jpg"] == Path("shop/a.jpg")
    assert [c.text for c in joined.captions if c.image == "2:a.jpg"] == ["a shirt"]
    assert keys(joined.select("dev")) == ["1:b#0"]
    assert joined.skipped == DATASET.skipped
    assert joined.passed_over == {".txt": 2}


def test_one_dataset_joined_is_itself():
    assert join([DATASET]) is DATASET
