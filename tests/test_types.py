from __future__ import annotations

import pytest

from visavis.errors import QueryError
from visavis.types import Box, Condition, Hit, Item


class TestCondition:
    @pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">=", "~"])
    @pytest.mark.parametrize("value", ["", "x", 1, 0.5, -1e300])
    def test_takes_texts_and_numbers(self, operator, value):
        assert Condition("a key", operator, value).value == value

    @pytest.mark.parametrize("operator", ["; DROP", "==", "", None])
    def test_names_the_operators_there_are(self, operator):
        with pytest.raises(QueryError, match="known are = != < <= > >= ~"):
            Condition("a", operator, 1)

    @pytest.mark.parametrize("key", ['a"b', "", None, 3])
    def test_refuses_keys_that_cannot_be(self, key):
        with pytest.raises(QueryError, match="a key is a text without double quotes"):
            Condition(key, "=", 1)

    @pytest.mark.parametrize("value", [None, True, float("nan"), float("inf"), [1], b"x"])
    def test_refuses_values_that_cannot_be(self, value):
        with pytest.raises(QueryError, match="a value is a text or a finite number"):
            Condition("a", "=", value)

    @pytest.mark.parametrize(
        "condition", [("name", "=", "\udcff"), ("name", "~", "\udcff"), ("\udcff", "=", 1)]
    )
    def test_refuses_what_is_not_unicode(self, condition):
        with pytest.raises(QueryError, match="UTF-8"):
            Condition(*condition)


class TestHit:
    def test_hits_and_items_may_stand_in_sets(self):
        hits = [Hit("1", 0.5, "image", "a.jpg", box=Box(0, 0, 1, 1), metadata={"n": 1})] * 2
        assert len({*hits, Hit("1", 0.5, "image", "a.jpg", metadata={"n": [2]})}) == 2
        assert len({Item("1", "text", "a", "dog", {"n": [1]}), Item("2", "text", "a", "dog")}) == 2

    def test_equal_hits_are_equal_in_metadata_too(self):
        one, other = (Hit("1", 0.5, "image", "a.jpg", metadata={"n": n}) for n in (1, 2))
        assert one != other
        assert hash(one) == hash(other)
