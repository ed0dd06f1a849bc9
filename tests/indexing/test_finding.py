from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from photographs import paint
from visavis.errors import DatasetError, UnknownNameError
from visavis.indexing.finding import find


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for name in ("a.jpg", "B.JPEG", "sub/c.png", "sub/.hidden.png", ".git/d.png", "._a.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(folder / name, "PNG")
    return folder


def relative(findings, folder):
    return [str(Path(path).relative_to(folder)) for path in findings.images]


def test_folders_are_searched_and_hidden_names_passed_over(photos):
    (photos / "notes.md").write_text("no image")
    assert relative(find([photos]), photos) == ["B.JPEG", "a.jpg", "sub/c.png"]


def test_symbolic_links_may_run_in_circles(photos):
    (photos / "sub" / "up").symlink_to(photos)
    (photos / "sub" / "self").symlink_to(photos / "sub" / "self")
    assert relative(find([photos]), photos) == ["B.JPEG", "a.jpg", "sub/c.png"]


def test_paths_are_absolute_and_plain(photos, monkeypatch):
    monkeypatch.chdir(photos / "sub")
    for spelling in ("..", "../../photos/", "./../sub/..", "folder:.."):
        assert relative(find([spelling]), photos) == ["B.JPEG", "a.jpg", "sub/c.png"]


def test_the_home_folder(photos, monkeypatch):
    monkeypatch.setenv("HOME", str(photos.parent))
    monkeypatch.setenv("USERPROFILE", str(photos.parent))
    assert len(find(["~/photos"]).images) == 3


def test_a_file_that_is_named_is_taken_whatever_its_name(photos):
    (photos / "a.jpg").rename(photos / ".a")
    assert relative(find([photos / ".a"]), photos) == [".a"]


@pytest.mark.parametrize("source", ["ghosts", "gh/osts.jpg", "ghosts.csv", "phrases.txt"])
def test_what_does_not_exist(source):
    with pytest.raises(DatasetError, match=f"{source}: no such file or folder"):
        find([source])


@pytest.mark.parametrize("source", ["", " "])
def test_an_empty_name_does_not_stand_for_the_current_folder(source):
    with pytest.raises(DatasetError, match="empty name"):
        find([source])


def test_an_unknown_reader(tmp_path):
    with pytest.raises(UnknownNameError, match="flickr8k"):
        find([f"flickr9k:{tmp_path}"])


@pytest.mark.parametrize("spec", ["{}", "tsv:{}"])
def test_columns_of_a_table_are_named(photos, spec):
    table = photos / "table.tsv"
    table.write_text("photo\talt\na.jpg\tblack\n")
    found = find([spec.format(table)], columns="image=photo,text=alt")
    assert relative(found, photos) == ["a.jpg"]
    assert [item.text for item in found.texts.values()] == ["black"]


@pytest.mark.parametrize("source", ["{}", "folder:{}", "{}/a.jpg"])
def test_only_tables_have_columns(photos, source):
    with pytest.raises(DatasetError, match="--columns is for tables alone"):
        find([source.format(photos)], columns="image=photo")


def test_a_folder_that_may_not_be_read_proves_nothing(photos, monkeypatch):
    """Only "not found" says that a file is gone."""
    gone = str(photos / "sub" / "gone.png")
    findings = find([photos])
    assert findings.has_lost(gone)
    assert not findings.has_lost(str(photos / "sub" / "c.png"))
    assert not findings.has_lost(str(photos) + "2/x.png")

    def forbidden(*_, **__):
        raise PermissionError

    monkeypatch.setattr(Path, "stat", forbidden)
    assert not findings.has_lost(gone)


def test_a_name_with_a_number_sign(photos):
    (photos / "a.jpg").rename(photos / "a#1.jpg")
    findings = find([photos])
    assert not findings.has_lost(str(photos / "a#1.jpg"))
    assert findings.has_lost(str(photos / "a#2.jpg"))
    assert not findings.has_lost(str(photos / "B.JPEG"))


def test_texts_that_are_too_long_are_skipped_by_name(tmp_path):
    (tmp_path / "a.txt").write_text(f"short\n{'x' * 10_001}\n{'y' * 10_000}\n")
    findings = find([tmp_path / "a.txt"])
    assert [item.text[0] for item in findings.texts.values()] == ["s", "y"]
    assert list(map(str, findings.skipped)) == [
        f"{tmp_path}/a.txt#2: a text of 10,001 letters; at most 10,000 are read"
    ]


def test_text_files_that_are_too_large_are_not_read(tmp_path, monkeypatch):
    with (tmp_path / "dog.txt").open("wb") as file:
        file.truncate(300_000_000)
    paint(tmp_path / "dog.png", "red")
    monkeypatch.setattr(Path, "read_bytes", None)
    findings = find([tmp_path])
    assert len(findings.images) == 1
    assert list(map(str, findings.skipped)) == [
        f"{tmp_path}/dog.txt: more than 1 MB of text; not read"
    ]
    with pytest.raises(DatasetError, match="more than 64 MB of text; not read"):
        find([tmp_path / "dog.txt"])
