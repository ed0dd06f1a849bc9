from __future__ import annotations

import os

import pytest

from visavis.datasets import load_dataset
from visavis.errors import DatasetError


def found(dataset):
    return [(c.key, c.image, c.text, c.lang) for c in dataset.captions]


def test_images_with_sidecar_texts(place, tmp_path):
    place("dog.jpg", b"")
    place("dog.txt", "a dog\n\n  a brown dog \n")
    place("dog.fr.txt", "un chien\n")
    place("deep/down/CAT.PNG", b"")
    place("deep/down/CAT.en.txt", "a cat")
    place("plain.webp", b"")
    dataset = load_dataset(str(tmp_path))
    assert dataset.name == tmp_path.name
    assert dataset.images == {
        name: tmp_path / name for name in ("dog.jpg", "plain.webp", "deep/down/CAT.PNG")
    }
    assert sorted(found(dataset)) == [
        ("deep/down/CAT.PNG#0", "deep/down/CAT.PNG", "a cat", "en"),
        ("dog.jpg#0", "dog.jpg", "un chien", "fr"),
        ("dog.jpg#1", "dog.jpg", "a dog", "en"),
        ("dog.jpg#2", "dog.jpg", "a brown dog", "en"),
    ]
    assert set(dataset.splits.values()) == {"none"}
    assert dataset.skipped == ()


def test_images_with_the_same_stem_share_their_text(place, tmp_path):
    place("dog.jpg", b"")
    place("dog.png", b"")
    place("dog.txt", "a dog")
    captions = found(load_dataset(f"folder:{tmp_path}"))
    assert [key for key, *_ in captions] == ["dog.jpg#0", "dog.png#0"]


def test_an_image_name_may_end_like_a_language(place, tmp_path):
    place("menu.fr.jpg", b"")
    place("menu.fr.txt", "a French menu")
    place("menu.fr.fr.txt", "une carte")
    captions = found(load_dataset(str(tmp_path)))
    assert {(text, lang) for _, _, text, lang in captions} == {
        ("a French menu", "en"),
        ("une carte", "fr"),
    }


def test_texts_without_an_image_are_ignored_and_invalid_lines_skipped(place, tmp_path):
    place("dog.jpg", b"")
    place("readme.txt", "photographs of a dog")
    bad = place("dog.txt", b"a dog\nun \xff\n")
    place("notes.md", "nothing")
    dataset = load_dataset(str(tmp_path))
    assert [caption.text for caption in dataset.captions] == ["a dog"]
    assert list(map(str, dataset.skipped)) == [f"{bad}:2: not UTF-8"]
    assert dataset.passed_over == {".txt": 1, ".md": 1}


def test_an_unreadable_folder_is_skipped(place, tmp_path, monkeypatch):
    place("dog.jpg", b"")
    real, locked = os.scandir, tmp_path / "locked"
    locked.mkdir()

    def scandir(path):  # file permissions do not bind a test that runs as root
        if str(path) == str(locked):
            raise PermissionError(13, "Permission denied", str(locked))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    dataset = load_dataset(str(tmp_path))
    assert (list(dataset.images), list(map(str, dataset.skipped))) == (
        ["dog.jpg"],
        [f"{locked}: permission denied"],
    )


def test_an_unreadable_text_is_skipped(place, tmp_path):
    place("dog.jpg", b"")
    broken = tmp_path / "dog.txt"
    broken.symlink_to(tmp_path / "gone.txt")
    dataset = load_dataset(str(tmp_path))
    assert [str(row) for row in dataset.skipped] == [f"{broken}: no such file or directory"]


def test_hidden_files_are_ignored(place, tmp_path):
    place("dog.jpg", b"")
    place("._dog.jpg", b"")
    place(".trash/cat.jpg", b"")
    assert list(load_dataset(str(tmp_path)).images) == ["dog.jpg"]


def test_a_folder_without_images_is_refused(place, tmp_path):
    with pytest.raises(DatasetError, match="no usable image"):
        load_dataset(str(tmp_path))
    with pytest.raises(DatasetError, match="no such folder"):
        load_dataset(f"folder:{tmp_path / 'missing'}")
    with pytest.raises(DatasetError, match="no such folder"):
        load_dataset(f"folder:{place('file.jpg', b'')}")


def test_links_to_folders_are_followed_and_loops_end(place, tmp_path):
    place("root/real/dog.jpg", b"")
    place("elsewhere/cat.jpg", b"")
    root = tmp_path / "root"
    (root / "a-link").symlink_to(root / "real")  # before the folder itself
    (root / "real" / "loop").symlink_to(root)
    (root / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(root / "real")
    (root / "broken").symlink_to(tmp_path / "nowhere")
    dataset = load_dataset(str(root))
    assert sorted(dataset.images) == ["out/cat.jpg", "real/dog.jpg"]
    assert dataset.passed_over == {"": 1}
