import pytest

import mixed_load
from visavis.cli.demo.photos import copy_photos
from visavis.collection import Collection
from visavis.indexing import index

pytest.importorskip("skimage", reason="the photographs come with scikit-image")


@pytest.mark.slow
def test_nothing_fails_while_other_processes_write_or_hold_the_lock(tmp_path, monkeypatch):
    monkeypatch.setattr(mixed_load, "INDEXED", 6)
    monkeypatch.setattr(mixed_load, "K", 3)
    copy_photos(tmp_path / "photos")
    with Collection.create(tmp_path / "c") as collection:
        index([tmp_path / "photos"], collection, regions=True)
    tally = mixed_load.run(tmp_path / "c", tmp_path, seconds=12)
    assert tally.failures == []
    assert tally.seconds.keys() == set(mixed_load.CLIENTS)
    assert all(tally.seconds.values())
    assert tally.during_lock
    assert tally.commands
    assert tally.events
