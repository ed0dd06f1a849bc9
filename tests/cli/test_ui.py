import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from visavis.errors import MissingExtraError
from visavis.server import run as server_run


@pytest.fixture
def served(monkeypatch):
    """Addresses of what would have been served."""
    seen = []

    def run(collection, settings, listener, started):
        seen.append((len(collection), listener.getsockname()[:2]))
        started()

    monkeypatch.setattr(server_run, "run", run)
    return seen


def test_it_shows_the_collection_there_is(here, shell, served):
    code, out, err = shell("ui", "--port", "0", "--no-browser")
    ((items, (host, port)),) = served
    assert (code, err, items, host) == (0, "", 6, "127.0.0.1")
    assert out == f".visavis is at http://127.0.0.1:{port} (Ctrl-C stops)\n"


def test_it_indexes_folders_first_and_goes_on_after_damaged_files(here, shell, served):
    (here / "more").mkdir()
    shutil.copy("red.png", "more/red.png")
    (here / "more" / "bad.png").write_text("no image")
    code, out, err = shell("ui", "more", "--port", "0", "--no-browser", "--collection", "new")
    assert code == 0
    assert out.startswith("1 added, 1 skipped")
    assert "bad.png" in err
    assert served[0][0] == 1


def test_a_taken_port_is_replaced_unless_it_was_named(here, shell, served, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "choose another --port" in shell.fails("ui", "--no-browser", "--port", port)
        (option,) = [one for one in command().params if one.name == "port"]
        monkeypatch.setattr(option, "default", port)
        assert shell("ui", "--no-browser")[0] == 0
    assert served[0][1][1] not in {0, port}


def command():
    from visavis.cli.ui import command

    return command


def test_the_missing_extra_is_told_before_anything_is_indexed(here, shell, monkeypatch):
    def missing(name):
        raise MissingExtraError("the server", "serve")

    monkeypatch.setattr("visavis.cli.ui.import_server", missing)
    line = shell.fails("ui", ".", "--collection", "new")
    assert line == "visavis: the server needs an extra: pip install 'visavis[serve]'\n"
    assert not (here / "new").exists()


def test_no_collection_and_no_folder(here, shell, monkeypatch):
    (here / "empty").mkdir()
    monkeypatch.chdir("empty")
    assert "no collection here" in shell.fails("ui")


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_the_browser_opens_the_page_and_ctrl_c_ends_it(here):
    """A real run: photographs of this folder, a program in place of the browser, SIGINT."""
    browser = here / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{here}/opened"\n')
    browser.chmod(0o755)
    running = subprocess.Popen(
        [sys.executable, "-m", "visavis", "ui", ".", "--port", "0", "--collection", "new"],
        cwd=here,
        env={**os.environ, "BROWSER": str(browser), "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout.readline().startswith("3 added")
    assert running.stdout.readline().startswith("new is at http://127.0.0.1:")
    url = wait_for(here / "opened")
    with urllib.request.urlopen(url, timeout=10) as page:
        assert b"<title>visavis" in page.read()
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=20) == ("", "")
    assert running.returncode == 0


def wait_for(file):
    for _ in range(200):
        if file.exists() and (text := file.read_text().strip()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"{file} was never written")
