import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.errors import QueryError
from visavis.queries import Query, Term, image, text
from visavis.types import Box

weights = st.floats(allow_nan=False, allow_infinity=False).filter(bool)
texts = st.text(min_size=1).filter(str.strip)
boxes = st.builds(Box, *[st.integers(0, 9999)] * 2, *[st.integers(1, 9999)] * 2)
terms = st.one_of(
    st.builds(Term, weights, st.just("text"), texts),
    st.builds(Term, weights, st.just("image"), texts | st.binary(min_size=1), boxes | st.none()),
)
queries = st.lists(terms, min_size=1, max_size=5).map(lambda terms: Query(tuple(terms)))


def test_a_sum_of_terms_reads_as_it_is_written():
    query = image("dress.jpg", Box(1, 2, 3, 4)) + 2 * text("in red") - 0.5 * text("people")
    assert query.terms == (
        Term(1.0, "image", "dress.jpg", Box(1, 2, 3, 4)),
        Term(2.0, "text", "in red"),
        Term(-0.5, "text", "people"),
    )
    assert str(query) == "dress.jpg@1,2,3,4 + 2:in red - 0.5:people"


def test_sum_adds_queries():
    assert sum([text("a"), 2 * text("b"), -text("c")]) == text("a") + 2 * text("b") - text("c")
    for wrong in (lambda: text("a") + "b", lambda: 1 + text("a"), lambda: text("a") - 2):
        with pytest.raises(TypeError):
            wrong()


def test_minus_turns_every_weight():
    assert [t.weight for t in (-(text("a") - 2 * text("b"))).terms] == [-1, 2]
    assert [t.weight for t in (text("a") - (text("b") - text("c"))).terms] == [1, -1, 1]
    assert str(-text("people") + text("snow")) == "- people + snow"


def test_an_image_is_a_path_or_bytes(tmp_path):
    assert image(tmp_path / "a.jpg").terms[0].value == str(tmp_path / "a.jpg")
    assert str(image(b"\xff\xd8" * 600)) == "<image of 1,200 bytes>"


@given(queries)
def test_json_gives_the_same_query_back(query):
    assert Query.from_json(query.to_json()) == query


def test_json_is_plain():
    query = 2 * image("a.jpg", Box(1, 2, 3, 4)) - text("b")
    assert query.to_json() == {
        "terms": [
            {"weight": 2.0, "image": "a.jpg", "box": [1, 2, 3, 4]},
            {"weight": -1.0, "text": "b"},
        ]
    }
    assert Query.from_json({"terms": [{"text": "b"}]}) == text("b")


@pytest.mark.parametrize("weight", [0, math.nan, math.inf, -math.inf])
def test_a_weight_is_finite_and_not_zero(weight):
    with pytest.raises(QueryError, match="finite and not 0"):
        weight * text("a")


@pytest.mark.parametrize(
    "make", [lambda: text(""), lambda: text(" \n"), lambda: image(b""), lambda: Query(())]
)
def test_nothing_cannot_be_looked_for(make):
    with pytest.raises(QueryError, match="empty"):
        make()


def test_a_text_is_unicode():
    latin1_on_a_utf8_terminal = b"\xe9t\xe9".decode(errors="surrogateescape")
    with pytest.raises(QueryError, match=r"text .* is not UTF-8"):
        text(latin1_on_a_utf8_terminal)
    with pytest.raises(QueryError, match=r"text .* is not UTF-8"):
        Query.from_json({"terms": [{"text": "half an emoji \ud83d"}]})
    assert text("\N{DOG FACE}").terms[0].value == "\N{DOG FACE}"


def test_a_box_belongs_to_an_image_and_has_a_size():
    with pytest.raises(QueryError, match="box 1,2,3,4: only an image has boxes"):
        Term(1.0, "text", "a", Box(1, 2, 3, 4))
    with pytest.raises(QueryError, match="box 0,0,0,4"):
        image("a.jpg", Box(0, 0, 0, 4))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("a", '{"terms"'),
        ({"terms": "a"}, '{"terms"'),
        ({"terms": []}, "empty"),
        ({"terms": ["a"]}, "one of text, image"),
        ({"terms": [{"weight": 1}]}, "one of text, image"),
        ({"terms": [{"text": "a", "image": "b"}]}, "one of text, image"),
        ({"terms": [{"text": "a", "wieght": 2}]}, "'wieght'"),
        ({"terms": [{"text": 3}]}, "3 is not a string"),
        ({"terms": [{"text": "a", "weight": "2"}]}, "'2' is not a number"),
        ({"terms": [{"text": "a", "weight": True}]}, "True is not a number"),
        ({"terms": [{"image_base64": "é"}]}, "base64"),
        ({"terms": [{"image_base64": "abc"}]}, "base64"),
        ({"terms": [{"image": "a", "box": [1, 2, 3]}]}, "whole pixels"),
        ({"terms": [{"image": "a", "box": [1, 2, 3, 4.5]}]}, "whole pixels"),
        ({"terms": [{"image": "a", "box": "1234"}]}, "whole pixels"),
    ],
)
def test_json_that_is_no_query_is_refused(data, message):
    with pytest.raises(QueryError, match=message):
        Query.from_json(data)


def test_the_caller_decides_what_a_term_may_name():
    sources = {"text": text, "item": lambda name: image(f"{name}.jpg")}
    data = {"terms": [{"item": "a", "weight": 2, "box": [1, 2, 3, 4]}, {"text": "b"}]}
    assert Query.from_json(data, sources) == 2 * image("a.jpg", Box(1, 2, 3, 4)) + text("b")
    for refused in ({"image": "/etc/passwd"}, {"text": "a", "item": "b"}):
        with pytest.raises(QueryError, match="a term has one of text or item"):
            Query.from_json({"terms": [refused]}, sources)
    with pytest.raises(QueryError, match="'image': a term has only box, item, text, weight"):
        Query.from_json({"terms": [{"text": "a", "image": "/etc/passwd"}]}, sources)


class TestBalance:
    query = image("a.jpg") + 2 * text("red") - text("people")

    @pytest.mark.parametrize(
        ("balance", "weights"),
        [(0, [2]), (0.25, [1.5, 1, -0.5]), (0.5, [1, 2, -1]), (1, [4, -2])],
    )
    def test_weight_moves_from_images_to_texts(self, balance, weights):
        assert [term.weight for term in self.query.balanced(balance).terms] == weights

    @pytest.mark.parametrize("query", [text("red") - text("blue"), image("a.jpg")], ids=str)
    @pytest.mark.parametrize("balance", [0, 0.3, 1])
    def test_a_query_of_one_kind_stays_as_it_is(self, query, balance):
        assert query.balanced(balance) == query

    @pytest.mark.parametrize("balance", [-0.1, 1.1, math.nan, math.inf])
    def test_a_balance_lies_between_images_and_texts(self, balance):
        with pytest.raises(QueryError, match=r"balance .*: from 0 \(images only\) to 1"):
            self.query.balanced(balance)

    def test_json_means_the_same(self):
        assert Query.from_json({**self.query.to_json(), "balance": 0.25}) == self.query.balanced(
            0.25
        )
        with pytest.raises(QueryError, match="balance '1' is not a number"):
            Query.from_json({**self.query.to_json(), "balance": "1"})


@pytest.mark.parametrize("weight", [math.inf, math.nan, 10**400])
def test_json_refuses_endless_weights(weight):
    with pytest.raises(QueryError, match="weight"):
        Query.from_json({"terms": [{"text": "a", "weight": weight}]})
