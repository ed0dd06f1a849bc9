"""Collections in SQLite that may only be read: in a folder, or in one file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from sqlite_folders import DIM, answers, record
from visavis.errors import CollectionError
from visavis.stores import Order, SQLiteStore


@pytest.fixture
def powerless():
    """Make the process a user who may only do what everyone may."""
    if not hasattr(os, "geteuid"):
        pytest.skip("needs users")
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as location:
        Path(location).chmod(0o755)
        yield lambda: os.seteuid(65534) if user == 0 else None, Path(location)
        if user == 0:
            os.seteuid(0)
        for path in [Path(location, "c"), *Path(location, "c").rglob("*")]:
            path.chmod(0o755)


class TestReadOnly:
    @pytest.fixture(params=["tidy", "with a log"])
    def sealed(self, request, powerless):
        become_nobody, location = powerless
        store = SQLiteStore.create(str(location / "c"), "model@1", DIM)
        store.upsert([record(name) for name in "abc"])
        if request.param == "tidy":
            store.close()
        for file in (location / "c").iterdir():
            file.chmod(0o444)
        (location / "c").chmod(0o555)
        become_nobody()
        yield location / "c"
        store.close()

    def test_can_be_searched(self, sealed):
        assert len(answers(sealed)[0]) == 3
        assert not (sealed / "cache").exists()

    def test_cannot_be_changed(self, sealed):
        with (
            closing(SQLiteStore.open(str(sealed))) as store,
            pytest.raises(CollectionError, match="may not write"),
        ):
            store.upsert([record("z")])

    def test_of_an_earlier_version_it_stays_as_it_is(self, powerless):
        become_nobody, location = powerless
        with closing(SQLiteStore.create(str(location / "c"), "model@1", DIM)) as store:
            store.upsert([record("a")])
        with closing(sqlite3.connect(location / "c" / "collection.sqlite")) as database:
            database.execute("ALTER TABLE sources DROP COLUMN reading")
            database.execute("DROP INDEX items_by_added")
            database.execute("DROP INDEX sources_by_taken")
            database.execute("ALTER TABLE items DROP COLUMN added")
            database.execute("ALTER TABLE items DROP COLUMN marks")
            database.execute("PRAGMA user_version = 1")
        (location / "c").chmod(0o555)
        become_nobody()
        with closing(SQLiteStore.open(str(location / "c"))) as store:
            assert [state.id for state in store.sources().values()] == ["a"]
            assert [each.item.id for each in store.listed(Order("added"))] == ["a"]
            assert store.months("added") == {"": 1}

    def test_no_collection_can_be_made_there(self, sealed):
        with pytest.raises(CollectionError, match=r"permission denied|opened"):
            SQLiteStore.create(str(sealed / "new"), "model@1", DIM)


class TestOneFile:
    def test_it_is_searched_where_it_lies(self, folder, tmp_path):
        file = tmp_path / "elsewhere" / "photos.sqlite"
        file.parent.mkdir()
        with closing(SQLiteStore.open(str(folder))) as store:
            store.backup(file)
        expected = answers(folder)
        shutil.rmtree(folder)
        assert answers(file) == expected
        assert SQLiteStore.exists(str(file))
        assert sorted(file.parent.iterdir()) == [file]

    def test_it_is_not_changed(self, folder, tmp_path):
        file = tmp_path / "photos.sqlite"
        with closing(SQLiteStore.open(str(folder))) as store:
            store.backup(file)
        before = file.read_bytes()
        with closing(SQLiteStore.open(str(file))) as store:
            assert store.stats().bytes == len(before)
            with pytest.raises(
                CollectionError, match="in one file cannot be changed; `visavis copy"
            ):
                store.delete(["a"])
        assert file.read_bytes() == before

    def test_the_file_of_a_folder_is_the_folder(self, folder):
        with closing(SQLiteStore.open(str(folder / "collection.sqlite"))) as store:
            assert store.location == str(folder)
            assert store.delete(["a"]) == 1

    def test_it_holds_one_state_while_another_process_writes(self, folder, tmp_path):
        """Both halves of each pair are written together; a torn copy would hold half of one."""
        code = (
            "import sys; sys.path.insert(0, sys.argv[2])\n"
            "from sqlite_folders import SQLiteStore, record\n"
            "store = SQLiteStore.open(sys.argv[1])\n"
            "for n in range(10**6):\n"
            "    store.upsert([record(f'left{n}'), record(f'right{n}')])\n"
            "    n or print(flush=True)\n"
        )
        words = [sys.executable, "-c", code, str(folder), str(Path(__file__).parent)]
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=env) as writer:
            writer.stdout.readline()
            try:
                with closing(SQLiteStore.open(str(folder))) as store:
                    for number in range(20):
                        file = tmp_path / f"{number}.sqlite"
                        store.backup(file)
                        with closing(SQLiteStore.open(str(file))) as copy:
                            copy.check()
                            names = copy.ids("image", limit=10**6)
                        left = {name[4:] for name in names if name.startswith("left")}
                        assert left == {name[5:] for name in names if name.startswith("right")}
                    assert len(left) > 1
            finally:
                writer.kill()

    def test_where_none_can_be_written(self, folder, tmp_path):
        with closing(SQLiteStore.open(str(folder))) as store:
            with pytest.raises(CollectionError, match=r"nowhere/photos\.sqlite: no such file"):
                store.backup(tmp_path / "nowhere" / "photos.sqlite")
            (tmp_path / "photos.sqlite").mkdir()
            with pytest.raises(CollectionError, match="is a directory"):
                store.backup(tmp_path / "photos.sqlite")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "photos.sqlite"]
