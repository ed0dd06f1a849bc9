from __future__ import annotations

import pytest

from records import DIM
from visavis.stores import create_store

ENGINES = ["sqlite"]


@pytest.fixture(params=ENGINES)
def location(request, tmp_path):
    return {"sqlite": str(tmp_path / "collection")}[request.param]


@pytest.fixture
def store(location):
    store = create_store(location, "model@1", DIM)
    yield store
    store.close()
