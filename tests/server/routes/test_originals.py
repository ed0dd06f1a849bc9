from __future__ import annotations

import io
import zipfile

import pytest

from server.client import problem


def archive_of(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.content))


class TestOne:
    def test_the_file_as_it_is(self, client, ids, photos):
        answer = client.get(f"/api/v1/items/{ids['red']}/original")
        assert answer.content == (photos / "red.png").read_bytes()
        assert answer.headers["content-disposition"] == 'attachment; filename="red.png"'

    def test_what_has_no_file(self, client, ids, photos):
        problem(client.get("/api/v1/items/ghost/original"), 404)
        problem(client.get(f"/api/v1/items/{ids['bleu']}/original"), 404)
        (photos / "red.png").unlink()
        problem(client.get(f"/api/v1/items/{ids['red']}/original"), 404)


class TestMany:
    def test_all_files_are_in_the_archive(self, client, ids, photos):
        chosen = [ids[colour] for colour in ("red", "green", "blue")]
        with archive_of(client.post("/api/v1/download", json={"ids": chosen})) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == ["blue.png", "green.png", "red.png"]
            for name in archive.namelist():
                assert archive.read(name) == (photos / name).read_bytes()

    def test_names_are_told_apart_and_hold_no_path(self, client, collection, photos):
        names = ["a.png", "A.png", "../../a.png", "not-included.txt"]
        chosen = [
            collection.add_image(photos / f"{colour}.png", metadata={"name": name}).id
            for colour, name in zip(("red", "green", "blue"), names, strict=False)
        ]
        with archive_of(client.post("/api/v1/download", json={"ids": chosen})) as archive:
            assert sorted(archive.namelist()) == ["A (2).png", "a (3).png", "a.png"]

    def test_what_is_not_there_is_named(self, client, ids, photos):
        (photos / "green.png").unlink()
        chosen = [ids["red"], ids["green"], ids["bleu"], "ghost"]
        with archive_of(client.post("/api/v1/download", json={"ids": chosen})) as archive:
            assert archive.namelist() == ["red.png", "not-included.txt"]
            assert "ghost\n" in archive.read("not-included.txt").decode()
            assert "green.png\n" in archive.read("not-included.txt").decode()

    def test_mistakes(self, client, ids):
        problem(client.post("/api/v1/download", json={"ids": ["ghost"]}), 404, "none of these")
        problem(client.post("/api/v1/download", json={"ids": []}), 422, "ids")
        problem(client.post("/api/v1/download", files={"ids": b"a"}), 415, "application/json")


@pytest.mark.parametrize(("scope", "allowed"), [("read", False), ("read", True), ("write", False)])
def test_which_keys_get_originals(serving, ring, ids, scope, allowed):
    client = serving(keys=ring, originals=allowed)
    problem(client.get(f"/api/v1/items/{ids['red']}/original"), 401)
    headers = {"Authorization": f"Bearer {ring.add('phone', scope)}"}
    for answer in (
        client.get(f"/api/v1/items/{ids['red']}/original", headers=headers),
        client.post("/api/v1/download", json={"ids": [ids["red"]]}, headers=headers),
    ):
        if scope == "read" and not allowed:
            problem(answer, 403, "--originals")
        else:
            assert answer.status_code == 200
