import json
import re
import shutil
import sqlite3
from contextlib import closing

import pytest


def test_one_file_is_searched_and_copied_back(here, shell):
    code, out, err = shell("export", "photos.sqlite")
    assert (code, err) == (0, "")
    assert re.match(r"6 rows, 0\.\d MB in ", out)
    expected = shell("search", "red", "-f")[1]
    shutil.rmtree(".visavis")
    assert shell("search", "red", "-f", "--collection", "photos.sqlite")[1] == expected
    assert "cannot be changed" in shell.fails("remove", "red.png", "--collection", "photos.sqlite")
    code, out, _ = shell("copy", "photos.sqlite", ".visavis")
    assert (code, out[: len("6 copied in ")]) == (0, "6 copied in ")
    assert shell("copy", "photos.sqlite", ".visavis")[1].startswith("6 unchanged in ")
    assert shell("search", "red", "-f")[1] == expected
    assert shell("remove", "red.png")[0] == 0


@pytest.mark.parametrize("name", ["photos.npz", "photos.parquet"])
def test_tables_as_json(here, shell, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    code, out, _ = shell("export", name, "--json")
    report = json.loads(out)
    assert (code, report["file"], report["rows"]) == (0, name, 6)
    assert (here / name).stat().st_size == report["bytes"]


def test_damaged_rows_are_listed(here, shell):
    with closing(sqlite3.connect(".visavis/collection.sqlite")) as database, database:
        database.execute("UPDATE sources SET metadata = '' WHERE source LIKE '%red.png'")
    code, out, err = shell("export", "photos.npz")
    assert code == 3
    assert out.startswith("5 rows")
    assert err.startswith(f"not exported: {here / 'red.png'}: the collection is damaged")
    code, out, err = shell("copy", ".visavis", "other", "--json")
    assert (code, json.loads(out)["copied"], len(json.loads(out)["skipped"])) == (3, 5, 1)
    assert err.startswith(f"not copied: {here / 'red.png'}: ")


def test_mistakes_are_one_line(here, shell):
    assert ".sqlite, .parquet, .npz" in shell.fails("export", "photos.zip")
    assert "is inside of the collection" in shell.fails("export", ".visavis/collection.sqlite")
    assert "no collection here" in shell.fails("copy", "nowhere", "other")
    assert "visavis export b.sqlite" in shell.fails("copy", ".visavis", "b.sqlite")
    shell("index", "red.png", "--collection", "other", "--model", "other")
    assert "'other@2'" in shell.fails("copy", ".visavis", "other")
    assert not (here / "b.sqlite").exists()


def test_a_file_for_a_device(here, shell):
    code, out, err = shell("export", "photos.visavis", "--for-device", "--thumbnails", "32")
    assert (code, err) == (0, "")
    assert out.startswith("6 items, 0.0 MB of thumbnails, 0.0 MB in ")
    code, out, _ = shell("export", "b.visavis", "--for-device", "--vectors", "int8", "--json")
    report = json.loads(out)
    assert (code, report["items"]) == (0, 6)
    assert (here / "b.visavis").stat().st_size == report["bytes"]
    assert "go with --for-device" in shell("export", "c.npz", "--vectors", "int8")[2]
    assert "no regions" in shell("export", "c.visavis", "--for-device", "--regions")[2]
