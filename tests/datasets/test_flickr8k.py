from __future__ import annotations

import pytest

from visavis.datasets import load_dataset
from visavis.errors import DatasetError


@pytest.fixture
def root(place, tmp_path):
    """A small Flickr8k: three images, two of them in splits."""
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        place(f"images/{name}", b"")
    place("text/Flickr8k.token.txt", "a.jpg#0\tA boy .\na.jpg#1\tA child .\nb.jpg#0\tA dog .\n")
    place("text/Flickr_8k.trainImages.txt", "a.jpg\n")
    place("text/Flickr_8k.testImages.txt", "b.jpg\n")
    return tmp_path


def read(root):
    return load_dataset(f"flickr8k:{root}")


def found(dataset):
    return [(c.key, c.image, c.text, c.lang, c.machine) for c in dataset.captions]


def test_images_captions_and_splits(root):
    dataset = read(root)
    assert dataset.name == "flickr8k"
    assert dataset.images == {n: root / "images" / n for n in ("a.jpg", "b.jpg", "c.jpg")}
    assert found(dataset) == [
        ("a.jpg#0", "a.jpg", "A boy .", "en", False),
        ("a.jpg#1", "a.jpg", "A child .", "en", False),
        ("b.jpg#0", "b.jpg", "A dog .", "en", False),
    ]
    assert dataset.splits == {"a.jpg": "train", "b.jpg": "test", "c.jpg": "none"}
    assert dataset.skipped == ()


def test_images_without_a_split_can_be_selected(root):
    assert list(read(root).select("none").images) == ["c.jpg"]


def test_other_languages_and_machine_translations(root, place):
    place("text/Flickr8k.fr.human.token.txt", "a.jpg#0\tUn garçon.\na.jpg#x\tUn enfant.\n")
    place("text/Flickr8k.fr.mt.token.txt", "a.jpg#0\tUn gars.\n")
    place("text/Flickr8k.de.token.txt", "b.jpg#0\tEin Hund.\n")
    assert found(read(root))[3:] == [
        ("b.jpg#0@de", "b.jpg", "Ein Hund.", "de", False),
        ("a.jpg#0@fr", "a.jpg", "Un garçon.", "fr", False),
        ("a.jpg#x@fr", "a.jpg", "Un enfant.", "fr", False),
        ("a.jpg#0@fr.mt", "a.jpg", "Un gars.", "fr", True),
    ]


def test_files_that_name_no_language_are_ignored(root, place):
    place("text/Flickr8k.lemma.token.txt", "a.jpg#0\tA boy be .\n")
    place("text/Flickr8k.fr.token.txt.bak", "a.jpg#0\tUn garçon.\n")
    assert {c.lang for c in read(root).captions} == {"en"}


def test_duplicate_keys_get_a_number(root, place):
    place("text/Flickr8k.fr.token.txt", "a.jpg#x\tUn.\na.jpg#x\tDeux.\n")
    place("text/Flickr8k.fr.human.token.txt", "a.jpg#x\tTrois.\n")
    keys = [caption.key for caption in read(root).captions[3:]]
    assert keys == ["a.jpg#x@fr", "a.jpg#x@fr-2", "a.jpg#x@fr-3"]


def test_invalid_lines_are_skipped_with_a_reason(root, place):
    bad = (
        b"no tab\na.jpg\tno number\n#0\tno image\nz.jpg#0\tnot there\na.jpg#0\t \n"
        b"a.jpg#1\td\xe9j\xe0 vu\n\na.jpg#2\tA good one.\n"
    )
    path = place("text/Flickr8k.token.txt", bad)
    train = place("text/Flickr_8k.trainImages.txt", "a.jpg\nz.jpg\n")
    test = place("text/Flickr_8k.testImages.txt", "b.jpg\na.jpg\n")
    dataset = read(root)
    assert [caption.text for caption in dataset.captions] == ["A good one."]
    malformed = "expected image#number, a tab and a caption"
    assert sorted(map(str, dataset.skipped)) == sorted(
        [
            f"{path}:1: {malformed}",
            f"{path}:2: {malformed}",
            f"{path}:3: {malformed}",
            f"{path}:4: no image z.jpg",
            f"{path}:5: empty caption",
            f"{path}:6: not UTF-8",
            f"{train}:2: no image z.jpg",
            f"{test}:2: a.jpg is already in train",
        ]
    )
    assert dataset.splits["a.jpg"] == "train"


@pytest.mark.parametrize("images", ["images", "Flicker8k_Dataset", "Flickr8k_Dataset"])
@pytest.mark.parametrize("text", ["", "text", "Flickr8k_text"])
def test_every_layout_is_read(place, tmp_path, images, text):
    place(f"{images}/a.jpg", b"")
    place(f"{text}/Flickr8k.token.txt".lstrip("/"), "a.jpg#0\tA boy .\n")
    assert len(read(tmp_path).captions) == 1


def test_other_files_among_the_images_are_ignored(root, place):
    place("images/Thumbs.db", b"")
    assert list(read(root).images) == ["a.jpg", "b.jpg", "c.jpg"]


def test_other_folders_are_refused(place, tmp_path):
    with pytest.raises(DatasetError, match=r"no captions, expected Flickr8k\.token\.txt or text"):
        read(tmp_path)
    with pytest.raises(DatasetError, match="missing is not a Flickr8k folder"):
        read(tmp_path / "missing")
    place("Flickr8k.token.txt", "a.jpg#0\tA boy .\n")
    with pytest.raises(DatasetError, match="no images, expected images or Flicker8k_Dataset"):
        read(tmp_path)
