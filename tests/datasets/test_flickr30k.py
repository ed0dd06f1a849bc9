from __future__ import annotations

import pytest

from visavis.datasets import load_dataset
from visavis.errors import DatasetError


def test_token_file_as_published(place):
    place("flickr30k-images/1.jpg", b"")
    place("flickr30k-images/2.jpg", b"")
    path = place("results_20130124.token", "1.jpg#0\tA dog .\n1.jpg#1\tbad\xff\n3.jpg#0\tA cat .\n")
    dataset = load_dataset(f"flickr30k:{path.parent}")
    assert list(dataset.images) == ["1.jpg", "2.jpg"]
    assert [(c.key, c.text) for c in dataset.captions] == [
        ("1.jpg#0", "A dog ."),
        ("1.jpg#1", "bad\xff"),
    ]
    assert [row.reason for row in dataset.skipped] == ["no image 3.jpg"]
    assert load_dataset(str(path)) == dataset


def test_csv_with_bars(place):
    place("flickr30k_images/1.jpg", b"")
    rows = (
        "image_name| comment_number| comment\n1.jpg| 0| Two men , one in red .\n1.jpg| 4 A dog .\n"
    )
    path = place("results.csv", rows)
    dataset = load_dataset(str(path.parent))
    assert [caption.text for caption in dataset.captions] == ["Two men , one in red ."]
    assert [row.reason for row in dataset.skipped] == ["2 columns where the header has 3"]
    assert load_dataset(str(path)) == dataset


@pytest.mark.parametrize("name", ["a.txt", "results.token"])
def test_other_folders_are_refused(place, name):
    path = place(name, "1.jpg#0\tA dog .\n")
    with pytest.raises(DatasetError, match=r"not (a|of) Flickr30k"):
        load_dataset(f"flickr30k:{path.parent}")
