"""Each test waits for what must come; a minute is the end of patience, not a measure."""

from __future__ import annotations

import queue
import shutil
import threading

import pytest

from fakes import FakeEncoder
from photographs import counts, names, paint
from visavis.collection import Collection
from visavis.errors import DatasetError, ModelMismatchError
from visavis.indexing import only_run, watch
from visavis.indexing import watching as module

pytest.importorskip("watchfiles", reason="needs the extra watch")
PATIENCE = 60


class Watch:
    """A watch that runs in a thread; what it says comes one by one."""

    def __init__(self, folders, collection, **options):
        self.said = queue.Queue()
        self.stop = threading.Event()
        self.encoder = FakeEncoder()
        self.error = None
        self._thread = threading.Thread(target=self._run, args=(folders, collection, options))
        self._thread.start()

    def _run(self, folders, collection, options):
        try:
            watch(
                folders,
                collection,
                model=self.encoder,
                done=self.said.put,
                trouble=self.said.put,
                stop=self.stop,
                **options,
            )
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.error = error
            self.said.put(error)

    def next(self):
        return self.said.get(timeout=PATIENCE)

    def changed(self):
        """Return the counts of the next run that changed something."""
        while True:
            report = self.next()
            assert not isinstance(report, str | Exception), report
            if report.added or report.renamed or report.missing:
                return counts(report)

    def told(self):
        """Return the next message."""
        while not isinstance(said := self.next(), str):
            pass
        return said

    def until(self, condition):
        """Wait for a run after which the condition holds."""
        while not condition():
            self.next()

    def end(self):
        self.stop.set()
        self._thread.join()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(module, "RETRY", 0.1)
    monkeypatch.setattr(module, "QUIET_MS", 100)
    monkeypatch.setattr(module, "REST", 0)


@pytest.fixture
def watched(photos, tmp_path):
    """Start a watch of a folder of three images, wherever the collection is."""
    started = []

    def start(*folders, collection=tmp_path / "c", **options):
        started.append(Watch(folders or [photos], collection, **options))
        return started[-1]

    yield start
    for each in started:
        each.end()


def found(tmp_path):
    with Collection.open(tmp_path / "c", FakeEncoder()) as collection:
        return names(collection)


def test_files_come_change_move_and_go(watched, photos, tmp_path):
    watch = watched()
    assert watch.changed() == (3, 0, 0, 0, 0)
    paint(photos / "deep" / "white.png", "white")
    assert watch.changed()[0] == 1
    (photos / "white2.png").write_bytes((photos / "deep" / "white.png").read_bytes())
    assert watch.changed()[1] == 1
    (photos / "red.png").unlink()
    assert watch.changed()[4] == 1
    (photos / "blue.png").rename(photos / "deep" / "azure.png")
    assert watch.changed()[1] == 1
    paint(photos / "green.png", "black")
    assert watch.changed()[0] == 1
    shutil.rmtree(photos / "deep")
    watch.until(lambda: found(tmp_path) == ["green.png", "white2.png"])


def test_a_restart_begins_with_what_has_changed(watched, photos, tmp_path):
    watch = watched()
    watch.changed()
    watch.end()
    paint(photos / "white.png", "white")
    (photos / "red.png").unlink()
    watch = watched()
    assert watch.changed() == (1, 0, 2, 0, 1)
    assert watch.encoder.encoded_images == 1


def test_a_collection_within_the_folder_wakes_nobody(watched, photos):
    watch = watched(collection=photos / "collection.visavis")
    watch.changed()
    paint(photos / "white.png", "white")
    assert watch.changed()[0] == 1
    with pytest.raises(queue.Empty):
        watch.said.get(timeout=2)


def test_another_index_run_is_waited_for(watched, photos, tmp_path):
    pytest.importorskip("fcntl")
    Collection.create(tmp_path / "c", FakeEncoder()).close()
    with only_run(str(tmp_path / "c")):
        watch = watched()
        assert "another process is indexing into it" in watch.next()
    assert watch.changed() == (3, 0, 0, 0, 0)


def test_an_unplugged_disk_is_waited_for(watched, photos, tmp_path):
    other = paint(tmp_path / "other" / "white.png", "white").parent
    watch = watched(photos, other)
    assert watch.changed()[0] == 4
    photos.rename(tmp_path / "away")
    assert watch.told() == f"{photos}: no such file or directory; waiting until it is back"
    assert "red.png" in found(tmp_path)
    photos.mkdir()  # a place to mount the disk at
    assert watch.told() == f"{photos}: empty; waiting until it is back"
    assert "red.png" in found(tmp_path)
    photos.rmdir()
    (tmp_path / "away").rename(photos)
    paint(photos / "late.png", "black")
    watch.until(lambda: "late.png" in found(tmp_path))
    paint(photos / "later.png", "yellow")
    watch.until(lambda: "later.png" in found(tmp_path))
    assert len(found(tmp_path)) == 6


def test_a_file_with_rules_counts_as_a_change(watched, photos, tmp_path):
    watch = watched(exclude=["red*"])
    assert watch.changed()[0] == 2
    (photos / ".visavisignore").write_text("blue*\n")
    assert watch.changed()[4] == 1
    (photos / ".visavisignore").write_text("!\n")
    assert "'!' is no rule" in watch.told()
    (photos / ".visavisignore").unlink()
    watch.until(lambda: "blue.png" in found(tmp_path))
    assert found(tmp_path) == ["blue.png", "green.png"]


def test_a_drive_that_tells_nothing_is_looked_at_now_and_then(watched, photos, monkeypatch):
    def refuse(*_, **__):
        raise OSError("OS file watch limit reached.")

    monkeypatch.setattr("watchfiles.watch", refuse)
    watch = watched(every=0.2)
    watch.changed()
    assert watch.told().startswith("changes cannot be watched (OS file watch limit reached.)")
    paint(photos / "white.png", "white")
    assert watch.changed()[0] == 1


def test_what_waiting_does_not_mend_ends_it(watched, photos, tmp_path):
    Collection.create(tmp_path / "c", FakeEncoder("other@2")).close()
    watch = watched()
    assert isinstance(watch.next(), ModelMismatchError)
    for missing in (tmp_path / "nowhere", photos / "red.png", ""):
        watch = watched(missing)
        assert isinstance(watch.next(), DatasetError)
