from __future__ import annotations

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from visavis.server.state import Cache


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 6))))
def test_it_forgets_what_was_not_used_for_longest(steps):
    cache, slow = Cache(10, lambda value: value), OrderedDict()
    for is_put, key, value in steps:
        if is_put:
            cache.put(key, value)
            slow.pop(key, None)
            slow[key] = value
            while sum(slow.values()) > 10:
                slow.popitem(last=False)
        else:
            assert cache.get(key) == slow.get(key)
            if key in slow:
                slow.move_to_end(key)


def test_by_default_each_weighs_one():
    cache = Cache(2)
    for key in "abc":
        cache.put(key, key)
    assert [cache.get(key) for key in "abc"] == [None, "b", "c"]
