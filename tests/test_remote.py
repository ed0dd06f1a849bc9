from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest

from visavis.errors import MissingExtraError
from visavis.remote import is_remote, list_files, local_path, read_bytes, status_of

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def memory():
    """The file system in memory, emptied."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


@pytest.mark.parametrize(
    ("source", "remote"),
    [("s3://b/k.jpg", True), ("memory://a", True), ("/a/b", False), ("flickr8k:/a", False)],
)
def test_what_is_a_url(source, remote):
    assert is_remote(source) is remote


def test_file_urls_are_paths():
    assert local_path("file:///my%20photos/a.jpg") == "/my photos/a.jpg"
    assert local_path("file://localhost/a") == "/a"
    assert local_path("s3://a/b") is None
    assert local_path("/a/b") is None


def test_files_in_memory(memory):
    memory.pipe("/photos/b/dog.jpg", b"woof")
    memory.pipe("/photos/a.txt", b"")
    root, files = list_files("memory://photos/")
    assert (root, files) == (
        "memory:///photos",
        ["memory:///photos/a.txt", "memory:///photos/b/dog.jpg"],
    )
    assert read_bytes(files[1]) == b"woof"
    status = status_of(files[1])
    written = memory.info("/photos/b/dog.jpg")["created"].timestamp()
    assert (status.size, status.mtime_ns / 1e9) == (4, pytest.approx(written))
    assert status.regular
    assert not status_of("memory:///photos/b").regular
    assert list_files(files[1])[1] == [files[1]]


def test_what_is_not_there(memory):
    for look in (list_files, read_bytes, status_of):
        with pytest.raises(FileNotFoundError):
            look("memory://nothing/there")


@pytest.mark.parametrize(
    "info",
    [
        {"mtime": 1.5e9},
        {"LastModified": datetime(2017, 7, 14, 2, 40, tzinfo=UTC)},
        {"updated": "2017-07-14T02:40:00Z", "mtime": None},
        {"created": datetime(2017, 7, 14, 2, 40)},  # noqa: DTZ001 - as some systems tell it
    ],
)
def test_times_of_all_file_systems(memory, monkeypatch, info):
    monkeypatch.setattr(
        type(memory), "info", lambda *_: {"name": "a", "type": "file", "size": 1, **info}
    )
    assert status_of("memory://a").mtime_ns == 1_500_000_000 * 10**9


def test_paths_and_urls_alike(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert read_bytes(str(tmp_path / "a")) == b"abc"
    assert status_of(str(tmp_path / "a")).mtime_ns == (tmp_path / "a").stat().st_mtime_ns
    assert status_of(str(tmp_path / "a")).size == 3


def test_errors_are_one_line(monkeypatch):
    with pytest.raises(OSError, match="Protocol not known: nonsense"):
        list_files("nonsense://a/b")
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingExtraError, match=r"reading s3:// needs .*visavis\[remote\]"):
        list_files("s3://bucket/photos")
