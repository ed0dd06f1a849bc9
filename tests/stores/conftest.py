from __future__ import annotations

from typing import get_args

import pytest

from records import DIM
from sqlite_folders import fill_folder
from visavis.stores import create_store
from visavis.types import Modality

ENGINES = [
    "sqlite",
    "sqlite-index",
    "postgresql",
    "postgresql-index",
    pytest.param("milvus", marks=pytest.mark.slow),
]
"""Those with an index build it before anything is added, and use it whatever the size."""


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def location(request, engine, tmp_path):
    if engine.startswith("sqlite"):
        return str(tmp_path / "collection")
    return request.getfixturevalue(f"{engine.removesuffix('-index')}_location")


@pytest.fixture
def store(location, engine, monkeypatch):
    store = create_store(location, "model@1", DIM)
    if engine.endswith("-index"):
        monkeypatch.setattr(type(store), "least", 0)
        for modality in get_args(Modality):
            store.build_index(modality)
    yield store
    store.close()


@pytest.fixture
def folder(tmp_path):
    """Give the folder of a collection in SQLite, of images a to h."""
    return fill_folder(tmp_path / "c")
