"""Matrices and moments beside a database in SQLite: used if they belong to its state."""

from __future__ import annotations

import random
from contextlib import closing

import numpy as np
import pytest

from sqlite_folders import DIM, QUERY, answers, record
from visavis.stores import SQLiteStore


class TestCache:
    @pytest.fixture
    def cached(self, folder):
        answers(folder)
        return folder / "cache" / "image.vectors"

    def test_is_used(self, folder, cached, monkeypatch):
        """Swap the keys of two rows in the file: the answers follow the file."""
        before = answers(folder)[0]
        data = bytearray(cached.read_bytes())
        data[128:136], data[136:144] = data[136:144], data[128:136]
        cached.write_bytes(data)
        swapped = {"a": "b", "b": "a"}
        assert {hit.id: hit.score for hit in answers(folder)[0]} == {
            swapped.get(hit.id, hit.id): hit.score for hit in before
        }

    def test_is_written_once(self, folder, cached):
        first = cached.stat()
        answers(folder)
        assert cached.stat().st_ino == first.st_ino
        assert {file.name for file in cached.parent.iterdir()} == {"image.vectors", "text.vectors"}

    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: b"",
            lambda data: data[:-1],
            lambda data: data[: -(8 + 4 * DIM)],
            lambda data: b"\0" * len(data),
            lambda data: data + b"\0",
            None,
        ],
        ids=["empty", "cut", "a row short", "zeros", "too long", "deleted"],
    )
    def test_is_rebuilt_when_damaged(self, folder, cached, damage):
        expected, complete = answers(folder), cached.read_bytes()
        if damage:
            cached.write_bytes(damage(complete))
        else:
            cached.unlink()
        assert answers(folder) == expected
        assert cached.read_bytes() == complete

    @pytest.mark.parametrize("name", ["image.vectors", "image.moments"])
    def test_is_rebuilt_whatever_byte_is_damaged(self, folder, cached, name):
        def asked():
            with closing(SQLiteStore.open(str(folder))) as store:
                moments = store.moments("image")
                return store.search(QUERY, 5), moments.count, moments.second.tolist()

        expected, file = asked(), cached.with_name(name)
        complete = file.read_bytes()
        rng = random.Random(0)
        for place in [*range(0, 128, 7), *rng.sample(range(128, len(complete)), 40)]:
            damaged = bytearray(complete)
            damaged[place] ^= 1 << rng.randrange(8)
            file.write_bytes(damaged)
            assert asked() == expected, place
            assert file.read_bytes() == complete, place
        for tail in (bytes(16), np.full(4, np.nan, "f4").tobytes()):
            file.write_bytes(complete[:-16] + tail)
            assert asked() == expected

    def test_of_an_older_state_is_not_used(self, folder, cached):
        old = cached.read_bytes()
        with closing(SQLiteStore.open(str(folder))) as store:
            store.delete(["a"])
            store.upsert([record("z")])
        cached.write_bytes(old)
        ids = {hit.id for hit in answers(folder)[0]}
        assert "a" not in ids

    def test_of_a_database_that_was_restored_is_not_used(self, folder, cached):
        """The count of changes comes out the same: something else must tell them apart."""
        file = folder / "collection.sqlite"
        backup = file.read_bytes()
        with closing(SQLiteStore.open(str(folder))) as store:
            store.upsert([record("new")])
            generation = store.generation
        answers(folder)
        file.write_bytes(backup)
        with closing(SQLiteStore.open(str(folder))) as store:
            store.delete(["a"])
            assert store.generation == generation
            assert "a" not in {hit.id for hit in store.search(QUERY, 9)[0]}

    def test_a_file_in_its_place_is_no_obstacle(self, folder):
        (folder / "cache").write_text("in the way")
        assert len(answers(folder)[0]) == 5
