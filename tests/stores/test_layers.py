"""Searches between changes: what is held of an earlier state is patched, not made again."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from records import DIM, image, unit, with_regions
from visavis.queries import parse_filter
from visavis.stores import create_store, derived, open_store


@pytest.fixture
def location(tmp_path):
    return str(tmp_path / "c")


@pytest.fixture
def store(location):
    with closing(create_store(location, "model@1", DIM)) as store:
        yield store


def step(numbers, store):
    """Change something at random; few distinct vectors, so that many scores are equal."""
    name, vector = f"{numbers.randrange(40):02}", unit(1, numbers.randrange(4))
    match numbers.randrange(5):
        case 0 | 1:
            store.upsert([with_regions(name, vector, unit(numbers.randrange(3), 1), colour="red")])
        case 2:
            store.upsert([image(name, vector, colour=numbers.choice(("red", "blue")))])
        case 3:
            store.delete([name])
        case 4:
            store.mark_missing([f"{name}.jpg"], missing=numbers.random() < 0.7)


def answers(store):
    queries = np.stack([unit(1), unit(0, 1)])
    return [
        store.search(queries, k, "image", parse_filter(where), regions=regions)
        for k in (3, 100)
        for where in ([], ["colour=red"])
        for regions in (False, True)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_they_find_what_a_new_matrix_finds(store, location, seed, monkeypatch):
    numbers = random.Random(seed)
    store.upsert([with_regions(f"{n:02}", unit(1, n % 3), unit(n % 2, 1)) for n in range(12)])
    answers(store)
    made = []
    monkeypatch.setattr(derived.Derived, "_read", lambda *_, **__: made.append(1))
    found = []
    for _ in range(30):
        step(numbers, store)
        found.append((answers(store), store.size("image")))
        if numbers.random() < 0.2:
            monkeypatch.undo()
            with closing(open_store(location)) as fresh:
                assert (answers(fresh), fresh.size("image")) == found[-1]
            monkeypatch.setattr(derived.Derived, "_read", lambda *_, **__: made.append(1))
    assert not made


def test_when_much_has_changed_the_matrix_is_made_again(store, monkeypatch):
    monkeypatch.setattr(derived, "_FEW", 2)
    store.upsert([image("a", unit(1))])
    sizes = []
    for name in "bcdef":
        store.upsert([image(name, unit(1))])
        assert len(store.search(unit(1)[np.newaxis], 9)[0]) == store.size("image")
        sizes.append(len(store._derived._matrices["image"][1].keys))
    assert sizes == [2, 2, 2, 5, 5]


def test_searches_do_not_wait_while_the_matrix_of_regions_is_made(store, monkeypatch):
    store.upsert([with_regions("a", unit(1), unit(0, 1))])
    begun, may_end = threading.Event(), threading.Event()
    read = derived.Derived._read

    def slowly(self, *arguments, regions):
        if regions:
            begun.set()
            assert may_end.wait(60)
        return read(self, *arguments, regions=regions)

    monkeypatch.setattr(derived.Derived, "_read", slowly)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(store.search, unit(1)[np.newaxis], 1, regions=True)
        assert begun.wait(60)
        assert store.search(unit(1)[np.newaxis], 1)[0][0].id == "a"
        assert not waiting.done()
        may_end.set()
        assert waiting.result()[0][0].id == "a"


def test_files_that_go_while_they_are_counted_are_left_out(store, location, monkeypatch):
    gone = Path(location, "cache", "indexing.json")
    real = Path.glob
    monkeypatch.setattr(Path, "glob", lambda self, pattern: [*real(self, pattern), gone])
    assert store.stats().bytes > 0
