from __future__ import annotations

from contextlib import closing

import pytest

from records import DIM
from visavis.stores import create_store


@pytest.fixture(params=["sqlite", "postgresql"])
def new_store(request, tmp_path):
    """Make an empty store on an engine, at a location of its own."""
    opened = []

    def make(name="first", model_id="model@1"):
        where = str(tmp_path / name)
        if request.param == "postgresql":
            where = f"{request.getfixturevalue('postgresql_location')}_{name}"
        opened.append(create_store(where, model_id, DIM))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def folder_store(tmp_path):
    with closing(create_store(str(tmp_path / "folder"), "model@1", DIM)) as store:
        yield store
