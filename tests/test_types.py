from __future__ import annotations

import pytest

from visavis.errors import QueryError
from visavis.types import Condition


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
