from __future__ import annotations

import pytest

from fakes import FakeEncoder
from visavis.collection import Collection
from visavis.errors import QueryError
from visavis.marks import mark


@pytest.fixture
def texts(tmp_path):
    with Collection.create(tmp_path / "c", FakeEncoder()) as collection:
        names = [
            collection.add_text(word, metadata={"album": "old"}).id for word in ("red", "blue")
        ]
        yield collection, names


def test_items_are_in_several_albums(texts):
    collection, ids = texts
    assert mark(collection, ids, {"favourite": True}, add_to=["Zoo", "Été"]) == 2
    assert mark(collection, ids[:1], add_to=["Zoo"]) == 0
    assert mark(collection, ids[:1], {"favourite": None}, remove_from=["Été", "old"]) == 1
    first, second = collection.get(ids)
    assert first.metadata == {"album": ["Zoo"]}
    assert second.metadata == {"favourite": True, "album": ["Zoo", "old", "Été"]}
    assert len(collection.search("red", modality="text", where="album=Zoo")) == 2
    assert len(collection.search("red", modality="text", where="favourite=true")) == 1
    assert mark(collection, ids[:1], remove_from=["Zoo"]) == 1
    assert "album" not in collection.get(ids)[0].metadata


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"width": 3}, "'width' cannot be set"),
        ({"": 3}, "'' cannot be set"),
        ({"a" * 65: 3}, "cannot be set"),
        ({'a"b': 3}, "cannot be set"),
        ({"x": {"y": 1}}, "x: {'y': 1}: a text"),
        ({"x": float("nan")}, "x: nan"),
        ({"x": "half an emoji: \ud83d"}, "not UTF-8"),
        ({"x": "a" * 10_000}, "at most 50 marks"),
        ({f"k{n}": n for n in range(51)}, "at most 50 marks"),
    ],
)
def test_what_cannot_be_set(texts, values, words):
    collection, ids = texts
    with pytest.raises(QueryError, match=words):
        mark(collection, ids, values)
