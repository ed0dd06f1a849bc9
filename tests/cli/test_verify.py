import json
import sqlite3
from contextlib import closing

from PIL import Image


def test_a_sound_collection(here, shell):
    code, out, err = shell("verify")
    assert (code, err) == (0, "")
    assert out.startswith(
        "all as it should be: 6 sources (0 of them missing), 6 vectors, 3 files in "
    )


def test_files_that_are_gone_or_changed(here, shell):
    (here / "red.png").unlink()
    Image.new("RGB", (9, 9), "white").save(here / "blue.png")
    code, out, err = shell("verify", "--contents")
    assert code == 3
    assert out.startswith("1 changed, 1 gone: 6 sources")
    assert err.splitlines() == [
        f"changed: {here / 'blue.png'}: its content has changed, but neither its size nor its time",
        f"gone: {here / 'red.png'}: no such file or directory",
    ]
    assert shell("verify", "--no-files")[0] == 0
    assert shell("verify", "--no-files", "--contents")[0] == 2


def test_damage_as_json(here, shell, monkeypatch):
    with closing(sqlite3.connect(".visavis/collection.sqlite")) as database, database:
        database.execute("UPDATE sources SET metadata = ''")
    code, out, _ = shell("verify", "--json")
    report = json.loads(out)
    assert code == 1
    assert (report["sound"], report["sources"], report["files"]) == (False, 6, 3)
    assert len(report["problems"]) == 6
    assert list(report["problems"][0]) == ["kind", "where", "reason"]
    monkeypatch.setattr("visavis.cli.verify.LISTED", 2)
    lines = shell("verify")[2].splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("damaged: ")
    assert lines[2] == "4 more problems; --json lists all"


def test_a_missing_collection_is_named(here, shell):
    assert "nowhere" in shell.fails("verify", "--collection", "nowhere")
