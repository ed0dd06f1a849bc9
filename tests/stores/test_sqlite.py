from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest

from visavis.errors import CollectionError
from visavis.stores import Order, Record, SQLiteStore
from visavis.types import Condition, Item

DIM = 4
QUERY = np.eye(1, DIM, dtype=np.float32)


def record(name, *, modality="image"):
    number = sum(map(ord, name))
    vector = np.array([1, number % 7, number % 5, number % 3], np.float32)
    return Record(Item(name, modality, f"{name}.jpg"), vector / np.linalg.norm(vector))


@pytest.fixture
def folder(tmp_path):
    with closing(SQLiteStore.create(str(tmp_path / "c"), "model@1", DIM)) as store:
        store.upsert([record(name) for name in "abcdefgh"])
    return tmp_path / "c"


def answers(folder):
    with closing(SQLiteStore.open(str(folder))) as store:
        return store.search(QUERY, 5)


@pytest.mark.parametrize("ask", [SQLiteStore.open, SQLiteStore.exists])
def test_a_place_where_one_may_not_look_is_named(ask):
    """A name too long stands for a folder that may not be entered: root may enter any."""
    with pytest.raises(CollectionError, match=r"a/collection\.sqlite: file name too long"):
        ask("a" * 300)


class TestCache:
    @pytest.fixture
    def cached(self, folder):
        answers(folder)
        return folder / "cache" / "image.vectors"

    def test_is_used(self, folder, cached, monkeypatch):
        """Swap the keys of two rows in the file: the answers follow the file."""
        before = answers(folder)[0]
        data = bytearray(cached.read_bytes())
        data[128:136], data[136:144] = data[136:144], data[128:136]
        cached.write_bytes(data)
        swapped = {"a": "b", "b": "a"}
        assert {hit.id: hit.score for hit in answers(folder)[0]} == {
            swapped.get(hit.id, hit.id): hit.score for hit in before
        }

    def test_is_written_once(self, folder, cached):
        first = cached.stat()
        answers(folder)
        assert cached.stat().st_ino == first.st_ino
        assert {file.name for file in cached.parent.iterdir()} == {"image.vectors", "text.vectors"}

    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: b"",
            lambda data: data[:-1],
            lambda data: data[: -(8 + 4 * DIM)],
            lambda data: b"\0" * len(data),
            lambda data: data + b"\0",
            None,
        ],
        ids=["empty", "cut", "a row short", "zeros", "too long", "deleted"],
    )
    def test_is_rebuilt_when_damaged(self, folder, cached, damage):
        expected, complete = answers(folder), cached.read_bytes()
        if damage:
            cached.write_bytes(damage(complete))
        else:
            cached.unlink()
        assert answers(folder) == expected
        assert cached.read_bytes() == complete

    @pytest.mark.parametrize("name", ["image.vectors", "image.moments"])
    def test_is_rebuilt_whatever_byte_is_damaged(self, folder, cached, name):
        def asked():
            with closing(SQLiteStore.open(str(folder))) as store:
                moments = store.moments("image")
                return store.search(QUERY, 5), moments.count, moments.second.tolist()

        expected, file = asked(), cached.with_name(name)
        complete = file.read_bytes()
        rng = random.Random(0)
        for place in [*range(0, 128, 7), *rng.sample(range(128, len(complete)), 40)]:
            damaged = bytearray(complete)
            damaged[place] ^= 1 << rng.randrange(8)
            file.write_bytes(damaged)
            assert asked() == expected, place
            assert file.read_bytes() == complete, place
        for tail in (bytes(16), np.full(4, np.nan, "f4").tobytes()):
            file.write_bytes(complete[:-16] + tail)
            assert asked() == expected

    def test_of_an_older_state_is_not_used(self, folder, cached):
        old = cached.read_bytes()
        with closing(SQLiteStore.open(str(folder))) as store:
            store.delete(["a"])
            store.upsert([record("z")])
        cached.write_bytes(old)
        ids = {hit.id for hit in answers(folder)[0]}
        assert "a" not in ids

    def test_of_a_database_that_was_restored_is_not_used(self, folder, cached):
        """The count of changes comes out the same: something else must tell them apart."""
        file = folder / "collection.sqlite"
        backup = file.read_bytes()
        with closing(SQLiteStore.open(str(folder))) as store:
            store.upsert([record("new")])
            generation = store.generation
        answers(folder)
        file.write_bytes(backup)
        with closing(SQLiteStore.open(str(folder))) as store:
            store.delete(["a"])
            assert store.generation == generation
            assert "a" not in {hit.id for hit in store.search(QUERY, 9)[0]}

    def test_a_file_in_its_place_is_no_obstacle(self, folder):
        (folder / "cache").write_text("in the way")
        assert len(answers(folder)[0]) == 5


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


class TestSeveralProcesses:
    def test_a_second_writer_waits_its_turn_or_says_so(self, folder):
        with (
            closing(SQLiteStore.open(str(folder))) as first,
            closing(SQLiteStore.open(str(folder), patience=0.05)) as second,
        ):
            with first._database.writing():
                assert len(second.search(QUERY, 5)[0]) == 5, "readers need not wait"
                with pytest.raises(CollectionError, match="another process is writing"):
                    second.upsert([record("z")])
            second.upsert([record("z")])
            assert first.count() == 9

    def test_two_writers_lose_nothing(self, folder):
        code = """if True:
            import sys
            sys.path.insert(0, sys.argv[3])
            from test_sqlite import SQLiteStore, record
            store = SQLiteStore.open(sys.argv[1])
            for number in range(60):
                store.upsert([record(f"{sys.argv[2]}{number}")])
            store.close()
        """
        command = [sys.executable, "-c", code, str(folder)]
        here = str(Path(__file__).parent)
        writers = [subprocess.Popen([*command, name, here]) for name in ("x", "y")]
        with closing(SQLiteStore.open(str(folder))) as store:
            while any(writer.poll() is None for writer in writers):
                assert len(store.search(QUERY, 1000)[0]) >= 8
            assert [writer.returncode for writer in writers] == [0, 0]
            assert store.count() == 8 + 120

    def test_each_sees_the_changes_of_the_other(self, folder):
        with (
            closing(SQLiteStore.open(str(folder))) as first,
            closing(SQLiteStore.open(str(folder))) as second,
        ):
            assert len(second.search(QUERY, 99)[0]) == 8
            first.upsert([record("z")])
            assert len(second.search(QUERY, 99)[0]) == 9


def test_a_folder_with_a_question_mark(tmp_path):
    location = str(tmp_path / "what?mode=ro #1 é%20")
    with closing(SQLiteStore.create(location, "model@1", DIM)) as store:
        store.upsert([record("a")])
    assert [hit.id for hit in answers(location)[0]] == ["a"]


def test_a_transaction_that_fails_leaves_no_trace(folder):
    with closing(SQLiteStore.open(str(folder))) as store:
        before = store.sources(), store.generation

        def broken():
            yield record("z")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            store.upsert(broken())
        assert (store.sources(), store.generation) == before
        store.upsert([record("y")])


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
            "from test_sqlite import SQLiteStore, record\n"
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
