from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from records import DIM, all_of, asked, fill, image, unit
from visavis.errors import CollectionError
from visavis.stores import open_store
from visavis.upkeep import export

COLUMNS = ["id", "modality", "source", "missing", "text", "box", "metadata", "vector"]


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr("visavis.upkeep.pages.PAGE", 7)


def read_parquet(file):
    return pytest.importorskip("pyarrow.parquet").read_table(file)


def rows_of(store, *, regions):
    """The rows that are to be, from all that the store holds."""
    rows = []
    for source, (item, vector, _, missing, parts) in sorted(all_of(store).items()):
        metadata = dict(item.metadata)
        about = (item.id, item.modality, source, missing, item.text)
        rows.append((*about, None, metadata, vector))
        rows += [(*about, box, metadata, part) for box, part in parts if regions]
    return rows


@pytest.mark.parametrize("regions", [False, True])
def test_parquet_has_a_row_a_source(new_store, tmp_path, regions):
    store = fill(new_store())
    report = export(store, tmp_path / "photos.parquet", regions=regions)
    table = read_parquet(tmp_path / "photos.parquet")
    assert table.column_names == COLUMNS
    assert table.schema.metadata[b"model"] == b"model@1"
    rows = [(*row[:6], json.loads(row[6]), row[7]) for row in zip(*table.to_pydict().values())]  # noqa: B905
    assert rows == rows_of(store, regions=regions)
    assert (report.rows, report.regions) == (len(rows), 0 if regions else 80)


@pytest.mark.parametrize("regions", [False, True])
def test_npz_holds_the_same_without_pickles(folder_store, tmp_path, regions):
    store = fill(folder_store)
    export(store, tmp_path / "photos.npz", regions=regions)
    with np.load(tmp_path / "photos.npz", allow_pickle=False) as table:
        assert sorted(table) == sorted([*COLUMNS, "model"])
        assert str(table["model"]) == "model@1"
        assert table["vector"].dtype == np.float32
        columns = [table[name].tolist() for name in COLUMNS]
    rows = [(*row[:6], json.loads(row[6]), row[7]) for row in zip(*columns, strict=True)]
    expected = rows_of(store, regions=regions)
    assert rows == [(*row[:4], row[4] or "", row[5] or "", *row[6:]) for row in expected]


@pytest.mark.parametrize("name", ["e.parquet", "e.npz", "e.sqlite"])
def test_an_empty_collection(folder_store, tmp_path, name):
    report = export(folder_store, tmp_path / name)
    assert (report.rows, report.bytes) == (0, (tmp_path / name).stat().st_size)


def test_one_file_is_searched_like_the_collection(new_store, tmp_path):
    store = fill(new_store())
    report = export(store, tmp_path / "photos.sqlite")
    assert (report.rows, report.changing) == (60, False)
    with closing(open_store(str(tmp_path / "photos.sqlite"))) as copy:
        assert all_of(copy) == all_of(store)
        assert asked(copy) == asked(store)
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".visavis")] == []


def test_a_damaged_collection_does_not_replace_its_backup(folder_store, tmp_path):
    store = fill(folder_store, 200)
    export(store, tmp_path / "photos.sqlite")
    before = (tmp_path / "photos.sqlite").read_bytes()
    store.close()
    file = Path(store.location, "collection.sqlite")
    data = bytearray(file.read_bytes())
    middle = len(data) // 2 // 4096 * 4096  # after the pages that are read when it is opened
    data[middle : middle + 15 * 4096] = bytes(15 * 4096)
    file.write_bytes(data)
    with closing(open_store(store.location)) as damaged:
        for name in ("photos.sqlite", "photos.parquet"):
            with pytest.raises(CollectionError, match="the database is damaged"):
                export(damaged, tmp_path / name)
    assert (tmp_path / "photos.sqlite").read_bytes() == before
    assert not (tmp_path / "photos.parquet").exists()


def test_damaged_rows_are_named(folder_store, tmp_path):
    store = fill(folder_store)
    with closing(sqlite3.connect(Path(store.location, "collection.sqlite"))) as database, database:
        database.execute("UPDATE sources SET metadata = '{' WHERE source = '003.jpg'")
    report = export(store, tmp_path / "photos.npz")
    assert [each.where for each in report.skipped] == ["003.jpg"]
    assert report.rows == 59


def test_a_table_of_a_changing_collection_is_called_so(folder_store, tmp_path):
    store = fill(folder_store)
    change = lambda *_: store.upsert([image("new", unit(1))])  # noqa: E731
    assert export(store, tmp_path / "photos.npz", progress=change).changing
    assert not export(store, tmp_path / "photos.npz").changing


def test_what_cannot_be_written_is_refused(folder_store, tmp_path, monkeypatch):
    store = fill(folder_store, 1)
    with pytest.raises(CollectionError, match=r"photos\.txt: expected a name that ends in"):
        export(store, "photos.txt")
    for own in ("collection.sqlite", "other.sqlite"):
        with pytest.raises(CollectionError, match="is inside of the collection"):
            export(store, Path(store.location, own))
    for name in ("a.sqlite", "a.npz", "a.parquet"):
        with pytest.raises(CollectionError, match=r"nowhere/a\.\w+: no such file"):
            export(store, tmp_path / "nowhere" / name)
    monkeypatch.setattr("visavis.upkeep.exporting.MAX_BYTES", 3 * 4 * DIM)
    with pytest.raises(CollectionError, match=r"export to \.parquet"):
        export(store, tmp_path / "a.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder"]
