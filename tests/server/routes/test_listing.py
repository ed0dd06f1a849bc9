from __future__ import annotations

import pytest

from server.client import problem


@pytest.fixture
def dated(collection, photos):
    """Give the red image a date in 2024, the blue one in 2023; the green one has none."""
    for colour, taken in (("red", "2024-05-02T10:00:00"), ("blue", "2023-01-01T00:00:00")):
        file = photos / f"{colour}.png"
        facts = {"name": file.name, "folder": str(photos), "width": 60, "height": 40}
        collection.add_image(file, metadata={**facts, "taken": taken})


def names(client, query):
    answer = client.get(f"/api/v1/items?modality=image&{query}")
    assert answer.status_code == 200, answer.text
    return [item["source"].removesuffix(".png") for item in answer.json()["items"]]


class TestItems:
    def test_without_an_order_the_list_is_always_the_same_sample(self, client, ids):
        items = client.get("/api/v1/items").json()["items"]
        assert [item["id"] for item in items] == sorted(ids.values())
        caption = next(item for item in items if item["id"] == ids["a red thing"])
        of_its_own = client.get(f"/api/v1/items/{ids['a red thing']}").json()
        assert caption == {**of_its_own, "date": None, "thumbnail": None}
        some = client.get("/api/v1/items?modality=image&limit=2").json()["items"]
        assert some == [item for item in items if item["modality"] == "image"][:2]

    def test_by_date_with_those_without_one_last(self, client, dated):
        assert names(client, "order=taken") == ["blue", "red", "green"]
        assert names(client, "order=-taken") == ["red", "blue", "green"]
        assert names(client, "order=added") == ["red", "green", "blue"]
        assert names(client, "order=-added") == ["blue", "green", "red"]

    def test_all_pages(self, client, dated):
        answer = client.get("/api/v1/items?order=-taken&limit=2").json()
        first, cursor = answer["items"], answer["cursor"]
        assert [item["date"] for item in first] == ["2024-05-02T10:00:00", "2023-01-01T00:00:00"]
        found = [*first]
        while cursor:
            answer = client.get(f"/api/v1/items?order=-taken&limit=2&cursor={cursor}").json()
            found += answer["items"]
            cursor = answer["cursor"]
        assert len({item["id"] for item in found}) == len(found) == 6

    def test_the_thumbnail_is_where_it_says(self, client, dated):
        (item,) = client.get("/api/v1/items?order=-taken&limit=1").json()["items"]
        assert item["thumbnail"] == f"items/{item['id']}/thumbnail"
        found = client.get(f"/api/v1/{item['thumbnail']}")
        assert found.headers["content-type"] == "image/jpeg"

    def test_a_list_begins_at_a_month(self, client, dated):
        assert names(client, "order=-taken&before=2024-05") == ["blue", "green"]
        assert names(client, "order=-taken&before=2024-06") == ["red", "blue", "green"]
        assert names(client, "order=taken&since=2023-02") == ["red", "green"]

    def test_filters_are_those_of_a_search(self, client, dated):
        assert names(client, "order=taken&where=taken%3E2023-06") == ["red"]
        assert names(client, "where=split%3Dtrain&where=width%3E50") == ["green"]
        (text,) = client.get("/api/v1/items?lang=en").json()["items"]
        assert text["text"] == "a red thing"

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("limit=201", ["limit"]),
            ("limit=0", ["limit"]),
            ("order=name", ["order"]),
            ("ordre=taken", ["ordre"]),
            ("cursor=abc", ["cursor"]),
            ("cursor=WzEsMl0", ["cursor"]),
            ("order=taken&before=2024-05", ["before", "-taken"]),
            ("order=-taken&since=2024-05", ["since"]),
            ("since=2024-05", ["since"]),
            ("order=taken&since=2024-13", ["since"]),
            ("order=taken&since=2024-05&cursor=abc", ["one of them"]),
            ("where=folder~/home", ["folder"]),
            ("where=colour%3Dred", ["no item has a key 'colour'"]),
            ("where=nonsense", ["nonsense"]),
        ],
    )
    def test_mistakes(self, client, query, words):
        problem(client.get(f"/api/v1/items?{query}"), 422, *words)

    def test_a_cursor_belongs_to_its_order(self, client, dated):
        cursor = client.get("/api/v1/items?order=-taken&limit=1").json()["cursor"]
        problem(client.get(f"/api/v1/items?order=taken&cursor={cursor}"), 422, "cursor")


class TestTimeline:
    def test_counts_by_month(self, client, dated):
        assert client.get("/api/v1/timeline?modality=image").json() == {
            "months": [{"month": "2023-01", "count": 1}, {"month": "2024-05", "count": 1}],
            "undated": 1,
            "total": 3,
        }

    def test_by_the_date_of_addition(self, client):
        answer = client.get("/api/v1/timeline?by=added").json()
        assert (answer["total"], answer["undated"]) == (6, 0)

    def test_with_a_filter(self, client, dated):
        answer = client.get("/api/v1/timeline?where=taken%3E2023-06").json()
        assert answer["months"] == [{"month": "2024-05", "count": 1}]
        problem(client.get("/api/v1/timeline?where=folder~/home"), 422, "folder")
        problem(client.get("/api/v1/timeline?where=colour%3Dred"), 422, "colour")

    def test_a_change_counts_at_once(self, client, dated, collection):
        client.get("/api/v1/timeline")
        collection.add_text("hello", metadata={"taken": "2022-02-02"})
        assert client.get("/api/v1/timeline").json()["months"][0]["month"] == "2022-02"
