from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from photographs import counts, paint
from visavis.errors import DatasetError
from visavis.indexing import find, index

fsspec = pytest.importorskip("fsspec")
ROOT = "memory:///photos"


def png(colour, size=(12, 8)):
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def memory():
    """Three images in a file system in memory, of which one is damaged, and other files."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    files = {
        "red.png": png("red"),
        "more/green.png": png("green"),
        "more/notes.doc": b"",
        "more/damaged.jpg": b"\xff\xd8\xff half",
        "beach.mp4": b"video",
        "@eaDir/red.png": png("red"),
        ".hidden/blue.png": png("blue"),
    }
    system.pipe({f"/photos/{name}": data for name, data in files.items()})
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


def test_what_is_found(memory):
    found = find(["memory://photos"])
    assert list(found.images) == [
        f"{ROOT}/red.png",
        f"{ROOT}/more/damaged.jpg",
        f"{ROOT}/more/green.png",
    ]
    assert [(each.where, each.reason) for each in found.skipped] == [
        (f"{ROOT}/beach.mp4", "videos are read from disks only; copy it to one")
    ]
    assert found.passed_over == {".doc": 1}
    assert found.excluded == {f"{ROOT}/@eaDir": "@eaDir", f"{ROOT}/.hidden": ".*"}
    assert list(find([f"{ROOT}/red.png"]).images) == [f"{ROOT}/red.png"]


def test_rules_are_those_of_folders(memory):
    memory.pipe("/photos/more/.visavisignore", b"green*\n")
    found = find([ROOT], exclude=["damaged*"])
    assert list(found.images) == [f"{ROOT}/red.png"]


def test_an_index_follows_what_changes(memory, collection):
    report = index(ROOT, collection)
    assert counts(report) == (2, 0, 0, 2, 0)
    assert f"{ROOT}/more/damaged.jpg" in [each.where for each in report.skipped]
    (hit,) = collection.search("green", 1)
    assert hit.source == f"{ROOT}/more/green.png"
    assert {key: hit.metadata[key] for key in ("name", "folder", "width", "bytes")} == {
        "name": "green.png",
        "folder": f"{ROOT}/more",
        "width": 12,
        "bytes": len(png("green")),
    }
    assert counts(index(ROOT, collection)) == (0, 0, 2, 2, 0)
    memory.mv("/photos/red.png", "/photos/more/rouge.png")
    memory.pipe("/photos/more/green.png", png("blue"))
    assert counts(index(ROOT, collection)) == (1, 1, 0, 2, 0)
    assert {hit.source for hit in collection.search("red")} == {
        f"{ROOT}/more/rouge.png",
        f"{ROOT}/more/green.png",
    }
    memory.rm("/photos/more/rouge.png")
    assert counts(index(ROOT, collection)) == (0, 0, 1, 2, 1)


def test_a_prefix_that_is_gone(memory, collection):
    index(ROOT, collection)
    memory.rm("/photos", recursive=True)
    with pytest.raises(DatasetError, match=r"memory:///photos: no such file or folder; .*vanished"):
        index(ROOT, collection)
    assert index(find([ROOT], vanished=True), collection).missing == 2


def test_file_urls_are_the_paths_they_mean(tmp_path, collection):
    paint(tmp_path / "my photos" / "red.png", "red")
    index((tmp_path / "my photos").as_uri(), collection)
    assert list(collection.store.sources()) == [str(tmp_path / "my photos" / "red.png")]


def test_mistakes(memory):
    with pytest.raises(DatasetError, match="nonsense://a: protocol not known: nonsense"):
        find(["nonsense://a"])
    with pytest.raises(DatasetError, match="--columns is for tables"):
        find([ROOT], columns="image=a")
