from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image

from server.client import problem


@pytest.fixture
def versions(collection, photos):
    """Add one picture in two sizes; return the names, the larger one first."""
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels).resize((240, 160), Image.Resampling.NEAREST)
    picture.save(photos / "large.png")
    picture.resize((120, 80)).save(photos / "small.jpg", quality=90)
    for name, width, height in (("small.jpg", 120, 80), ("large.png", 240, 160)):
        file = photos / name
        facts = {"name": name, "width": width, "height": height, "bytes": file.stat().st_size}
        collection.add_image(file, metadata=facts)
    return ["large.png", "small.jpg"]


def found(client, query=""):
    """Ask until the search has ended."""
    for _ in range(600):
        answer = client.get(f"/api/v1/duplicates?{query}")
        assert answer.status_code == 200, answer.text
        if answer.json()["progress"] is None:
            return answer.json()
        assert answer.json()["groups"] == []
        time.sleep(0.02)
    raise AssertionError("the search has no end")


def test_versions_of_one_picture_are_a_group_the_best_first(client, versions):
    answer = found(client)
    assert answer["total"] == 1
    (group,) = answer["groups"]
    assert group["alike"] == "picture"
    assert [item["source"] for item in group["items"]] == versions
    assert [item["width"] for item in group["items"]] == [240, 120]
    assert group["items"][0]["similarity"] == pytest.approx(1)
    assert group["items"][0]["files"] == 1
    assert group["items"][0]["bytes"] > 0


def test_files_of_the_same_bytes_are_one_item_and_no_group(client, collection, photos):
    copy = photos / "copy.png"
    copy.write_bytes((photos / "red.png").read_bytes())
    collection.add_image(copy, metadata={"name": "copy.png", "width": 60, "height": 40})
    assert found(client)["groups"] == []


def test_a_change_of_the_collection_is_seen(writer, versions):
    (group,) = found(writer)["groups"]
    assert writer.delete(f"/api/v1/items/{group['items'][1]['id']}").status_code == 204
    assert found(writer)["groups"] == []


def test_a_limit_leaves_out_groups_but_counts_them(client, versions, collection, photos):
    pixels = np.random.default_rng(1).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    for side in (60, 120):
        file = photos / f"other-{side}.png"
        Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST).save(file)
        collection.add_image(file, metadata={"name": file.name, "width": side, "height": side})
    answer = found(client, "limit=1")
    assert (len(answer["groups"]), answer["total"]) == (1, 2)


def test_files_that_are_gone_are_counted(client, versions, photos):
    (photos / "small.jpg").unlink()
    answer = found(client)
    assert (answer["groups"], answer["left_out"]) == ([], 1)


@pytest.mark.parametrize("query", ["alike=bytes", "limit=0", "level=near"])
def test_what_it_does_not_know_is_refused(client, query):
    problem(client.get(f"/api/v1/duplicates?{query}"), 422)


def test_it_needs_a_key_where_there_are_keys(serving, ring):
    ring.add("reader", "read")
    problem(serving(keys=ring).get("/api/v1/duplicates"), 401)


def test_the_server_ends_while_a_search_runs(serving, versions):
    client = serving()
    assert client.get("/api/v1/duplicates").json()["progress"] is not None
    # The fixture closes the server now.
