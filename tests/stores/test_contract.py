"""What every engine must keep: each test runs on each."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import defaultdict
from contextlib import closing

import numpy as np
import pytest

from records import DIM, caption, found, image, unit, with_regions
from visavis.errors import CollectionError
from visavis.stores import (
    SourceState,
    Stamp,
    create_store,
    engine_of,
    open_store,
)
from visavis.types import Hit, Item


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


class TestWriters:
    CODE = """if True:
        import sys
        from records import image, unit
        from visavis.stores import open_store

        store = open_store(sys.argv[1])
        for number in range(12):
            store.upsert(image(f"{sys.argv[2]}{number}-{each}", unit(1)) for each in range(4))
        store.close()
        """

    def test_two_at_once_lose_nothing(self, store, location, engine):
        """Two processes, each with images of its own, and a reader beside them."""
        if engine.endswith("-index"):
            pytest.skip("writes as without an index")
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", self.CODE, location]
        writers = [subprocess.Popen([*command, name], env=environment) for name in ("x", "y")]
        seen = []
        while any(writer.poll() is None for writer in writers):
            seen.append(len(found(store, 100)))
        assert [writer.wait() for writer in writers] == [0, 0]
        assert seen == sorted(seen)
        assert store.count() == len(found(store, 100)) == 96
        assert len(store.sources()) == 96


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
