from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from visavis.files import replacing


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    return path


def test_the_file_is_replaced_at_the_end(file):
    with replacing(file) as draft:
        draft.write(b"new")
        assert file.read_bytes() == b"old"
    assert file.read_bytes() == b"new"
    assert list(file.parent.iterdir()) == [file]


def test_a_new_file_is_made(tmp_path):
    with replacing(tmp_path / "new") as draft:
        draft.write(b"new")
    assert (tmp_path / "new").read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_old_file_stays_after_an_exception(file, error):
    with pytest.raises(error), replacing(file) as draft:  # noqa: PT012
        draft.write(b"half")
        raise error
    assert file.read_bytes() == b"old"
    assert list(file.parent.iterdir()) == [file]


def test_a_missing_folder_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "gone" / "file"):
        pass


def test_a_file_that_cannot_be_replaced_leaves_no_draft(tmp_path):
    folder = tmp_path / "a folder"
    (folder / "inner").mkdir(parents=True)
    with pytest.raises(OSError, match="a folder"), replacing(folder) as draft:
        draft.write(b"new")
    assert list(tmp_path.iterdir()) == [folder]


def test_several_threads_may_write_one_file(file):
    ready = threading.Barrier(8, timeout=10)

    def write(n):
        with replacing(file) as draft:
            ready.wait()
            draft.write(bytes([n]) * 100_000)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    content = file.read_bytes()
    assert content == content[:1] * 100_000
    assert list(file.parent.iterdir()) == [file]


def test_the_old_file_survives_a_kill(file):
    script = """
import sys
from pathlib import Path
from visavis.files import replacing
with replacing(Path(sys.argv[1])) as draft:
    draft.write(b"half")
    draft.flush()
    print("writing", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "writing\n"
        os.kill(process.pid, signal.SIGKILL)
    assert file.read_bytes() == b"old"
    with replacing(file) as draft:
        draft.write(b"new")
    assert file.read_bytes() == b"new"
