from __future__ import annotations

import io
import json
import tarfile

import pytest

from visavis.datasets import load_dataset
from visavis.errors import DatasetError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))


def shard(path, members):
    path.parent.mkdir(exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_captions_are_read_from_text_and_json(tmp_path):
    about = {"caption": "un chien", "language": "FR", "split": "dev", "width": 3}
    path = shard(
        tmp_path / "s/7.tar",
        {
            "a.jpg": b"A",
            "a.txt": b"a dog\n\na cat\n",
            "b.PNG": b"B",
            "b.json": json.dumps(about).encode(),
        },
    )
    dataset = load_dataset(str(path))
    assert [(c.key, c.text, c.lang) for c in dataset.captions] == [
        ("7/a#0", "a dog", "en"),
        ("7/a#1", "a cat", "en"),
        ("7/b#0", "un chien", "fr"),
    ]
    assert dataset.splits == {"7/a": "none", "7/b": "dev"}
    assert [file.read_bytes() for file in dataset.images.values()] == [b"A", b"B"]


def test_images_are_unpacked_once(tmp_path):
    path = shard(tmp_path / "s/7.tar", {"a.jpg": b"A", "a.txt": b"a dog"})
    (file,) = load_dataset(str(path)).images.values()
    stamp = file.stat().st_mtime_ns
    assert load_dataset(str(path)).images == {"7/a": file}
    assert file.stat().st_mtime_ns == stamp


@pytest.mark.parametrize("spec", ["s", "s/{00..01}.tar"])
def test_several_shards_are_one_dataset(tmp_path, spec):
    for number in (0, 1):
        shard(tmp_path / f"s/0{number}.tar", {"a.jpg": b"%d" % number, "a.txt": b"a dog"})
    assert list(load_dataset(f"webdataset:{tmp_path / spec}").images) == ["00/a", "01/a"]


def test_unusable_samples_are_skipped_with_a_reason(tmp_path):
    members = {"a.jpg": b"A", "a.txt": b"a dog", "b.jpg": b"B", "c.txt": b"a cat"}
    members |= {"d.jpg": b"D", "d.json": b"[1]", "e.jpg": b"E", "e.txt": b"\xff", "f.jpg": b"F"}
    dataset = load_dataset(str(shard(tmp_path / "s/0.tar", members | {"f.json": b"{"})))
    assert list(dataset.images) == ["0/a"]
    named = [row.where.rpartition(": ")[2] for row in dataset.skipped]
    assert named == ["b", "c", "d", "e", "f"]


def test_a_truncated_shard_is_read_up_to_the_damage(tmp_path):
    path = shard(
        tmp_path / "s/0.tar",
        {"a.jpg": b"A", "a.txt": b"a dog", "b.jpg": bytes(4000), "b.txt": b"a cat"},
    )
    path.write_bytes(path.read_bytes()[:3600])
    dataset = load_dataset(str(path))
    assert list(dataset.images) == ["0/a"]
    assert any("damaged" in row.reason for row in dataset.skipped)


@pytest.mark.parametrize("spec", ["nowhere", "{0..3}.tar", ""])
def test_missing_shards_are_refused(tmp_path, spec):
    with pytest.raises(DatasetError, match="shard"):
        load_dataset(f"webdataset:{tmp_path / spec}")
