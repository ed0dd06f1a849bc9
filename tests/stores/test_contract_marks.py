"""Metadata that people set, on each engine that keeps them: it stays, and filters see it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from records import DIM, found, image, unit
from visavis.errors import CollectionError
from visavis.queries import parse_filter
from visavis.stores import MarkableStore
from visavis.types import Condition


class TestMarks:
    @pytest.fixture
    def marked(self, store):
        if not isinstance(store, MarkableStore):
            pytest.skip("keeps no marks")
        store.upsert([image("a", unit(1), width=3, rating=1), image("a", source="copy.jpg")])
        store.upsert([image("b", unit(1), width=4)])
        marks = {"favourite": True, "album": ["été", "zoo"], "rating": 5}
        assert store.mark(["a", "ghost"], lambda *_: marks) == 1
        return store

    def test_they_stand_in_the_metadata_of_all_sources(self, marked):
        marks = {"favourite": True, "album": ["été", "zoo"], "rating": 5}
        assert marked.get(["a"])[0].metadata == {"width": 3, **marks}
        copies = {each.item.source: each for each in marked.records(["copy.jpg", "b.jpg"])}
        assert copies["copy.jpg"].item.metadata == copies["copy.jpg"].marks == marks
        assert copies["b.jpg"].marks is None

    def test_they_stay_when_a_source_is_written_again(self, marked):
        marked.upsert([image("a", unit(0, 1), width=9, rating=2)])
        expected = {"width": 9, "favourite": True, "album": ["été", "zoo"], "rating": 5}
        assert marked.get(["a"])[0].metadata == expected

    def test_they_stay_in_a_migration(self, marked):
        before = marked.get(["a", "b"])
        migration = marked.migrate("model@2", DIM)
        migration.put([image("a", unit(1)), image("b", unit(1))])
        assert migration.finish([])
        assert marked.current().get(["a", "b"]) == before

    def test_they_are_replaced_and_removed(self, marked):
        generation = marked.generation
        assert marked.mark(["a"], lambda _, marks: marks) == 0
        assert marked.generation == generation
        assert marked.mark(["a"], lambda _, marks: {"album": marks["album"][1:]}) == 1
        assert marked.generation > generation
        assert marked.get(["a"])[0].metadata == {"width": 3, "album": ["zoo"]}
        assert marked.mark(["a"], lambda *_: {}) == 1
        assert marked.get(["a"])[0].metadata == {"width": 3}
        marked.upsert([image("a", unit(1), rating=1)])
        assert marked.get(["a"])[0].metadata == {"rating": 1}, "what was hidden is there again"

    def test_filters_see_them(self, marked):
        expected = {
            "album=zoo": "a",
            "album=été": "a",
            "album=zo": "",
            "album!=zoo": "b",
            "album!=zo": "ab",
            "album>zp": "a",
            "album=7": "",
            "album~ZOO": "a",
            "favourite=true": "a",
            "favourite!=true": "b",
            "rating>=4": "a",
        }
        filters = {where: parse_filter(where) for where in expected}
        answers = {where: found(marked, 5, where=each) for where, each in filters.items()}
        assert {where: "".join(sorted(ids)) for where, ids in answers.items()} == expected
        for where, each in filters.items():
            assert marked.count(where=each) == len(expected[where])

    def test_lists_may_hold_numbers(self, marked):
        marked.mark(["b"], lambda *_: {"album": [7, "x", True]})
        assert found(marked, 5, where=(Condition("album", ">", 6.5),)) == ["b"]
        assert found(marked, 5, where=parse_filter("album=7")) == ["b"]
        assert found(marked, 5, where=parse_filter("album=true")) == []

    def test_values_that_no_filter_could_see_are_refused(self, marked):
        for bad in (None, {"a": 1}, [None], [["x"]]):
            marks = {"x": bad}
            with pytest.raises(CollectionError, match="the mark 'x' is"):
                marked.mark(["a"], lambda *_, marks=marks: marks)

    def test_a_record_may_bring_them(self, marked):
        marked.upsert([replace(image("b"), marks={"favourite": True})])
        assert marked.get(["b"])[0].metadata == {"favourite": True}
        marked.upsert([replace(image("b"), marks={})])
        assert marked.get(["b"])[0].metadata == {}
