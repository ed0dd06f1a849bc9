from __future__ import annotations

import hashlib
import json
import os

import pytest

from visavis.errors import VisavisError
from visavis.server import KeyRing
from visavis.server.keys import collection_folder, open_keys


def test_a_key_is_shown_once_and_kept_as_a_hash(ring):
    secret = ring.add("phone", "read")
    kept = ring.file.read_text()
    assert secret not in kept
    assert json.loads(kept)["keys"][0]["sha256"] == hashlib.sha256(secret.encode()).hexdigest()
    assert len(secret) > 40
    assert secret != ring.add("tablet", "read")
    assert ring.file.stat().st_mode & 0o077 == 0


def test_scopes(ring):
    reader, writer = ring.add("phone", "read"), ring.add("laptop", "write")
    assert ring.scope_of(reader) == "read"
    assert ring.scope_of(writer) == "write"
    for wrong in ("", reader + "x", reader[:-1], reader.upper(), "\udcff"):
        assert ring.scope_of(wrong) is None


def test_another_process_may_change_the_file(ring):
    other = KeyRing(ring.file)
    secret = other.add("phone", "read")
    assert ring.scope_of(secret) == "read"
    other.remove("phone")
    assert ring.scope_of(secret) is None
    ring.file.unlink()
    assert other.keys == ()


def test_names_are_unique_and_not_empty(ring):
    ring.add("phone", "read")
    with pytest.raises(VisavisError, match="already"):
        ring.add("phone", "write")
    with pytest.raises(VisavisError, match="name"):
        ring.add(" ", "read")
    with pytest.raises(VisavisError, match="no key 'tv'; known: phone"):
        ring.remove("tv")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"keys": [{"name": "a"}]}',
        '{"keys": 3}',
        "\xff",
        '{"keys": [{"name": "a", "scope": "all", "sha256": "", "created": ""}]}',
    ],
)
def test_a_file_of_something_else(ring, content):
    ring.file.write_text(content, encoding="latin-1")
    with pytest.raises(VisavisError, match=r"keys\.json: not a key file"):
        KeyRing(ring.file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(ring):
    ring.file.parent.chmod(0o500)
    with pytest.raises(VisavisError, match="permission"):
        ring.add("phone", "read")


def test_a_collection_in_one_file_has_no_folder_for_keys(tmp_path):
    file = tmp_path / "photos.sqlite"
    file.write_bytes(b"")
    assert collection_folder(file) is None
    with pytest.raises(VisavisError, match=r"photos\.sqlite is not a folder: name a file"):
        open_keys(file)
    assert open_keys(file, tmp_path / "keys.json").keys == ()
