"""Files in place of a collection in SQLite that are none, or damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress

import pytest

from sqlite_folders import DIM, QUERY, answers, record
from visavis.errors import CollectionError
from visavis.stores import SQLiteStore
from visavis.types import Condition


class TestWhatIsNoCollection:
    def test_not_a_database(self, folder):
        (folder / "collection.sqlite").write_text("hello, this is a text, and a long one" * 100)
        with pytest.raises(CollectionError, match=r"collection\.sqlite: not a collection"):
            answers(folder)

    @pytest.mark.parametrize("size", [0, 10, 5000])
    def test_cut_short(self, folder, size):
        file = folder / "collection.sqlite"
        file.write_bytes(file.read_bytes()[:size])
        with pytest.raises(CollectionError, match=r"collection\.sqlite: "):
            answers(folder)

    def test_overwritten_in_the_middle(self, folder):
        file = folder / "collection.sqlite"
        data = bytearray(file.read_bytes())
        data[4096:] = b"\xff" * (len(data) - 4096)
        file.write_bytes(data)
        with pytest.raises(CollectionError, match="damaged"):
            answers(folder)

    def test_of_another_program(self, tmp_path):
        with closing(sqlite3.connect(tmp_path / "collection.sqlite")) as other:
            other.execute("CREATE TABLE theirs (x)")
            other.commit()
        with pytest.raises(CollectionError, match="another program"):
            answers(tmp_path)
        with pytest.raises(CollectionError, match="already"):
            SQLiteStore.create(str(tmp_path), "model@1", DIM)

    def test_of_a_newer_format(self, folder):
        with closing(sqlite3.connect(folder / "collection.sqlite")) as database:
            database.execute("PRAGMA user_version = 99")
        with pytest.raises(CollectionError, match=r"newer visavis \(format 99"):
            answers(folder)

    def test_a_schema_that_is_no_longer_utf8(self, folder):
        file = folder / "collection.sqlite"
        data = file.read_bytes()
        assert b"CREATE TABLE items" in data
        file.write_bytes(data.replace(b"CREATE TABLE items", b"CREATE T\xf4BLE items"))
        with pytest.raises(CollectionError, match=r"collection\.sqlite: the database is damaged"):
            answers(folder)

    def test_a_folder_in_place_of_the_file(self, tmp_path):
        (tmp_path / "collection.sqlite").mkdir()
        with pytest.raises(CollectionError):
            answers(tmp_path)

    def test_a_file_in_place_of_the_folder(self, tmp_path):
        (tmp_path / "c").write_text("")
        with pytest.raises(CollectionError):
            SQLiteStore.create(str(tmp_path / "c"), "model@1", DIM)

    def test_a_vector_of_the_wrong_length(self, folder):
        with closing(sqlite3.connect(folder / "collection.sqlite")) as database:
            database.execute("UPDATE vectors SET vector = x'00' WHERE item = 3")
            database.commit()
        with pytest.raises(CollectionError, match="damaged"):
            answers(folder)

    def test_a_damaged_page_is_noticed_before_it_is_read(self, folder):
        file = folder / "collection.sqlite"
        with closing(SQLiteStore.open(str(folder))) as store:
            store.upsert([record(f"{number}") for number in range(2000)])
            store.check()
        with closing(sqlite3.connect(file)) as database:
            (page,) = database.execute(
                "SELECT rootpage FROM sqlite_master WHERE name = 'vectors'"
            ).fetchone()
        data = bytearray(file.read_bytes())
        data[4096 * (page - 1) : 4096 * page] = bytes(4096)
        file.write_bytes(data)
        with (
            closing(SQLiteStore.open(str(folder))) as store,
            pytest.raises(CollectionError, match=r"collection\.sqlite: the database is damaged"),
        ):
            store.check()

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE sources SET metadata = '{'",
            "UPDATE sources SET metadata = '[1]'",
            "UPDATE sources SET metadata = x'ff'",
            "UPDATE sources SET source = CAST(x'ff' || source AS TEXT)",
            "UPDATE sources SET source = CAST(source AS BLOB)",
            "UPDATE items SET text = x'00'",
            "UPDATE items SET id = CAST(id AS BLOB)",
            "UPDATE vectors SET vector = 'abc'",
            "UPDATE vectors SET vector = x'0000c07f0000c07f0000c07f0000c07f'",
            "DELETE FROM meta WHERE key = 'state'",
            "DELETE FROM meta WHERE key = 'dim'",
            "UPDATE meta SET value = 'many' WHERE key = 'dim'",
            "DROP TABLE sources",
            "DELETE FROM items WHERE row < 4",
        ],
    )
    @pytest.mark.parametrize("cached", [False, True])
    def test_rows_damaged_by_hand(self, folder, statement, cached):
        """Whatever is asked, the answer is right or one line."""
        if cached:
            answers(folder)
        with closing(sqlite3.connect(folder / "collection.sqlite")) as database:
            database.execute(statement)
            database.commit()
        where = (Condition("width", ">", 3),)
        for ask in (
            lambda store: store.search(QUERY, 5),
            lambda store: store.search(QUERY, 5, "image", where),
            lambda store: store.get(list("abc")),
            lambda store: store.vectors(["a"]),
            lambda store: list(store.iter_sources()),
            lambda store: store.metadata_types(),
            lambda store: store.stats(),
            lambda store: store.check(),
            lambda store: store.upsert([record("a")]),
        ):
            with suppress(CollectionError), closing(SQLiteStore.open(str(folder))) as store:
                ask(store)
