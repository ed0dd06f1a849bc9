from __future__ import annotations

import json

import pytest

from visavis.datasets import load_dataset
from visavis.errors import DatasetError


def write(place, name, images, annotations):
    return place(name, json.dumps({"images": images, "annotations": annotations, "info": {}}))


@pytest.mark.parametrize(
    ("file", "image", "split"),
    [
        ("annotations/captions_train2017.json", "train2017/a.jpg", "train"),
        ("captions_val2014.json", "val2014/a.jpg", "dev"),
        ("captions.json", "images/a.jpg", "none"),
        ("captions.json", "a.jpg", "none"),
    ],
)
def test_images_are_found_in_the_folders_of_coco(place, tmp_path, file, image, split):
    place(image, b"")
    path = write(
        place,
        file,
        [{"id": 9, "file_name": "a.jpg"}],
        [{"id": 5, "image_id": 9, "caption": "A dog.\n"}],
    )
    dataset = load_dataset(str(path))
    assert dataset.images["a.jpg"].resolve() == tmp_path / image
    assert [(c.key, c.text) for c in dataset.captions] == [("a.jpg#5", "A dog.")]
    assert dataset.splits == {"a.jpg": split}


def test_unusable_entries_are_skipped_with_a_reason(place):
    place("a.jpg", b"")
    path = write(
        place,
        "c.json",
        [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "z.jpg"}, {"file_name": "a.jpg"}],
        [
            {"image_id": 1, "caption": "A dog."},
            {"image_id": 2, "caption": "A cat."},
            {"image_id": 1, "caption": " "},
            {"image_id": "1", "caption": "A bird."},
            None,
        ],
    )
    dataset = load_dataset(str(path))
    assert [caption.text for caption in dataset.captions] == ["A dog."]
    assert [row.where.rpartition(": ")[2] for row in dataset.skipped] == [
        "images[1]",
        "images[2]",
        *(f"annotations[{n}]" for n in range(1, 5)),
    ]


def test_other_files_are_refused(place):
    with pytest.raises(DatasetError, match="not COCO captions"):
        load_dataset(f"coco:{place('c.json', '{}')}")
