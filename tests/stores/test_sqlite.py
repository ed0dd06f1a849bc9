from __future__ import annotations

from contextlib import closing

import pytest

from sqlite_folders import DIM, QUERY, answers, record
from visavis.errors import CollectionError
from visavis.stores import SQLiteStore


@pytest.mark.parametrize("ask", [SQLiteStore.open, SQLiteStore.exists])
def test_a_place_where_one_may_not_look_is_named(ask):
    """A name too long stands for a folder that may not be entered: root may enter any."""
    with pytest.raises(CollectionError, match=r"a/collection\.sqlite: file name too long"):
        ask("a" * 300)


class TestSeveralProcesses:
    def test_a_second_writer_waits_its_turn_or_says_so(self, folder):
        with (
            closing(SQLiteStore.open(str(folder))) as first,
            closing(SQLiteStore.open(str(folder), patience=0.05)) as second,
        ):
            with first._database.writing():
                assert len(second.search(QUERY, 5)[0]) == 5, "readers need not wait"
                with pytest.raises(CollectionError, match="another process is writing"):
                    second.upsert([record("z")])
            second.upsert([record("z")])
            assert first.count() == 9

    def test_each_sees_the_changes_of_the_other(self, folder):
        with (
            closing(SQLiteStore.open(str(folder))) as first,
            closing(SQLiteStore.open(str(folder))) as second,
        ):
            assert len(second.search(QUERY, 99)[0]) == 8
            first.upsert([record("z")])
            assert len(second.search(QUERY, 99)[0]) == 9


def test_a_folder_with_a_question_mark(tmp_path):
    location = str(tmp_path / "what?mode=ro #1 é%20")
    with closing(SQLiteStore.create(location, "model@1", DIM)) as store:
        store.upsert([record("a")])
    assert [hit.id for hit in answers(location)[0]] == ["a"]


def test_a_transaction_that_fails_leaves_no_trace(folder):
    with closing(SQLiteStore.open(str(folder))) as store:
        before = store.sources(), store.generation

        def broken():
            yield record("z")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            store.upsert(broken())
        assert (store.sources(), store.generation) == before
        store.upsert([record("y")])
