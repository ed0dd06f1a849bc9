"""What every engine must do: each test runs on each, against slow obvious Python."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from visavis.errors import CollectionError, QueryError
from visavis.stores import Record, Region, SourceState, Stamp, create_store, engine_of, open_store
from visavis.types import Box, Condition, Hit, Item

DIM = 6
ENGINES = ["sqlite"]


@pytest.fixture(params=ENGINES)
def location(request, tmp_path):
    return {"sqlite": str(tmp_path / "collection")}[request.param]


@pytest.fixture
def store(location):
    store = create_store(location, "model@1", DIM)
    yield store
    store.close()


def unit(*values):
    vector = np.zeros(DIM, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def picture(name, vector=None, /, *, source=None, stamp=None, **metadata):
    return Record(Item(name, "image", source or f"{name}.jpg", None, metadata), vector, stamp)


def phrase(name, vector, text, **metadata):
    return Record(Item(name, "text", f"phrases.txt#{name}", text, metadata), vector)


def found(store, *args, **kwargs):
    (hits,) = store.search(unit(1)[np.newaxis], *args, **kwargs)
    return [hit.id for hit in hits]


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
        assert not engine_of(location).exists(location + "-not-here")

    def test_opening_what_is_not_there(self, location):
        with pytest.raises(CollectionError, match="no collection"):
            open_store(location + "-not-here")

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
        store.upsert([picture("a", unit(1), stamp=Stamp(10, 20), width=3)])
        store.close()
        again = open_store(location)
        assert again.get(["a"]) == [Item("a", "image", "a.jpg", None, {"width": 3})]
        assert again.sources() == {"a.jpg": SourceState("a", Stamp(10, 20))}
        assert found(again, 3) == ["a"]
        again.close()


class TestMoving:
    """To a model of eight dimensions, while searches go on."""

    DIM = 8

    def records(self, *names, regions=()):
        vector = np.full(self.DIM, self.DIM**-0.5, np.float32)
        parts = [Region(box, vector) for box in regions]
        return [replace(picture(name, vector), regions=parts) for name in names]

    @pytest.fixture
    def full(self, store):
        store.upsert([picture(name, unit(1), stamp=Stamp(1, 2), by=name) for name in "abc"])
        return store

    def test_nothing_is_seen_before_the_end(self, full):
        generation = full.generation
        move = full.move("model@2", self.DIM)
        assert move.done() == set()
        move.put(self.records("a", "b"))
        assert move.done() == {"a", "b"}
        assert found(full, 5) == ["a", "b", "c"]
        assert (full.generation, full.model_id, full.dim) == (generation, "model@1", DIM)
        assert full.without_vectors() == set()

    def test_all_or_nothing_is_moved(self, location, full):
        sources, items = full.sources(), full.get("abc")
        move = full.move("model@2", self.DIM)
        move.put(self.records("a", "b"))
        assert not move.finish(without=[])
        assert found(full, 5) == ["a", "b", "c"]
        move.put(self.records("c", regions=[Box(0, 0, 2, 2)]))
        assert move.finish(without=[])
        moved = open_store(location)
        assert (moved.model_id, moved.dim) == ("model@2", self.DIM)
        assert (moved.sources(), moved.get("abc")) == (sources, items)
        assert moved.vectors(["b"]).shape == (1, self.DIM)
        assert moved.with_regions() == {"c"}
        moved.close()

    def test_who_has_it_open_learns_of_it(self, location, full):
        other = open_store(location)
        move = full.move("model@2", self.DIM)
        move.put(self.records(*"abc"))
        move.finish(without=[])
        for use in (
            lambda: found(other, 1),
            lambda: other.vectors(["a"]),
            lambda: other.mean("image"),
            lambda: other.upsert([picture("d", unit(1))]),
            lambda: other.search_combined(unit(1)[np.newaxis], lambda s: s[0], 1),
        ):
            with pytest.raises(CollectionError, match="moved to model 'model@2' meanwhile"):
                use()
        other.close()

    def test_items_left_behind_are_kept_but_not_found(self, location, full):
        move = full.move("model@2", self.DIM)
        move.put(self.records("a", "c"))
        assert move.finish(without=["b"])
        moved = open_store(location)
        assert moved.without_vectors() == {"b"}
        assert moved.get(["b"])[0].metadata == {"by": "b"}
        assert moved.sources()["b.jpg"].missing
        assert moved.count() == 2
        query = np.full((1, self.DIM), 1, np.float32)
        assert [hit.id for hit in moved.search(query, 5)[0]] == ["a", "c"]
        moved.upsert(self.records("b"))
        assert moved.without_vectors() == set()
        assert moved.count() == 3
        moved.close()

    def test_it_is_gone_on_with_or_given_up(self, location, full):
        full.move("model@2", self.DIM).put(self.records("a"))
        again = open_store(location)
        assert again.move("model@2", self.DIM).done() == {"a"}
        old = full.move("model@2", self.DIM)
        assert again.move("model@3", self.DIM).done() == set()
        with pytest.raises(CollectionError, match="another process has ended this move"):
            old.put(self.records("b"))
        again.close()

    def test_items_that_go_meanwhile(self, full):
        move = full.move("model@2", self.DIM)
        move.put(self.records("a", "ghost"))
        full.delete(["a", "b"])
        assert move.done() == set()
        move.put(self.records("c"))
        assert move.finish(without=[])

    def test_vectors_of_another_length_are_refused(self, full):
        move = full.move("model@2", self.DIM)
        with pytest.raises(CollectionError):
            move.put([picture("a", unit(1))])
        assert move.done() == set()


class TestKeeping:
    def test_get_keeps_the_order_asked(self, store):
        store.upsert([picture(name, unit(1)) for name in "abc"])
        assert [item.id for item in store.get(["c", "x", "a", "c"])] == ["c", "a", "c"]

    def test_ids_at_sources(self, store):
        store.upsert([picture("a", unit(1)), picture("a", unit(1), source="copy.jpg")])
        store.mark_missing(["copy.jpg"])
        assert store.ids_at(["copy.jpg", "a.jpg", "ghost.jpg"]) == {"a.jpg": "a", "copy.jpg": "a"}
        assert store.ids_at([]) == {}

    def test_vectors_come_back_exactly(self, store):
        vectors = np.stack([unit(1, 2, 3), unit(-1, 5), unit(0, 0, 1)])
        store.upsert([picture(n, v) for n, v in zip("abc", vectors, strict=True)])
        np.testing.assert_array_equal(store.vectors(["c", "a"]), vectors[[2, 0]])

    def test_mean_of_what_can_be_found(self, store):
        np.testing.assert_array_equal(store.mean("image"), np.zeros_like(unit(1)))
        vectors = np.stack([unit(1, 2, 3), unit(-1, 5), unit(0, 0, 1)])
        store.upsert([picture(n, v) for n, v in zip("abc", vectors, strict=True)])
        np.testing.assert_allclose(store.mean("image"), vectors.mean(axis=0), atol=1e-6)
        store.delete(["b"])
        np.testing.assert_allclose(store.mean("image"), vectors[[0, 2]].mean(axis=0), atol=1e-6)

    def test_vectors_of_an_unknown_item(self, store):
        with pytest.raises(CollectionError, match="ghost"):
            store.vectors(["ghost"])

    def test_replaces_an_item(self, store):
        store.upsert([picture("a", unit(0, 1), colour="red")])
        store.upsert([picture("a", unit(1), colour="blue")])
        assert store.count() == 1
        assert store.get(["a"])[0].metadata == {"colour": "blue"}
        np.testing.assert_array_equal(store.vectors(["a"]), [unit(1)])

    def test_keeps_any_json_and_any_text(self, store):
        metadata = {"liste": [1, {"é": None}], 'a"b': "c'd", "yes": True, "x": 0.1}
        text = "L'été, «\u00a0à la plage\u00a0» 🏖\n\"; DROP TABLE items --"
        store.upsert([phrase("t", unit(1), text, **metadata)])
        assert store.get(["t"]) == [Item("t", "text", "phrases.txt#t", text, metadata)]

    def test_a_record_without_vector_adds_a_source(self, store):
        store.upsert([picture("a", unit(1)), picture("a", source="copy.jpg", stamp=Stamp(1, 2))])
        assert store.sources() == {
            "a.jpg": SourceState("a"),
            "copy.jpg": SourceState("a", Stamp(1, 2)),
        }
        assert store.count() == 1

    def test_a_new_item_needs_a_vector(self, store):
        with pytest.raises(CollectionError, match="no vector"):
            store.upsert([picture("a", unit(1)), picture("b")])
        assert store.sources() == {}, "a refused record leaves nothing of its batch"

    @pytest.mark.parametrize("bad", [[1.0] * (DIM - 1), [float("nan")] * DIM, [[1.0] * DIM]])
    def test_refuses_vectors_that_cannot_be(self, store, bad):
        with pytest.raises(CollectionError):
            store.upsert([picture("a", np.array(bad, np.float32))])
        assert store.count() == 0

    def test_generation_grows_with_changes_only(self, store):
        seen = [store.generation]
        for change in (
            lambda: store.upsert([picture("a", unit(1)), picture("b", unit(2))]),
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


class TestSources:
    def test_a_hit_names_the_first_source_there_is(self, store):
        store.upsert([picture("a", unit(1), source="z.jpg", width=1)])
        store.upsert([picture("a", source="b.jpg", width=2), picture("a", source="c.jpg", width=3)])
        store.mark_missing(["b.jpg"])
        ((hit,),) = store.search(unit(1)[np.newaxis], 5)
        assert hit == Hit("a", 1.0, "image", "c.jpg", metadata={"width": 3})

    def test_missing_everywhere_is_kept_but_not_found(self, store):
        store.upsert([picture("a", unit(1)), picture("b", unit(1))])
        store.mark_missing(["a.jpg"])
        assert found(store, 5) == ["b"]
        assert store.count() == 1
        assert [item.source for item in store.get(["a"])] == ["a.jpg"]
        assert store.sources()["a.jpg"].missing
        store.mark_missing(["a.jpg"], missing=False)
        assert found(store, 5) == ["a", "b"]

    def test_upsert_brings_a_source_back(self, store):
        store.upsert([picture("a", unit(1))])
        store.mark_missing(["a.jpg"])
        store.upsert([picture("a", stamp=Stamp(3, 4))])
        assert store.sources() == {"a.jpg": SourceState("a", Stamp(3, 4))}

    def test_a_source_that_changed_holds_the_new_item(self, store):
        store.upsert([picture("old", unit(1), source="a.jpg")])
        store.upsert([picture("new", unit(1), source="a.jpg")])
        assert found(store, 5) == ["new"]
        assert store.forget([]) == 1
        assert store.get(["old"]) == []

    def test_forgetting_a_source_keeps_an_item_with_another(self, store):
        store.upsert([picture("a", unit(1)), picture("a", source="b.jpg"), picture("c", unit(1))])
        assert store.forget(["a.jpg", "c.jpg"]) == 1
        assert set(store.sources()) == {"b.jpg"}
        assert found(store, 5) == ["a"]

    def test_deleting_an_item_takes_its_sources(self, store):
        store.upsert([picture("a", unit(1)), picture("a", source="b.jpg"), picture("c", unit(1))])
        assert store.delete(["a", "a", "x"]) == 1
        assert set(store.sources()) == {"c.jpg"}
        assert store.get(["a"]) == []

    def test_stats(self, store):
        store.upsert([picture("a", unit(1)), picture("b", unit(1)), phrase("t", unit(1), "hi")])
        store.upsert([picture("a", source="copy.jpg")])
        store.mark_missing(["b.jpg"])
        stats = store.stats()
        assert (stats.images, stats.texts, stats.sources, stats.missing) == (1, 1, 4, 1)
        assert (stats.model_id, stats.dim) == ("model@1", DIM)
        assert stats.bytes > 0
        assert stats.changed.startswith("20")


class TestSearch:
    def test_more_asked_than_there_is(self, store):
        store.upsert([picture("a", unit(1)), picture("b", unit(1, 1))])
        assert found(store, 100) == ["a", "b"]

    def test_ties_go_by_id(self, store):
        names = [f"{number:03}" for number in range(50)]
        shuffled = random.Random(0).sample(names, k=50)
        store.upsert([picture(name, unit(1, 2)) for name in shuffled])
        assert found(store, 7) == names[:7]
        assert found(store, 7, where=(Condition("id", ">=", "010"),)) == names[10:17]

    def test_ties_of_both_modalities_go_by_id(self, store):
        store.upsert([picture("b", unit(1)), phrase("a", unit(1), "x"), phrase("c", unit(1), "y")])
        assert found(store, 2) == ["a", "b"]

    def test_scores_reach_from_minus_one_to_one(self, store):
        store.upsert([picture("same", unit(1)), picture("opposite", unit(-1))])
        (hits,) = store.search(unit(1)[np.newaxis], 2)
        assert [hit.score for hit in hits] == [1.0, -1.0]

    @pytest.mark.parametrize("k", [0, -1])
    def test_refuses_k(self, store, k):
        with pytest.raises(QueryError, match=str(k)):
            store.search(unit(1)[np.newaxis], k)

    @pytest.mark.parametrize("shape", [(DIM,), (1, DIM + 1), (1, 1, DIM)])
    def test_refuses_other_shapes(self, store, shape):
        with pytest.raises(QueryError, match="shape"):
            store.search(np.ones(shape, np.float32), 1)

    def test_refuses_nan(self, store):
        with pytest.raises(QueryError, match="NaN"):
            store.search(np.full((1, DIM), np.nan, np.float32), 1)

    def test_a_changed_collection_changes_the_answer(self, store):
        for number in range(5):
            store.upsert([picture(f"{number}", unit(1))])
            assert found(store, 10) == [f"{n}" for n in range(number + 1)]
        store.delete(["0"])
        assert found(store, 10) == ["1", "2", "3", "4"]


class TestThreads:
    def test_readers_beside_a_writer(self, store):
        store.upsert([picture("0", unit(1))])
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
            store.upsert([picture(f"{n}", unit(1)) for n in (number, number + 1)])
        done.set()
        for reader in readers:
            reader.join()
        assert not failures
        for seen in sizes.values():
            assert seen == sorted(seen)
            assert all(size % 2 == 1 for size in seen), "half a transaction was seen"


def matches(condition, values):
    """Return what the documentation of filters says, in plain Python."""
    value = values.get(condition.key)
    if isinstance(value, bool):
        value = str(value).lower()
    same_kind = value is not None and isinstance(value, str) == isinstance(condition.value, str)
    return {
        "=": lambda: same_kind and value == condition.value,
        "!=": lambda: not (same_kind and value == condition.value),
        "<": lambda: same_kind and value < condition.value,
        "<=": lambda: same_kind and value <= condition.value,
        ">": lambda: same_kind and value > condition.value,
        ">=": lambda: same_kind and value >= condition.value,
        "~": lambda: value is not None and str(condition.value).lower() in str(value).lower(),
    }[condition.operator]()


def slow_search(crowd, query, k, modality, where):
    records, missing = crowd
    items = {}
    for record in sorted(records, key=lambda r: r.item.source):
        item = record.item
        columns = {"id": item.id, "modality": item.modality, "source": item.source}
        values = {**item.metadata, **columns, **({"text": item.text} if item.text else {})}
        wanted = item.source not in missing and modality in {None, item.modality}
        if wanted and all(matches(condition, values) for condition in where):
            items.setdefault(item.id, item)
    vectors = {r.item.id: r.vector.astype(float) for r in records if r.vector is not None}
    scores = {name: float(vectors[name] @ query.astype(float)) for name in items}
    ranked = sorted(items, key=lambda name: (-round(scores[name], 6), name))[:k]
    return [(name, items[name].source, scores[name]) for name in ranked]


FILTERS = [
    (),
    (Condition("split", "=", "test"),),
    (Condition("split", "!=", "test"),),
    (Condition("width", ">=", 300),),
    (Condition("width", "<", 300), Condition("split", "=", "train")),
    (Condition("width", "!=", 300),),
    (Condition("width", ">", "a"),),
    (Condition("split", "<", 5),),
    (Condition("split", "<=", "test"),),
    (Condition("sharp", "=", "true"),),
    (Condition("sharp", "!=", "true"),),
    (Condition("place", "~", "ÉVIAN"),),
    (Condition("place", "~", "i"),),
    (Condition("width", "~", "30"),),
    (Condition("source", "~", "folder/1"),),
    (Condition("source", "~", "7.jpg"), Condition("modality", "=", "image")),
    (Condition("text", "~", "phrase 1"),),
    (Condition("id", "=", "item7"),),
    (Condition("nothing", "=", 1),),
    (Condition("nothing", "!=", 1),),
]


@pytest.fixture
def crowd(store):
    rng, chance = np.random.default_rng(1), random.Random(1)
    records = []
    for number in range(90):
        metadata = {"split": chance.choice(["train", "test"]), "width": chance.choice([200, 300])}
        if number % 3:
            metadata |= {"sharp": chance.random() < 0.5, "place": chance.choice(["Évian", "Paris"])}
        vector = unit(*rng.normal(size=DIM))
        text = None if number % 2 else f"phrase {number}"
        modality = "text" if text else "image"
        item = Item(f"item{number}", modality, f"folder/{number}.jpg", text, metadata)
        records.append(Record(item, vector))
        if number % 5 == 0:
            copy = Item(item.id, modality, f"copies/{number}.jpg", text, {"width": 300})
            records.append(Record(copy, None))
    missing = {record.item.source for record in records if chance.random() < 0.2}
    store.upsert(records)
    store.mark_missing(sorted(missing))
    return records, missing


@pytest.mark.parametrize("where", FILTERS, ids=str)
@pytest.mark.parametrize("modality", ["image", "text", None])
def test_search_agrees_with_the_slow_way(store, crowd, where, modality):
    queries = np.stack([unit(*row) for row in np.random.default_rng(2).normal(size=(3, DIM))])
    answers = store.search(queries, 8, modality, where)
    for query, hits in zip(queries, answers, strict=True):
        expected = slow_search(crowd, query, 8, modality, where)
        assert [(hit.id, hit.source) for hit in hits] == [pair[:2] for pair in expected]
        assert [hit.score for hit in hits] == pytest.approx([p[2] for p in expected], abs=2e-6)
    assert store.count(modality, where) == len(
        slow_search(crowd, queries[0], 1000, modality, where)
    )


def in_deviations(similarities):
    """Depends on all items at once, as a calibrated mix of terms does."""
    first, second = similarities
    return (first - first.mean()) / first.std() - 2 * (second - second.mean()) / second.std()


@pytest.mark.parametrize("where", FILTERS, ids=str)
@pytest.mark.parametrize("modality", ["image", "text", None])
def test_terms_are_combined_before_the_filter_chooses(store, crowd, where, modality):
    terms = np.stack([unit(1, 2, 3), unit(-1, 0, 2)])
    scores = {}
    for each in ("image", "text"):
        parts = [slow_search(crowd, term, 1000, each, ()) for term in terms]
        columns = [{name: score for name, _, score in part} for part in parts]
        names = list(columns[0])
        rows = np.array([[column[name] for name in names] for column in columns])
        scores |= dict(zip(names, in_deviations(rows), strict=True))
    found = [name for name, *_ in slow_search(crowd, terms[0], 1000, modality, where)]
    expected = sorted(found, key=lambda name: -scores[name])[:8]
    hits = store.search_combined(terms, in_deviations, 8, modality, where)
    assert [hit.id for hit in hits] == expected
    assert [hit.score for hit in hits] == pytest.approx([scores[n] for n in expected], abs=1e-5)


class TestCombined:
    def test_nothing_there(self, store):
        assert store.search_combined(np.stack([unit(1), unit(0, 1)]), in_deviations, 3) == []

    def test_ties_go_by_id(self, store):
        store.upsert(picture(name, unit(1)) for name in "bca")
        hits = store.search_combined(np.stack([unit(1)]), lambda rows: rows[0], 2)
        assert [hit.id for hit in hits] == ["a", "b"]

    def test_refuses_what_search_refuses(self, store):
        with pytest.raises(QueryError, match="k is 0"):
            store.search_combined(np.stack([unit(1)]), sum, 0)
        with pytest.raises(QueryError, match="shape"):
            store.search_combined(np.ones((1, DIM + 1), np.float32), sum, 1)


def with_parts(name, whole, *parts, **more):
    """A picture whose regions lie side by side, ten pixels wide."""
    regions = [Region(Box(10 * n, 0, 10, 10), vector) for n, vector in enumerate(parts)]
    return replace(picture(name, whole, **more), regions=regions)


class TestRegions:
    @pytest.fixture
    def parts(self, store):
        store.upsert(
            [
                with_parts("a", unit(1, 1), unit(0, 1), unit(1, 0.2)),
                with_parts("b", unit(1), unit(0.5, 1)),
                picture("c", unit(0.9, 1)),
                phrase("t", unit(1, 0.1), "words"),
            ]
        )
        return store

    def search(self, store, vector, *args, **kwargs):
        (hits,) = store.search(vector[np.newaxis], *args, regions=True, **kwargs)
        return [(hit.id, str(hit.box) if hit.box else None) for hit in hits]

    def test_a_picture_is_as_good_as_its_best_part(self, parts):
        best = self.search(parts, unit(0, 1), 9, "image")
        assert best == [("a", "0,0,10,10"), ("b", "0,0,10,10"), ("c", None)]
        assert self.search(parts, unit(1), 1, "image") == [("b", None)]
        assert self.search(parts, unit(1, 0.2), 2, "image") == [("a", "10,0,10,10"), ("b", None)]

    def test_texts_have_no_parts(self, parts):
        assert self.search(parts, unit(1, 0.1), 1) == [("t", None)]

    def test_without_asking_nothing_changes(self, parts):
        assert found(parts, 9, "image") == ["b", "a", "c"]
        assert parts.count("image") == 3
        assert parts.vectors(["a"])[0].tolist() == unit(1, 1).tolist()

    def test_filters_choose_items(self, parts):
        where = (Condition("id", "!=", "a"),)
        assert self.search(parts, unit(0, 1), 1, "image", where) == [("b", "0,0,10,10")]

    def test_terms_meet_in_one_region(self, parts):
        terms = np.stack([unit(1), unit(0, 1)])
        hits = parts.search_combined(terms, lambda s: s.min(axis=0), 9, "image", regions=True)
        assert [(h.id, h.box) for h in hits] == [
            ("a", None),
            ("c", None),
            ("b", Box(0, 0, 10, 10)),
        ]

    def test_they_are_counted_replaced_and_kept(self, parts):
        assert (parts.stats().regions, parts.with_regions()) == (3, {"a", "b"})
        parts.upsert([with_parts("a", unit(1, 1), unit(0, 0, 1)), picture("b", unit(1))])
        assert parts.stats().regions == 2
        assert self.search(parts, unit(0, 0, 1), 1) == [("a", "0,0,10,10")]
        parts.delete(["a", "b"])
        assert (parts.stats().regions, parts.with_regions()) == (0, set())

    def test_a_known_picture_may_get_them_later(self, parts):
        parts.upsert([replace(with_parts("c", None, unit(0, 0, 1)), vector=None)])
        assert self.search(parts, unit(0, 0, 1), 1) == [("c", "0,0,10,10")]

    def test_asking_where_there_are_none(self, store):
        assert self.search(store, unit(1), 1) == []
        store.upsert([picture("a", unit(1))])
        with pytest.raises(CollectionError, match="no regions here; index it again with --regions"):
            self.search(store, unit(1), 1)

    @pytest.mark.parametrize("bad", [np.full(DIM, np.nan, np.float32), np.ones(3, np.float32)])
    def test_refuses_vectors_that_cannot_be(self, store, bad):
        with pytest.raises(CollectionError):
            store.upsert([with_parts("a", unit(1), bad)])
        assert store.stats().images == 0


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.jpg", ["été.JPG"]),
        ("ÉTÉ*", ["été.JPG"]),
        ("?t?.jpg", ["été.JPG"]),
        ("été", ["été.JPG", "bel été [1].png"]),
        ("[1]", ["bel été [1].png"]),
        ("*[1]*", ["bel été [1].png"]),
        ("hiver", []),
        ("%", []),
        ("*", ["été.JPG", "bel été [1].png"]),
    ],
)
def test_patterns(store, pattern, expected):
    names = ["été.JPG", "bel été [1].png"]
    store.upsert([picture(name, unit(1), name=name) for name in names])
    assert sorted(found(store, 5, where=(Condition("name", "~", pattern),))) == sorted(expected)


def test_a_pattern_may_be_a_number(store):
    store.upsert([picture("a", unit(1), width=1234567), picture("b", unit(1), width=12.5)])
    assert found(store, 5, where=(Condition("width", "~", 34567.0),)) == ["a"]
    assert found(store, 5, where=(Condition("width", "~", 2.5),)) == ["b"]


@pytest.mark.parametrize("condition", [Condition('a"b', "=", 1), Condition("a", "; DROP", 1)])
def test_refuses_conditions_that_make_no_sense(store, condition):
    with pytest.raises(QueryError):
        store.search(unit(1)[np.newaxis], 1, where=(condition,))


@pytest.mark.parametrize(
    "condition",
    [
        Condition("name", "=", "\udcff"),
        Condition("name", "~", "\udcff"),
        Condition("\udcff", "=", 1),
    ],
)
def test_refuses_conditions_that_are_not_unicode(store, condition):
    with pytest.raises(QueryError, match="UTF-8"):
        store.search(unit(1)[np.newaxis], 1, where=(condition,))


def test_a_filter_cannot_smuggle_sql(store):
    store.upsert([picture("a", unit(1))])
    evil = Condition("x') OR 1=1 --", "=", "' OR 1=1 --")
    assert found(store, 5, where=(evil,)) == []
    assert store.count() == 1
