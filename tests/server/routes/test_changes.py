from __future__ import annotations

from server.client import problem


def follow(client, since=None, **more):
    """Return what has become of each item, and the cursor after it."""
    told, asked = {}, {**more} | ({"since": since} if since else {})
    while True:
        response = client.get("/api/v1/changes", params=asked)
        assert response.status_code == 200, response.text
        answer = response.json()
        told |= {each["id"]: (each["change"], each["item"]) for each in answer["changes"]}
        asked["since"] = answer["cursor"]
        if not answer["more"]:
            return told, answer["cursor"]


def test_a_client_that_follows_has_what_is_there(writer, ids):
    told, seen = follow(writer, limit=2)
    assert {change for change, _ in told.values()} == {"added"}
    assert told.keys() == {*ids.values()}
    for name, (_, item) in told.items():
        assert item == writer.get(f"/api/v1/items/{name}").json()
    assert follow(writer, seen) == ({}, seen)
    added = writer.post("/api/v1/items", json={"text": "new"}).json()["id"]
    writer.patch(f"/api/v1/items/{ids['red']}", json={"metadata": {"favourite": True}})
    writer.delete(f"/api/v1/items/{ids['bleu']}")
    told, _ = follow(writer, seen, limit=1)
    assert {name: change for name, (change, _) in told.items()} == {
        added: "added",
        ids["red"]: "changed",
        ids["bleu"]: "removed",
    }
    assert told[ids["bleu"]][1] is None
    assert told[ids["red"]][1]["metadata"]["favourite"] is True


def test_a_cursor_of_another_collection_is_gone(client, collection, serving):
    _, seen = follow(client)
    with collection.store._database.staging() as database:
        database.execute("UPDATE generations SET mark = 'restored'")
    problem(client.get("/api/v1/changes", params={"since": seen}), 410, "begin again")


def test_what_is_no_cursor_is_refused(client):
    for wrong in ("abc", "W10", "WzEsMl0"):
        problem(client.get("/api/v1/changes", params={"since": wrong}), 422, "since")
    of_a_list = client.get("/api/v1/items?limit=1").json()["cursor"]
    problem(client.get("/api/v1/changes", params={"since": of_a_list}), 422, "since")
