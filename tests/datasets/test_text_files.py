from __future__ import annotations

import pytest

from visavis.datasets.text_files import is_utf8, read_lines, read_text
from visavis.errors import DatasetError


def test_lines_keep_their_numbers(place):
    path = place("a.txt", b"\xef\xbb\xbfun\r\n\n  \nd\xff\nl'\xc3\xa9t\xc3\xa9\xe2\x80\xa8!")
    skipped = []
    lines = read_lines(path, skipped)
    assert [(where, line.strip()) for where, line in lines] == [
        (f"{path}:1", "un"),
        (f"{path}:5", "l'été\u2028!"),
    ]
    assert [str(row) for row in skipped] == [f"{path}:4: not UTF-8"]


def test_an_empty_file_has_no_lines(place):
    assert read_lines(place("a.txt", ""), []) == []


def test_lone_surrogates_are_not_utf8():
    assert is_utf8("été 🐕")
    assert not is_utf8("\ud800")


def test_an_unreadable_file_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="no such file"):
        read_text(tmp_path / "missing.txt")
    with pytest.raises(DatasetError):
        read_text(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_as_spreadsheets_write_it_is_named(place, encoding):
    path = place("a.csv", "\ufeffimage,text".encode(encoding))
    with pytest.raises(DatasetError, match="a text in UTF-16; save it in UTF-8"):
        read_text(path)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_a_limit_is_the_last_size_that_is_read(place, size):
    path = place("a.txt", "é" + "x" * size)
    assert read_text(path, size + 2) == "é" + "x" * size
    with pytest.raises(DatasetError, match="more than 0 MB of text; not read"):
        read_text(path, size + 1)
