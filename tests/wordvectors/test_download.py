from __future__ import annotations

import gzip
import hashlib
import zipfile

import pytest

from hub.stand_in import serving
from visavis.catalogue import Entry
from visavis.errors import ModelError, UnknownNameError
from visavis.wordvectors.download import pull_word_vectors

VECTORS = "2 3\n" + "dog 0.1 0.2 0.3\nchien 0.1 0.2 0.3\n" * 500


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def hub(tmp_path, cache, monkeypatch):
    (tmp_path / "hub" / "files").mkdir(parents=True)
    packed = tmp_path / "hub" / "files" / "tiny.txt.gz"
    packed.write_bytes(gzip.compress(VECTORS.encode(), mtime=0))
    with serving(tmp_path / "hub") as hub:
        data = packed.read_bytes()
        entry = Entry(
            "tiny",
            "Tiny vectors",
            url=f"{hub.url}/files/tiny.txt.gz",
            checksum=f"md5:{hashlib.md5(data).hexdigest()}",
            size=len(data),
        )
        monkeypatch.setattr("visavis.wordvectors.download.word_vectors", lambda: {"tiny": entry})
        yield hub


def fails(name):
    with pytest.raises(ModelError) as caught:
        pull_word_vectors(name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_vectors_are_unpacked_into_the_cache_and_stay(hub, cache):
    told = []
    file = pull_word_vectors("tiny", advance=lambda done, size: told.append((done, size)))
    assert file == cache / "words" / "tiny.txt"
    assert file.read_text() == VECTORS
    assert told[-1][0] == told[-1][1]
    hub.asked.clear()
    assert pull_word_vectors("tiny") == file
    assert hub.asked == []


def test_a_place_of_ones_own(hub, tmp_path):
    assert pull_word_vectors("tiny", tmp_path / "mine" / "v.txt").read_text() == VECTORS


def test_a_download_goes_on_where_it_ended(hub, cache):
    hub.cut["files/tiny.txt.gz"] = 40
    assert "ended early (40 of " in fails("tiny")
    assert (cache / "words" / "tiny.txt.gz.part").stat().st_size == 40
    assert pull_word_vectors("tiny").read_text() == VECTORS
    assert hub.asked[-1][2] == "bytes=40-"


def test_a_wrong_checksum(hub, cache):
    hub.corrupt.add("files/tiny.txt.gz")
    assert "wrong checksum" in fails("tiny")
    assert not list((cache / "words").iterdir())


def test_no_network_and_no_file(hub):
    hub.status = 404
    assert "or give a file you have" in fails("tiny")
    hub.shutdown()
    hub.server_close()
    assert "check the network" in fails("tiny")


def test_local_files_of_every_kind(cache, tmp_path):
    (tmp_path / "a.txt").write_text(VECTORS)
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(VECTORS.encode()))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("readme", "short")
        archive.writestr("c.100d.txt", VECTORS)
    for name in ("a.txt", "b.txt.gz", "c.zip"):
        out = tmp_path / "out" / f"{name}.vectors"
        assert pull_word_vectors(tmp_path / name, out).read_text() == VECTORS


def test_a_damaged_archive(cache, tmp_path):
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(VECTORS.encode())[:60])
    assert "cannot be unpacked" in fails(tmp_path / "b.txt.gz")
    assert not list((cache / "words").iterdir())


def test_a_name_nobody_has(cache):
    with pytest.raises(UnknownNameError, match="did you mean 'glove-6b-100d'"):
        pull_word_vectors("glove-6b-100")
