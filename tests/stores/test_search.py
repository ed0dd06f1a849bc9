"""What every engine must find: each test runs on each, against slow obvious Python."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from records import DIM, caption, found, image, unit, with_regions
from visavis.errors import CollectionError, QueryError
from visavis.stores import Record, open_store
from visavis.types import Condition, Item, Near


class TestSearch:
    def test_more_asked_than_there_is(self, store):
        store.upsert([image("a", unit(1)), image("b", unit(1, 1))])
        assert found(store, 100) == ["a", "b"]

    def test_ties_go_by_id(self, store):
        names = [f"{number:03}" for number in range(50)]
        shuffled = random.Random(0).sample(names, k=50)
        store.upsert([image(name, unit(1, 2)) for name in shuffled])
        assert found(store, 7) == names[:7]
        assert found(store, 7, where=(Condition("id", ">=", "010"),)) == names[10:17]

    def test_ties_of_both_modalities_go_by_id(self, store):
        store.upsert([image("b", unit(1)), caption("a", unit(1), "x"), caption("c", unit(1), "y")])
        assert found(store, 2) == ["a", "b"]

    def test_scores_reach_from_minus_one_to_one(self, store):
        store.upsert([image("same", unit(1)), image("opposite", unit(-1))])
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
            store.upsert([image(f"{number}", unit(1))])
            assert found(store, 10) == [f"{n}" for n in range(number + 1)]
        store.delete(["0"])
        assert found(store, 10) == ["1", "2", "3", "4"]


def matches(condition, values):
    """Return what the documentation of filters says, in plain Python."""
    if isinstance(condition, Near):
        where = [values.get(key) for key in ("latitude", "longitude")]
        return (
            all(isinstance(each, float) for each in where)
            and km(*where, condition) <= condition.kilometres
        )
    value = values.get(condition.key)
    if isinstance(value, bool):
        value = str(value).lower()
    if condition.written is not None and isinstance(value, str):
        condition = replace(condition, value=condition.written, written=None)
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


def km(latitude, longitude, near):
    """The spherical law of cosines: another formula than that of the engines."""
    a, b = math.radians(latitude), math.radians(near.latitude)
    turn = math.radians(longitude - near.longitude)
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(turn)
    return 6371.0088 * math.acos(max(-1, min(1, cosine)))


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
    (Condition("split", "<", 5.0, "5"),),
    (Condition("code", "=", 7.0, "7"),),
    (Condition("code", "!=", 7.0, "7"),),
    (Condition("code", ">=", 7.0, "7.0"),),
    (Condition("code", "=", 7.0),),
    (Condition("id", ">=", 7.0, "item7"),),
    (Condition("split", "=", "test"), Condition("width", "<", 300.5), Condition("place", "~", "v")),
    (Condition("place", ">", "Paris"),),
    (Condition("place", "<=", "P"),),
    (Condition("source", ">", "folder/5"), Condition("width", "=", 200)),
    (Condition("tags", "~", "sea"),),
    (Near(45.76, 4.83, 10),),
    (Near(45.76, 4.83, 400), Condition("split", "=", "test")),
    (Near(-17, 180, 200),),
    (Near(0, 0, 1),),
    (Condition("nothing", "=", 1),),
    (Condition("nothing", "!=", 1),),
]


@pytest.fixture
def crowd(store, engine):
    rng, chance = np.random.default_rng(1), random.Random(1)
    records = []
    for number in range(90):
        metadata = {"split": chance.choice(["train", "test"]), "width": chance.choice([200, 300])}
        if number % 3:
            metadata |= {"sharp": chance.random() < 0.5, "place": chance.choice(["Évian", "Paris"])}
        if number % 4:
            spots = [(45.7, 4.8), (48.86, 2.35), (-16.9, -179.99), (-16.9, 179.99), ("45.7", 4.8)]
            metadata["latitude"], metadata["longitude"] = chance.choice(spots)
            metadata["tags"] = ["sea", "dog"]
        metadata["code"] = chance.choice(["7", 7, 7.0, 8, "8", "6"])
        vector = unit(*rng.normal(size=DIM))
        text = None if number % 2 else f"phrase {number}"
        modality = "text" if text else "image"
        item = Item(f"item{number}", modality, f"folder/{number}.jpg", text, metadata)
        records.append(Record(item, vector))
        if number % 5 == 0:
            copy = Item(item.id, modality, f"copies/{number}.jpg", text, {"width": 300})
            records.append(Record(copy, None))
    missing = {record.item.source for record in records if chance.random() < 0.2}
    store.upsert(records[:50])
    if engine == "sqlite-index":  # holds some, the others are compared one by one
        store.build_index("image")
    store.upsert(records[50:])
    store.mark_missing(sorted(missing))
    return records, missing


@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_search_agrees_with_the_slow_way(store, crowd, where):
    queries = np.stack([unit(*row) for row in np.random.default_rng(2).normal(size=(3, DIM))])
    for modality in ("image", "text", None):
        answers = store.search(queries, 8, modality, where)
        for query, hits in zip(queries, answers, strict=True):
            expected = slow_search(crowd, query, 8, modality, where)
            assert [(hit.id, hit.source) for hit in hits] == [pair[:2] for pair in expected]
            scores = [hit.score for hit in hits]
            assert scores == pytest.approx([pair[2] for pair in expected], abs=2e-6)
        number = len(slow_search(crowd, queries[0], 1000, modality, where))
        assert store.count(modality, where) == number


def test_the_answer_says_whether_all_were_compared(store, crowd, engine):
    query = unit(1)[np.newaxis]
    (near,), (exact,) = store.search(query, 3, "image"), store.search(query, 3, "image", exact=True)
    assert (near, exact.exact) == (exact, True)
    assert near.exact == (not engine.endswith("-index"))
    (many,) = store.search(query, 1000)
    assert many.exact


class TestMoments:
    """Against the formulae, written out over the vectors of what can be found."""

    def agree(self, moments, vectors):
        rows = np.array(vectors, float).reshape(-1, DIM)
        assert moments.count == len(rows)
        assert moments.mean.dtype == moments.second.dtype == np.float64
        np.testing.assert_allclose(moments.mean, rows.mean(axis=0), atol=1e-12)
        second = np.mean([np.outer(row, row) for row in rows], axis=0)
        np.testing.assert_allclose(moments.second, second, atol=1e-12)

    def test_of_nothing(self, store):
        moments = store.moments("image")
        assert moments.count == 0
        assert not moments.mean.any()
        assert moments.second.shape == (DIM, DIM)
        assert not moments.second.any()

    @pytest.mark.parametrize("modality", ["image", "text"])
    def test_of_what_can_be_found(self, store, crowd, modality):
        ids = [name for name, *_ in slow_search(crowd, unit(1), 1000, modality, ())]
        self.agree(store.moments(modality), store.vectors(ids))
        store.delete(ids[:3])
        self.agree(store.moments(modality), store.vectors(ids[3:]))

    def test_of_regions_and_full_images(self, store):
        rows = [unit(1, 1), unit(0, 1), unit(1, 0.2), unit(1), unit(-1, 3)]
        store.upsert([with_regions("a", *rows[:3]), with_regions("b", *rows[3:])])
        store.upsert([caption("t", unit(0, 0, 1), "words")])
        self.agree(store.moments("image", regions=True), rows)
        self.agree(store.moments("image"), [rows[0], rows[3]])
        self.agree(store.moments("text", regions=True), [unit(0, 0, 1)])

    def test_of_regions_where_there_are_none(self, store):
        store.upsert([image("a", unit(1))])
        with pytest.raises(CollectionError, match="no regions here"):
            store.moments("image", regions=True)

    def test_of_a_collection_opened_again(self, location, store):
        store.upsert([image(name, unit(*row)) for name, row in {"a": (1,), "b": (1, 2)}.items()])
        first = store.moments("image")
        again = open_store(location)
        second = again.moments("image")
        assert first.count == second.count == 2
        np.testing.assert_array_equal(first.mean, second.mean)
        np.testing.assert_array_equal(first.second, second.second)
        again.close()


class TestRegions:
    @pytest.fixture
    def regions(self, store):
        store.upsert(
            [
                with_regions("a", unit(1, 1), unit(0, 1), unit(1, 0.2)),
                with_regions("b", unit(1), unit(0.5, 1)),
                image("c", unit(0.9, 1)),
                caption("t", unit(1, 0.1), "words"),
            ]
        )
        return store

    def search(self, store, vector, *args, **kwargs):
        (hits,) = store.search(vector[np.newaxis], *args, regions=True, **kwargs)
        return [(hit.id, str(hit.box) if hit.box else None) for hit in hits]

    def test_an_image_is_as_good_as_its_best_region(self, regions):
        best = self.search(regions, unit(0, 1), 9, "image")
        assert best == [("a", "0,0,10,10"), ("b", "0,0,10,10"), ("c", None)]
        assert self.search(regions, unit(1), 1, "image") == [("b", None)]
        assert self.search(regions, unit(1, 0.2), 2, "image") == [("a", "10,0,10,10"), ("b", None)]

    def test_texts_have_no_regions(self, regions):
        assert self.search(regions, unit(1, 0.1), 1) == [("t", None)]

    def test_without_asking_nothing_changes(self, regions):
        assert found(regions, 9, "image") == ["b", "a", "c"]
        assert regions.count("image") == 3
        assert regions.vectors(["a"])[0].tolist() == unit(1, 1).tolist()

    def test_filters_choose_items(self, regions):
        where = (Condition("id", "!=", "a"),)
        assert self.search(regions, unit(0, 1), 1, "image", where) == [("b", "0,0,10,10")]

    def test_they_are_counted_replaced_and_kept(self, regions):
        assert (regions.stats().regions, regions.with_regions("abc")) == (3, {"a", "b"})
        regions.upsert([with_regions("a", unit(1, 1), unit(0, 0, 1)), image("b", unit(1))])
        assert regions.stats().regions == 2
        assert self.search(regions, unit(0, 0, 1), 1) == [("a", "0,0,10,10")]
        regions.delete(["a", "b"])
        assert (regions.stats().regions, regions.with_regions("abc")) == (0, set())

    def test_a_known_image_may_get_them_later(self, regions):
        regions.upsert([replace(with_regions("c", None, unit(0, 0, 1)), vector=None)])
        assert self.search(regions, unit(0, 0, 1), 1) == [("c", "0,0,10,10")]

    def test_asking_where_there_are_none(self, store):
        assert self.search(store, unit(1), 1) == []
        store.upsert([image("a", unit(1))])
        with pytest.raises(CollectionError, match="no regions here; index it again with --regions"):
            self.search(store, unit(1), 1)

    @pytest.mark.parametrize("bad", [np.full(DIM, np.nan, np.float32), np.ones(3, np.float32)])
    def test_refuses_vectors_that_cannot_be(self, store, bad):
        with pytest.raises(CollectionError):
            store.upsert([with_regions("a", unit(1), bad)])
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
    store.upsert([image(name, unit(1), name=name) for name in names])
    assert sorted(found(store, 5, where=(Condition("name", "~", pattern),))) == sorted(expected)


def test_a_pattern_may_be_a_number(store):
    store.upsert([image("a", unit(1), width=1234567), image("b", unit(1), width=12.5)])
    assert found(store, 5, where=(Condition("width", "~", 34567.0),)) == ["a"]
    assert found(store, 5, where=(Condition("width", "~", 2.5),)) == ["b"]


def test_a_filter_cannot_smuggle_sql(store):
    store.upsert([image("a", unit(1))])
    evil = Condition("x') OR 1=1 --", "=", "' OR 1=1 --")
    assert found(store, 5, where=(evil,)) == []
    assert store.count() == 1


def test_keys_and_types_of_metadata(store):
    store.upsert([image("a", unit(1), width=3, n="x"), image("b", unit(1), n=1.5, ok=True)])
    store.upsert(
        [caption("t", unit(1), "words", lang="fr", tags=["x"]), image("gone", unit(1), x=1)]
    )
    store.mark_missing(["gone.jpg"])
    images = {"width": {"number"}, "n": {"text", "number"}, "ok": {"text"}}
    assert store.metadata_types("image") == images
    assert store.metadata_types("text") == {"lang": {"text"}, "tags": {"other"}}
    assert store.metadata_types().keys() == {"width", "n", "ok", "lang", "tags"}
