from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from records import all_of, asked, caption, fill, image, unit
from visavis.errors import ModelMismatchError
from visavis.stores import SQLiteStore, open_store
from visavis.upkeep import copy


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr("visavis.upkeep.pages.PAGE", 7)


def test_a_copy_is_equal_in_all_it_holds(new_store, folder_store):
    origin, target = fill(folder_store), new_store("second")
    calls = []
    report = copy(origin, target, lambda *progress: calls.append(progress))
    assert (report.copied, report.unchanged, report.skipped) == (60, 0, ())
    assert not report.changing
    assert calls[-1] == (60, 60)
    assert all_of(target) == all_of(origin)
    assert asked(target) == asked(origin)


def test_it_comes_back_from_any_engine(new_store, folder_store):
    origin = fill(new_store())
    copy(origin, folder_store)
    assert all_of(folder_store) == all_of(origin)
    assert asked(folder_store) == asked(origin)


def test_again_it_writes_only_what_has_changed(new_store, folder_store):
    origin, target = fill(folder_store), new_store("second")
    copy(origin, target)
    generation = target.generation
    assert copy(origin, target).unchanged == 60
    assert target.generation == generation
    origin.upsert([image("new", unit(1)), image("001", None, source="001.jpg", changed="yes")])
    origin.mark_missing(["002.jpg"])
    origin.mark_missing(["000.jpg"], missing=False)
    report = copy(origin, target)
    assert (report.copied, report.unchanged) == (4, 57)
    assert all_of(target) == all_of(origin)


def test_what_only_the_target_has_stays(new_store, folder_store):
    target = new_store("second")
    target.upsert([image("mine", unit(0, 1), own=1)])
    copy(fill(folder_store), target)
    assert len(target.sources()) == 61
    assert target.get(["mine"])[0].metadata == {"own": 1}


def test_vectors_of_another_model_are_refused(new_store, folder_store):
    target = new_store("second", "other@2")
    with pytest.raises(ModelMismatchError, match=r"'other@2', .* of 'model@1'"):
        copy(fill(folder_store, 1), target)
    assert target.sources() == {}


def test_damaged_items_are_named_and_the_others_copied(new_store, folder_store):
    fill(folder_store)
    file = Path(folder_store.location, "collection.sqlite")
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE sources SET metadata = '{' WHERE source = '003.jpg'")
        database.execute(
            """UPDATE vectors SET vector = x'00' WHERE box = ''
            AND item = (SELECT row FROM items WHERE id = 't005')"""
        )
    target = new_store("second")
    report = copy(folder_store, target)
    assert sorted(each.where for each in report.skipped) == ["003.jpg", "texts.txt#t005"]
    assert (report.copied, report.unchanged) == (58, 0)
    assert len(target.sources()) == 58


def test_what_the_engine_cannot_keep_is_named(new_store, folder_store):
    folder_store.upsert([caption("a", unit(1), "nul \0 nul"), caption("b", unit(1), "fine")])
    folder_store.upsert([caption("c", unit(1), "fine", nul="\0")])
    target = new_store("second")
    report = copy(folder_store, target)
    if isinstance(target, SQLiteStore):
        assert report.copied == 3
    else:
        assert [each.where for each in report.skipped] == ["texts.txt#a", "texts.txt#c"]
        assert "NUL" in report.skipped[0].reason
        assert list(target.sources()) == ["texts.txt#b"]


def test_it_follows_what_is_changed_meanwhile(new_store, folder_store):
    origin, target = fill(folder_store), new_store("second")
    late = iter([image("!first", unit(0, 0, 1)), image("~last", unit(0, 1))])

    def change(_done, _total):
        for record in late:
            origin.upsert([record])

    report = copy(origin, target, change)
    assert not report.changing
    assert all_of(target) == all_of(origin)


def test_one_that_changes_without_end_is_called_so(new_store, folder_store):
    origin, target = fill(folder_store, 3), new_store("second")
    numbers = iter(range(10**6))
    assert copy(
        origin, target, lambda *_: origin.upsert([image(f"n{next(numbers)}", unit(1))])
    ).changing


def test_it_is_resumed_after_kills(folder_store, tmp_path):
    fill(folder_store, 150)
    code = (
        "import sys; from visavis.stores import *; from visavis.upkeep import copy, pages\n"
        "sys.modules['visavis.upkeep.pages'].PAGE = 3; first, second = sys.argv[1:]\n"
        "target = (open_store(second) if engine_of(second).exists(second)\n"
        "          else create_store(second, 'model@1', 6))\n"
        "copy(open_store(first), target, lambda done, _: print(done, flush=True))\n"
    )
    words = [sys.executable, "-c", code, folder_store.location, str(tmp_path / "second")]
    done = []
    for _ in range(4):
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=os.environ) as process:
            for _ in range(3 + 2 * len(done)):
                process.stdout.readline()
            time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
        with closing(open_store(str(tmp_path / "second"))) as partial:
            done.append(len(partial.sources(limit=10**6)))
    with closing(open_store(str(tmp_path / "second"))) as target:
        report = copy(folder_store, target)
        assert 0 < done[-1] <= report.unchanged < 450
        assert report.copied + report.unchanged == 450
        assert all_of(target) == all_of(folder_store)
