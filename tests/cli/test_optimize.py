import json

import numpy as np
import pytest

from visavis.collection import Collection
from visavis.stores import Record, SQLiteStore
from visavis.types import Item


@pytest.fixture
def many(here, encoders, monkeypatch):
    """The same collection with 200 further images, which are many here."""
    monkeypatch.setattr(SQLiteStore, "least", 100)
    rows = np.random.default_rng(0).normal(size=(200, encoders[None].dim)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    with Collection.open(".visavis", encoders[None]) as collection:
        items = [Item(f"{n:032}", "image", f"/gone/{n}.jpg") for n in range(200)]
        collection.store.upsert(map(Record, items, rows))
    return here


def exact(result):
    code, out, err = result
    assert (code, err) == (0, "")
    return json.loads(out)["exact"]


def test_an_index_is_built_used_left_aside_and_removed(many, shell):
    assert exact(shell("search", "red", "--json"))
    code, out, err = shell("optimize", "--queries", "3")
    assert (code, err) == (0, "")
    assert out.split("\n")[0].split() == [
        *("index", "vectors", "MB", "recall@10", "ms", "exact", "ms", "queries")
    ]
    assert out.split("\n")[1].split()[:2] == ["images", "203"]
    assert not exact(shell("search", "red", "--json"))
    assert exact(shell("search", "red", "--json", "--exact"))
    assert shell("search", "red")[1].endswith("approximate index; --exact compares all\n")
    assert "--exact" not in shell("search", "red", "--exact")[1]
    assert shell("optimize", "--drop") == (0, "", "")
    assert exact(shell("search", "red", "--json"))


def test_its_figures_as_json(many, shell):
    (images,) = json.loads(shell("optimize", "--json")[1])
    assert (images["modality"], images["vectors"], images["pending"]) == ("image", 203, 0)
    assert (images["queries"], images["share"]) == (100, 1.0)
    assert {"kind", "bytes", "seconds", "milliseconds", "exact_milliseconds"} <= images.keys()
    assert "seconds" not in json.loads(shell("optimize", "--check", "--json")[1])[0]


def test_few_need_none(here, shell):
    assert shell("optimize") == (
        0,
        "no index: below 100,000 vectors, comparing all of them is fast\n",
        "",
    )
    assert json.loads(shell("optimize", "--json")[1]) == []


def test_regions_have_none_in_a_folder(many, shell):
    line = shell.fails("optimize", "--for", "images", "--regions")
    assert "compares all regions" in line


@pytest.mark.parametrize("least", [100, 100_000])
def test_a_graph_of_an_earlier_version_is_told_of_until_optimize(many, shell, monkeypatch, least):
    monkeypatch.setattr(SQLiteStore, "least", least)
    older = many / ".visavis" / "cache" / "image.graph"
    older.parent.mkdir(exist_ok=True)
    older.write_bytes(b"visavis graph 1")
    code, out, err = shell("search", "red", "--json")
    assert (code, json.loads(out)["exact"]) == (0, True)
    assert err == "an index of an earlier version is not used: visavis optimize builds it anew\n"
    shell("optimize", "--queries", "3")
    assert not older.exists()
    assert shell("search", "red", "--json")[2] == ""
