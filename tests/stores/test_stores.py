from __future__ import annotations

import pytest

from visavis.errors import UnknownNameError
from visavis.stores import STORES, create_store, engine_of, open_store
from visavis.stores.sqlite import SQLiteStore


@pytest.mark.parametrize("location", ["folder", "./a/b", "/abs", "C:\\photos", "a:b", ""])
def test_a_plain_path_is_sqlite(location):
    assert engine_of(location) is SQLiteStore


@pytest.mark.parametrize("location", ["postgresq://host/db", "oracle+x://host"])
def test_an_unknown_scheme(location):
    for use in (open_store, lambda place: create_store(place, "model", 3)):
        with pytest.raises(UnknownNameError, match=r"unknown store .*sqlite"):
            use(location)


def test_another_package_may_bring_an_engine(monkeypatch):
    class Memory:
        @staticmethod
        def open(location):
            return location

    monkeypatch.setitem(STORES._things, "memory", Memory)
    assert open_store("memory://here") == "memory://here"
