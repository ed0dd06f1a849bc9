from __future__ import annotations

import os
import time

import pytest

from visavis.indexing import IndexProgress, progress_file
from visavis.indexing.progress_file import FILE, read_progress, share_progress


def at(done, found=10):
    return IndexProgress(found, done, 0, done, 1.0)


def test_others_see_how_far_a_run_is_until_it_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(progress_file, "_OFTEN", -1)
    told = []
    assert read_progress(tmp_path) is None
    with share_progress(str(tmp_path), told.append) as report:
        assert read_progress(tmp_path) is None
        report(at(3))
        assert read_progress(tmp_path) == (3, 10)
        report(at(7))
        assert read_progress(tmp_path) == (7, 10)
    assert read_progress(tmp_path) is None
    assert told == [at(3), at(7)]
    assert list((tmp_path / "cache").iterdir()) == []


def test_it_is_not_written_more_often_than_anyone_reads(tmp_path):
    with share_progress(str(tmp_path), None) as report:
        report(at(3))
        report(at(7))
        assert read_progress(tmp_path) == (3, 10)


def test_a_run_that_fails_or_was_killed_is_not_running(tmp_path):
    def fail():
        with share_progress(str(tmp_path), None) as report:
            report(at(3))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert read_progress(tmp_path) is None
    (tmp_path / FILE).write_text("[3, 10]")
    assert read_progress(tmp_path) == (3, 10)
    hour_ago = time.time() - 3600
    os.utime(tmp_path / FILE, (hour_ago, hour_ago))
    assert read_progress(tmp_path) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "[1, 2, 3]", "null", '["a", 1]'])
def test_anything_else_in_the_file(tmp_path, content):
    (tmp_path / "cache").mkdir()
    (tmp_path / FILE).write_text(content)
    assert read_progress(tmp_path) is None


def test_places_that_cannot_be_written(tmp_path):
    report = print
    with share_progress("postgresql://somewhere", report) as passed:
        assert passed is report
    with share_progress(str(tmp_path / "nowhere"), None) as share:
        share(at(3))
    assert not (tmp_path / "nowhere").exists()
