from __future__ import annotations

import pytest

from server.client import problem, search


class TestOne:
    def test_a_favourite_is_found_at_once(self, writer, ids):
        answer = writer.patch(
            f"/api/v1/items/{ids['red']}",
            json={"metadata": {"favourite": True, "note": "à voir"}, "add_to_albums": ["Été"]},
        )
        assert answer.status_code == 200, answer.text
        marks = {"favourite": True, "note": "à voir", "album": ["Été"]}
        assert answer.json()["metadata"].items() >= marks.items()
        for where in ("favourite=true", "album=Été"):
            (hit,) = search(writer, {"text": "blue"}, where=[where])["hits"]
            assert hit["id"] == ids["red"]
        removed = writer.patch(f"/api/v1/items/{ids['red']}", json={"metadata": {"note": None}})
        assert "note" not in removed.json()["metadata"]

    def test_numbers_stay_as_they_were_sent(self, writer, ids):
        sent = {"year": 1925, "code": 12345678901234567, "price": 9.5, "sizes": [38, 39.5]}
        address = f"/api/v1/items/{ids['red']}"
        metadata = writer.patch(address, json={"metadata": sent}).json()["metadata"]
        assert repr({key: metadata[key] for key in sent}) == repr(sent)

    def test_an_unknown_item(self, writer):
        problem(writer.patch("/api/v1/items/ghost", json={"metadata": {}}), 404, "ghost")

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({"metadata": {"name": "x"}}, "cannot be set"),
            ({"metadata": {"folder": "/etc"}}, "cannot be set"),
            ({"metadata": {"x": {"y": 1}}}, "metadata"),
            ({"metadata": {"x": "y" * 10_001}}, "at most"),
            ({"add_to_albums": [" "]}, "add_to_albums"),
            ({"favourite": True}, "favourite"),
        ],
    )
    def test_mistakes(self, writer, ids, body, words):
        problem(writer.patch(f"/api/v1/items/{ids['red']}", json=body), 422, words)

    def test_it_takes_a_key_that_may_write(self, serving, ring, ids, tmp_path):
        client = serving(write=True, keys=ring, folder=tmp_path / "c.visavis")
        headers = {"Authorization": f"Bearer {ring.add('phone', 'read')}"}
        address = f"/api/v1/items/{ids['red']}"
        problem(client.patch(address, json={"metadata": {}}, headers=headers), 403, "read")
        problem(client.patch("/api/v1/items", json={"ids": ["a"]}, headers=headers), 403, "read")


class TestMany:
    def test_albums_of_many(self, writer, ids):
        chosen = [ids["red"], ids["blue"], "ghost"]
        body = {"ids": chosen, "add_to_albums": ["A", "B"]}
        answer = writer.patch("/api/v1/items", json=body).json()
        assert answer == {"changed": 2, "unknown": ["ghost"]}
        body = {"ids": chosen[:1], "remove_from_albums": ["A"]}
        assert writer.patch("/api/v1/items", json=body).json()["changed"] == 1
        listed = writer.get("/api/v1/items?where=album%3DA").json()["items"]
        assert [item["id"] for item in listed] == [ids["blue"]]

    def test_mistakes(self, writer):
        problem(writer.patch("/api/v1/items", json={"ids": []}), 422, "ids")
        problem(writer.patch("/api/v1/items", json={"ids": ["a"] * 1001}), 422, "ids")
        problem(writer.patch("/api/v1/items", files={"file": b"x"}), 415, "application/json")
