import pytest

from visavis.errors import QueryError
from visavis.queries import in_order
from visavis.types import Hit

HITS = [
    Hit("a", 0.9, "image", "a.jpg", metadata={"taken": "2023", "stars": 3}),
    Hit("b", 0.8, "image", "b.jpg", metadata={"stars": 5, "tags": ["x"]}),
    Hit("c", 0.7, "image", "c.jpg", metadata={"taken": "2021", "stars": 3}),
    Hit("d", 0.6, "image", "d.jpg", metadata={"taken": "2022", "stars": "many"}),
]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("taken", "cdab"),
        ("-taken", "adcb"),
        ("stars", "acbd"),
        ("-stars", "dbac"),
        ("tags", "abcd"),
    ],
)
def test_values_decide_then_scores_and_what_has_none_is_last(sort, order):
    hits = in_order(HITS, sort, lambda: {"tags": {"other"}})
    assert "".join(hit.id for hit in hits) == order


def test_a_key_that_other_items_have_changes_nothing():
    assert in_order(HITS, "place", lambda: {"place": {"text"}}) == HITS


@pytest.mark.parametrize("sort", ["", "-", " ", 3])
def test_what_is_no_order_is_refused(sort):
    with pytest.raises(QueryError, match="such as taken or -taken"):
        in_order(HITS, sort, dict)


def test_an_unknown_key_is_named_with_those_there_are():
    with pytest.raises(QueryError, match="'takn'; did you mean 'taken'"):
        in_order(HITS, "takn", lambda: {"taken": {"text"}})
    assert in_order([], "takn", dict) == []
