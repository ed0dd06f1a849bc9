from __future__ import annotations

import pytest

from visavis.datasets import ImageClass, load_dataset
from visavis.errors import DatasetError


def test_captions_are_made_from_folder_names(place, tmp_path):
    place("golden_retriever/a.jpg", b"")
    place("owl/deep/b.png", b"")
    place("owl/notes.txt", "no image")
    place("classes.tsv", "owl\tbarn owl\teffraie\nbroken\n")
    dataset = load_dataset(f"classes:{tmp_path}")
    assert [(c.key, c.text, c.lang) for c in dataset.captions] == [
        ("golden_retriever/a.jpg#en", "a photo of a golden retriever", "en"),
        ("owl/deep/b.png#en", "a photo of a barn owl", "en"),
        ("owl/deep/b.png#fr", "une photo d’effraie", "fr"),
    ]
    assert set(dataset.splits.values()) == {"none"}
    assert [row.where.rpartition("/")[2] for row in dataset.skipped] == ["classes.tsv:2"]


def test_split_folders_are_recognised(place, tmp_path):
    place("train/owl/a.jpg", b"")
    place("val/owl/a.jpg", b"")
    dataset = load_dataset(f"classes:{tmp_path}")
    assert dataset.splits == {"train/owl/a.jpg": "train", "val/owl/a.jpg": "dev"}


def test_every_image_has_a_class_with_its_names(place, tmp_path):
    place("train/owl/a.jpg", b"")
    place("val/owl/b.jpg", b"")
    place("val/guide_dog/c.jpg", b"")
    place("classes.tsv", "owl\tbarn owl\teffraie\n")
    dataset = load_dataset(f"classes:{tmp_path}")
    owl = ImageClass("owl", {"en": "barn owl", "fr": "effraie"})
    assert dataset.classes == {
        "train/owl/a.jpg": owl,
        "val/owl/b.jpg": owl,
        "val/guide_dog/c.jpg": ImageClass("guide_dog", {"en": "guide dog"}),
    }
    assert dataset.select(split="train").classes == {"train/owl/a.jpg": owl}


def test_a_folder_without_class_folders_is_refused(place, tmp_path):
    place("a.jpg", b"")
    with pytest.raises(DatasetError, match="no class folders"):
        load_dataset(f"classes:{tmp_path}")
