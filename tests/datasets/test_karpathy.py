from __future__ import annotations

import json

import pytest

from visavis.datasets import load_dataset
from visavis.errors import DatasetError


def entry(name, split, *texts, **other):
    return {"filename": name, "split": split, "sentences": [{"raw": t} for t in texts], **other}


def write(place, *entries):
    return place("k/dataset.json", json.dumps({"images": entries, "dataset": "coco"}))


def test_splits_get_our_names(place):
    place("k/a.jpg", b"")
    place("images/val2014/b.jpg", b"")
    path = write(
        place,
        entry("a.jpg", "test", "A dog . ", "A cat ."),
        entry("b.jpg", "restval", "A bird .", filepath="val2014"),
    )
    dataset = load_dataset(str(path))
    assert [(c.key, c.text, c.lang) for c in dataset.captions] == [
        ("a.jpg#0", "A dog .", "en"),
        ("a.jpg#1", "A cat .", "en"),
        ("val2014/b.jpg#0", "A bird .", "en"),
    ]
    assert dataset.splits == {"a.jpg": "test", "val2014/b.jpg": "train"}
    assert dataset.skipped == ()


def test_unusable_entries_are_skipped_with_a_reason(place):
    place("k/a.jpg", b"")
    good = entry("a.jpg", "val", "A dog .")
    bad = [3, {}, entry("z.jpg", "val"), {**good, "sentences": "A dog"}, {**good, "filename": 7}]
    dataset = load_dataset(str(write(place, good, *bad)))
    assert len(dataset.images) == 1
    assert [row.where.rpartition(": ")[2] for row in dataset.skipped] == [
        f"images[{n}]" for n in range(1, 6)
    ]


@pytest.mark.parametrize("content", ["{", '{"pictures": []}', '{"images": {}}', "3"])
def test_other_files_are_refused_in_one_line(place, content):
    path = place("k.json", content)
    with pytest.raises(DatasetError, match=r"k\.json") as caught:
        load_dataset(str(path))
    assert "\n" not in str(caught.value)
