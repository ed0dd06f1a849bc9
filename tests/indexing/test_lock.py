from __future__ import annotations

import subprocess
import sys

import pytest

from visavis.errors import CollectionError
from visavis.indexing.lock import only_run

HOLD = """
import sys, time
from visavis.indexing.lock import only_run
with only_run(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_refused_until_the_first_ends_or_is_killed(tmp_path):
    pytest.importorskip("fcntl")
    first = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE)
    assert first.stdout.readline() == b"held\n"
    refused = pytest.raises(CollectionError, match="another process is indexing into it")
    with refused, only_run(str(tmp_path)):
        pass
    first.kill()
    first.communicate()
    for _ in range(2):
        with only_run(str(tmp_path)):
            pass


def test_where_no_lock_can_be_kept_there_is_none(tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with only_run(str(tmp_path)), only_run("postgresql://host/name"):
        pass
