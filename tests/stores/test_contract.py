"""What every engine must keep: each test runs on each."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from records import DIM, caption, found, image, unit, with_regions
from visavis.errors import CollectionError, QueryError
from visavis.queries import parse_filter
from visavis.stores import (
    MarkableStore,
    Order,
    Place,
    SourceState,
    Stamp,
    TimelineStore,
    create_store,
    engine_of,
    listing,
    open_store,
)
from visavis.types import Condition, Hit, Item


class TestLifeCycle:
    def test_remembers_model_and_dimension(self, location, store):
        store.close()
        with pytest.raises(CollectionError, match="already"):
            create_store(location, "other@1", DIM)
        again = open_store(location)
        assert (again.model_id, again.dim) == ("model@1", DIM)
        again.close()

    def test_exists(self, tmp_path, location, store):
        assert engine_of(location).exists(location)
        assert not engine_of(location).exists(location + "_not_here")

    def test_opening_what_is_not_there(self, location):
        with pytest.raises(CollectionError, match="no collection"):
            open_store(location + "_not_here")

    def test_empty(self, store):
        assert store.count() == 0
        assert store.sources() == {}
        assert store.get(["a"]) == []
        assert store.vectors([]).shape == (0, DIM)
        assert store.search(unit(1)[np.newaxis], 5) == [[]]
        assert store.search(np.zeros((0, DIM), np.float32), 5) == []
        assert store.delete(["a"]) == 0
        assert store.forget(["a.jpg"]) == 0

    def test_survives_reopening(self, location, store):
        store.upsert([image("a", unit(1), stamp=Stamp(10, 20, 2**60), width=3)])
        store.close()
        again = open_store(location)
        assert again.get(["a"]) == [Item("a", "image", "a.jpg", None, {"width": 3})]
        assert again.sources() == {"a.jpg": SourceState("a", Stamp(10, 20, 2**60))}
        assert found(again, 3) == ["a"]
        again.close()


class TestClosed:
    @pytest.mark.parametrize(
        "use",
        [
            lambda store: store.generation,
            lambda store: store.upsert([image("a", unit(1))]),
            lambda store: store.delete(["a"]),
            lambda store: store.sources(),
            lambda store: store.get(["a"]),
            lambda store: store.count(),
            lambda store: found(store, 1),
            lambda store: store.moments("image"),
            lambda store: store.stats(),
        ],
    )
    def test_it_says_so(self, store, use):
        store.close()
        store.close()
        with pytest.raises(CollectionError, match="closed"):
            use(store)


class TestKeeping:
    def test_get_keeps_the_order_asked(self, store):
        store.upsert([image(name, unit(1)) for name in "abc"])
        assert [item.id for item in store.get(["c", "x", "a", "c"])] == ["c", "a", "c"]

    def test_states_of_sources(self, store):
        store.upsert([image("a", unit(1)), image("a", source="copy.jpg", stamp=Stamp(1, 2))])
        store.mark_missing(["copy.jpg"])
        assert store.states(["copy.jpg", "a.jpg", "ghost.jpg"]) == {
            "a.jpg": SourceState("a"),
            "copy.jpg": SourceState("a", Stamp(1, 2), missing=True),
        }
        assert store.states([]) == {}

    def test_encoded_are_those_with_a_vector(self, store):
        store.upsert([image("a", unit(1)), image("b", unit(1))])
        store.mark_missing(["a.jpg"])
        assert store.encoded(["b", "a", "ghost"]) == {"a", "b"}
        assert store.encoded([]) == set()

    def test_vectors_come_back_exactly(self, store):
        vectors = np.stack([unit(1, 2, 3), unit(-1, 5), unit(0, 0, 1)])
        store.upsert([image(n, v) for n, v in zip("abc", vectors, strict=True)])
        np.testing.assert_array_equal(store.vectors(["c", "a"]), vectors[[2, 0]])

    def test_vectors_of_an_unknown_item(self, store):
        with pytest.raises(CollectionError, match="ghost"):
            store.vectors(["ghost"])

    def test_replaces_an_item(self, store):
        store.upsert([image("a", unit(0, 1), colour="red")])
        store.upsert([image("a", unit(1), colour="blue")])
        assert store.count() == 1
        assert store.get(["a"])[0].metadata == {"colour": "blue"}
        np.testing.assert_array_equal(store.vectors(["a"]), [unit(1)])

    def test_keeps_any_json_and_any_text(self, store):
        metadata = {"liste": [1, {"é": None}], 'a"b': "c'd", "yes": True, "x": 0.1}
        text = "L'été, «\u00a0à la plage\u00a0» 🏖\n\"; DROP TABLE items --"
        store.upsert([caption("t", unit(1), text, **metadata)])
        assert store.get(["t"]) == [Item("t", "text", "texts.txt#t", text, metadata)]

    def test_a_record_without_vector_adds_a_source(self, store):
        store.upsert([image("a", unit(1)), image("a", source="copy.jpg", stamp=Stamp(1, 2))])
        assert store.sources() == {
            "a.jpg": SourceState("a"),
            "copy.jpg": SourceState("a", Stamp(1, 2)),
        }
        assert store.count() == 1

    def test_a_new_item_needs_a_vector(self, store):
        with pytest.raises(CollectionError, match="no vector"):
            store.upsert([image("a", unit(1)), image("b")])
        assert store.sources() == {}, "a refused record leaves nothing of its batch"

    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), object(), "\udce9"])
    def test_metadata_that_json_cannot_hold_is_refused(self, store, bad):
        with pytest.raises(CollectionError, match=r"'a\.jpg': cannot be kept as JSON"):
            store.upsert([image("b", unit(1)), image("a", unit(1), by={"deep": [bad]})])
        assert store.sources() == {}

    @pytest.mark.parametrize("bad", [[1.0] * (DIM - 1), [float("nan")] * DIM, [[1.0] * DIM]])
    def test_refuses_vectors_that_cannot_be(self, store, bad):
        with pytest.raises(CollectionError):
            store.upsert([image("a", np.array(bad, np.float32))])
        assert store.count() == 0

    def test_generation_grows_with_changes_only(self, store):
        seen = [store.generation]
        for change in (
            lambda: store.upsert([image("a", unit(1)), image("b", unit(2))]),
            lambda: store.mark_missing(["a.jpg"]),
            lambda: store.mark_missing(["a.jpg"], missing=False),
            lambda: store.forget(["a.jpg"]),
            lambda: store.delete(["b"]),
        ):
            change()
            seen.append(store.generation)
        assert seen == sorted(set(seen))
        store.forget([])
        store.delete(["nothing"])
        store.mark_missing(["nothing"])
        store.search(unit(1)[np.newaxis], 3)
        assert store.generation == seen[-1]


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


class TestMarks:
    """Metadata that people set: it stays, and filters see it."""

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


class TestSources:
    def test_a_hit_names_the_first_source_there_is(self, store):
        store.upsert([image("a", unit(1), source="z.jpg", width=1)])
        store.upsert([image("a", source="b.jpg", width=2), image("a", source="c.jpg", width=3)])
        store.mark_missing(["b.jpg"])
        ((hit,),) = store.search(unit(1)[np.newaxis], 5)
        assert hit == Hit("a", 1.0, "image", "c.jpg", metadata={"width": 3})

    def test_missing_everywhere_is_kept_but_not_found(self, store):
        store.upsert([image("a", unit(1)), image("b", unit(1))])
        store.mark_missing(["a.jpg"])
        assert found(store, 5) == ["b"]
        assert store.count() == 1
        assert [item.source for item in store.get(["a"])] == ["a.jpg"]
        assert store.sources()["a.jpg"].missing
        store.mark_missing(["a.jpg"], missing=False)
        assert found(store, 5) == ["a", "b"]

    def test_upsert_brings_a_source_back(self, store):
        store.upsert([image("a", unit(1))])
        store.mark_missing(["a.jpg"])
        store.upsert([image("a", stamp=Stamp(3, 4))])
        assert store.sources() == {"a.jpg": SourceState("a", Stamp(3, 4))}

    def test_a_source_that_changed_holds_the_new_item(self, store):
        store.upsert([image("old", unit(1), source="a.jpg")])
        store.upsert([image("new", unit(1), source="a.jpg")])
        assert found(store, 5) == ["new"]
        assert store.forget([]) == 1
        assert store.get(["old"]) == []

    def test_forgetting_a_source_keeps_an_item_with_another(self, store):
        store.upsert([image("a", unit(1)), image("a", source="b.jpg"), image("c", unit(1))])
        assert store.forget(["a.jpg", "c.jpg"]) == 1
        assert set(store.sources()) == {"b.jpg"}
        assert found(store, 5) == ["a"]

    def test_deleting_an_item_takes_its_sources(self, store):
        store.upsert([image("a", unit(1)), image("a", source="b.jpg"), image("c", unit(1))])
        assert store.delete(["a", "a", "x"]) == 1
        assert set(store.sources()) == {"c.jpg"}
        assert store.get(["a"]) == []

    def test_stats(self, store):
        store.upsert([image("a", unit(1)), image("b", unit(1)), caption("t", unit(1), "hi")])
        store.upsert([image("a", source="copy.jpg")])
        store.mark_missing(["b.jpg"])
        stats = store.stats()
        assert (stats.images, stats.texts, stats.sources, stats.missing) == (1, 1, 4, 1)
        assert (stats.model_id, stats.dim) == ("model@1", DIM)
        assert stats.bytes > 0
        assert stats.changed.startswith("20")


class TestThreads:
    def test_readers_beside_a_writer(self, store):
        store.upsert([image("0", unit(1))])
        sizes, failures, done = defaultdict(list), [], threading.Event()

        def read(name):
            try:
                while not done.is_set():
                    sizes[name].append(len(found(store, 1000)))
            except Exception as error:  # noqa: BLE001
                failures.append(error)

        readers = [threading.Thread(target=read, args=(name,)) for name in range(3)]
        for reader in readers:
            reader.start()
        for number in range(1, 40, 2):
            store.upsert([image(f"{n}", unit(1)) for n in (number, number + 1)])
        done.set()
        for reader in readers:
            reader.join()
        assert not failures
        for seen in sizes.values():
            assert seen == sorted(seen)
            assert all(size % 2 == 1 for size in seen), "half a transaction was seen"


class TestRecords:
    def test_records_are_what_was_put(self, store):
        records = [
            with_regions("a", unit(1), unit(0, 1), unit(0, 0, 1), stamp=Stamp(3, 4, 5), width=7),
            image("b", unit(1, 1), source="sub/b.jpg"),
            caption("c", unit(0, 0, 0, 1), "une légende", lang="fr", of={"deep": [1, None, 2.5]}),
        ]
        store.upsert(records)
        store.upsert([image("b", None, source="copy.jpg", stamp=Stamp(1, 2), kept="here")])
        store.mark_missing(["a.jpg"])
        found = {record.item.source: record for record in store.records(list(store.sources()))}
        copy = image("b", unit(1, 1), source="copy.jpg", stamp=Stamp(1, 2), kept="here")
        for record in (*records, copy):
            assert spelled_out(found.pop(record.item.source)) == spelled_out(record)
        assert found == {}

    def test_unknown_sources_have_none(self, store):
        store.upsert([image("a", unit(1))])
        assert store.records([]) == []
        assert [record.item.id for record in store.records(["nowhere", "a.jpg"])] == ["a"]

    def test_they_make_the_same_store_again(self, store, tmp_path):
        store.upsert([with_regions("a", unit(3, 1), unit(0, 1)), caption("b", unit(1), "x")])
        with closing(create_store(str(tmp_path / "again"), "model@1", DIM)) as again:
            again.upsert(store.records(list(store.sources())))
            for regions in (False, True):
                queries = np.stack([unit(1), unit(0, 1)])
                assert again.search(queries, 5, regions=regions) == store.search(
                    queries, 5, regions=regions
                )


def spelled_out(record):
    regions = [(str(each.box), each.vector.tolist()) for each in record.regions]
    return record.item, record.vector.tolist(), record.stamp, regions
