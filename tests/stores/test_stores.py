from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from records import DIM, image, unit, with_regions
from visavis.errors import CollectionError, UnknownNameError
from visavis.stores import STORES, VectorStore, create_store, engine_of, open_store
from visavis.stores.sqlite import SQLiteStore


@pytest.mark.parametrize("location", ["folder", "./a/b", "/abs", "C:\\photos", "a:b"])
def test_a_plain_path_is_sqlite(location):
    assert engine_of(location) is SQLiteStore


@pytest.mark.parametrize("location", ["", " "])
def test_an_empty_name_is_not_the_current_folder(location):
    with pytest.raises(CollectionError, match="the collection has an empty name"):
        engine_of(location)


@pytest.mark.parametrize("location", ["mongodb://host/db", "oracle+x://host"])
def test_an_unknown_scheme(location):
    for use in (open_store, lambda location: create_store(location, "model", 3)):
        with pytest.raises(UnknownNameError, match=r"unknown store .*sqlite"):
            use(location)


def test_another_package_may_bring_an_engine(monkeypatch):
    class Memory(VectorStore):
        @classmethod
        def open(cls, location):
            return location

    monkeypatch.setitem(STORES._objects, "memory", Memory)
    assert open_store("memory://here") == "memory://here"


class TestAnEngineWithoutRegions:
    @pytest.fixture
    def plain(self, monkeypatch):
        class Plain(VectorStore):
            def _upsert(self, records):
                list(records)

        monkeypatch.setattr(Plain, "__abstractmethods__", frozenset())
        return Plain("plain://here", "model@1", DIM)

    def test_says_so_in_one_line(self, plain):
        for use in (
            lambda: plain.search(unit(1)[np.newaxis], 1, regions=True),
            lambda: plain.moments("image", regions=True),
            lambda: plain.upsert([with_regions("a", unit(1), unit(0, 1))]),
        ):
            with pytest.raises(CollectionError, match="plain://here: Plain keeps no regions"):
                use()

    def test_takes_images_without(self, plain):
        plain.upsert([image("a", unit(1))])


def test_an_engine_that_is_not_asked_for_is_not_imported():
    code = "import sys, visavis.stores as s; print(s.STORES.names(), *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("['milvus+http', 'milvus+https', 'postgresql', 'sqlite']")
    for engine in ("milvus", "postgresql"):
        assert f"visavis.stores.{engine}" not in done.stdout.split()
