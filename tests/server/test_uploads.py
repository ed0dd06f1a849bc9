from __future__ import annotations

import os

from visavis.collection import image_id
from visavis.server.uploads import sweep_uploads, write_upload


def aged(file, data=b"left behind"):
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    os.utime(file, (1, 1))
    return file


def test_files_that_a_killed_server_left_behind_are_removed(serving, tmp_path, photos):
    folder = tmp_path / "c.visavis" / "uploads"
    orphan = aged(folder / image_id(b"left behind"))
    draft = aged(folder / f"{image_id(b'x')}.12-345.tmp")
    other = aged(folder / "notes.txt")
    data = (photos / "red.png").read_bytes()
    known = aged(folder / image_id(data), data)
    serving(folder=tmp_path / "c.visavis")
    assert orphan.exists(), "a server that may not write changes nothing"
    serving(folder=tmp_path / "c.visavis", write=True)
    assert sorted(folder.iterdir()) == sorted([other, known])
    assert not draft.exists()


def test_files_that_are_being_added_stay(collection, tmp_path):
    file = tmp_path / "uploads" / image_id(b"new")
    assert write_upload(file, b"new")
    assert sweep_uploads(file.parent, collection) == 0
    assert not write_upload(file, b"new")
    os.utime(file, (1, 1))
    assert sweep_uploads(file.parent, collection) == 1
    assert sweep_uploads(tmp_path / "nowhere", collection) == 0
