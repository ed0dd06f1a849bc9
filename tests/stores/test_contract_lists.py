"""Lists of sources, ids and items, page by page: each test runs on each engine."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from records import caption, image, unit
from visavis.errors import QueryError
from visavis.queries import parse_filter
from visavis.stores import Order, Place, TimelineStore, listing


class TestListing:
    """Lists in order, page by page, and counts by month."""

    @pytest.fixture
    def dated(self, store):
        """Images a to f, added in this order at two times; c has no date, d an unreadable one."""
        if not isinstance(store, TimelineStore):
            pytest.skip("lists no items in order")
        dates = {"a": "2024-05-02T10:00:00", "b": "2023-01-01", "e": "2024-05-02T10:00:00"}
        for name in "abcdef":
            taken = {"taken": dates[name]} if name in dates else {}
            store.upsert([image(name, unit(1), colour="red" if name < "c" else "blue", **taken)])
        store.upsert([image("d", source="d.jpg", taken=2024), caption("t", unit(1), "hello")])
        return store

    def test_pages_meet_each_item_once(self, dated):
        def pages(order, limit):
            after = None
            while page := dated.listed(Order.parse(order), after, limit, "image"):
                assert len(page) <= limit
                yield from page
                after = page[-1].place

        orders = {
            "id": "abcdef",
            "-id": "fedcba",
            "taken": "baecdf",
            "-taken": "eabfdc",
            "added": "abcdef",
            "-added": "fedcba",
        }
        for limit in (1, 2, 4, 10):
            found = {name: "".join(each.item.id for each in pages(name, limit)) for name in orders}
            assert found == orders

    def test_a_list_may_begin_at_a_month(self, dated):
        def from_place(order, value):
            found = dated.listed(Order.parse(order), Place(value), 9, "image")
            return "".join(each.item.id for each in found)

        assert from_place("taken", "2024-05") == "aecdf"
        assert from_place("-taken", "2024-05") == "bfdc"
        assert from_place("-taken", "2024-06") == "eabfdc"

    def test_other_modalities_are_left_out(self, dated):
        order = Order("added")
        assert [each.item.id for each in dated.listed(order, modality="text")] == ["t"]
        assert len(dated.listed(order)) == 7
        assert dated.months("taken", "text") == {"": 1}

    def test_filters(self, dated, monkeypatch):
        where = parse_filter("colour=blue")
        few = [each.item.id for each in dated.listed(Order("taken"), where=where)]
        monkeypatch.setattr(listing, "_FEW", 0)
        assert [each.item.id for each in dated.listed(Order("taken"), where=where)] == few
        assert few == ["e", "c", "f"]
        assert dated.months("taken", where=where) == {"2024-05": 1, "": 2}

    def test_months(self, dated):
        assert list(dated.months("taken", "image").items()) == [
            ("2023-01", 1),
            ("2024-05", 2),
            ("", 3),
        ]
        (month,) = dated.months("added")
        assert re.fullmatch(r"\d{4}-\d\d", month)
        assert dated.months("added") == {month: 7}

    def test_an_item_is_listed_at_the_first_source_that_meets_the_filter(self, dated):
        dated.upsert([image("a", source="A.jpg", taken="2020-02-02", colour="green")])
        assert dated.months("taken", "image") == {"2020-02": 1, "2023-01": 1, "2024-05": 1, "": 3}
        (first, *_) = dated.listed(Order("taken"))
        assert (first.item.id, first.item.source) == ("a", "A.jpg")
        where = parse_filter("colour=red")
        assert dated.months("taken", where=where) == {"2023-01": 1, "2024-05": 1}
        assert [each.item.source for each in dated.listed(Order("taken"), where=where)] == [
            "b.jpg",
            "a.jpg",
        ]
        dated.mark_missing(["A.jpg", "b.jpg"])
        assert dated.months("taken", "image") == {"2024-05": 2, "": 3}

    def test_when_an_item_was_added_is_kept(self, dated):
        def added():
            records = dated.records(["a.jpg", "b.jpg"])
            return {record.item.id: record.added for record in records}

        before = added()
        assert before["a"] <= before["b"]
        dated.upsert([image("a", unit(0, 1), colour="green"), image("b", source="new.jpg")])
        assert added() == before
        dated.upsert([replace(image("x", unit(1)), added="1999-12-31T23:59:59.000Z")])
        assert dated.listed(Order("added"), limit=1)[0].item.id == "x"
        assert next(iter(dated.months("added"))) == "1999-12"

    def test_unknown_orders_are_refused(self):
        with pytest.raises(QueryError, match="known are id, -id, taken"):
            Order.parse("name")


class TestPaging:
    NAMES = ("é", "z", "B", "a", "😀", "a b", "a.b", "ﬁ")

    @pytest.fixture
    def shuffled(self, store):
        for name in self.NAMES:
            store.upsert([image(name, unit(1), source=name)])
        store.mark_missing(["B", "z"])
        return store

    @pytest.mark.parametrize("limit", [1, 3, 8, 100])
    def test_sources_in_the_order_of_code_points(self, shuffled, limit):
        seen, page = {}, shuffled.sources(limit=limit)
        while page:
            assert len(page) <= limit
            assert list(page) == sorted(page)
            seen |= page
            page = shuffled.sources(after=max(page), limit=limit)
        assert list(seen) == sorted(self.NAMES)
        assert [source for source, state in seen.items() if state.missing] == ["B", "z"]
        assert seen == dict(shuffled.iter_sources())

    def test_all_sources_however_small_a_page(self, shuffled, monkeypatch):
        real = shuffled.sources
        monkeypatch.setattr(shuffled, "sources", lambda after="": real(after, 3))
        assert [source for source, _ in shuffled.iter_sources()] == sorted(self.NAMES)

    def test_sources_that_continue_a_prefix(self, store):
        names = ["a", "a/", "a/b", "a/\uffff", "a/😀", "a/😀/c", "a0", "b"]
        store.upsert(image(name, unit(1), source=name) for name in names)
        for prefix, expected in {
            "a/": ["a/b", "a/\uffff", "a/😀", "a/😀/c"],
            "a/😀": ["a/😀/c"],
            "c": [],
            "a/\udcff": [],
            "": sorted(names),
        }.items():
            assert [source for source, _ in store.iter_sources(prefix)] == expected

    def test_ids_of_what_can_be_found(self, shuffled):
        shuffled.upsert([caption("m", unit(1), "words")])
        findable = sorted({*self.NAMES, "m"} - {"B", "z"})
        assert shuffled.ids() == findable
        assert shuffled.ids("text") == ["m"]
        assert shuffled.ids("image", after="a b", limit=2) == ["a.b", "é"]
        assert shuffled.ids(after=findable[-1]) == []
