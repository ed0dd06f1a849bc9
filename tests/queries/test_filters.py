import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.errors import QueryError
from visavis.queries import check_filter, parse_filter, parse_near
from visavis.queries.filters import parse_condition
from visavis.stores.metadata_columns import Column
from visavis.types import Condition, Near


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ("split=train", Condition("split", "=", "train")),
        ("split != train", Condition("split", "!=", "train")),
        ("width>=800", Condition("width", ">=", 800.0, "800")),
        ("width > 1e3", Condition("width", ">", 1000.0, "1e3")),
        ("price<=9.5", Condition("price", "<=", 9.5, "9.5")),
        ("price<-.5", Condition("price", "<", -0.5, "-.5")),
        ("city~par", Condition("city", "~", "par")),
        ("code~007", Condition("code", "~", "007")),
        ('code="007"', Condition("code", "=", "007")),
        ('formula="=a"', Condition("formula", "=", "=a")),
        ("day<2024-05-01", Condition("day", "<", "2024-05-01")),
        ("formula=a=b", Condition("formula", "=", "a=b")),
        ("shop name=Chez Léa", Condition("shop name", "=", "Chez Léa")),
        ("name=nan", Condition("name", "=", "nan")),
        ("size=1e999", Condition("size", "=", "1e999")),
    ],
)
def test_a_condition_is_key_operator_value(written, condition):
    assert parse_condition(written) == condition


@pytest.mark.parametrize(
    "written",
    [
        "",
        "split",
        "split=",
        "=train",
        "split==train",
        " = ",
        "a!b",
        "~",
        "width=>3",
        "a=<3",
        "a=~b",
    ],
)
def test_what_is_no_condition_is_refused_with_an_example(written):
    with pytest.raises(QueryError, match="'key=value'"):
        parse_condition(written)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_stay_numbers(number):
    assert parse_condition(f"x>{number!r}").value == number


def test_a_filter_has_all_conditions_in_order():
    assert parse_filter([]) == ()
    assert parse_filter(["a=b", "c<1"]) == (Condition("a", "=", "b"), Condition("c", "<", 1.0, "1"))


def test_strings_and_conditions_mix_and_one_may_stand_alone():
    ready = Condition("a", "=", "b")
    assert parse_filter(["c<1", ready]) == (Condition("c", "<", 1.0, "1"), ready)
    assert parse_filter("a=b") == parse_filter(ready) == parse_filter(iter(["a=b"])) == (ready,)


def test_a_language_is_one_more_condition():
    lang = Condition("lang", "=", "fr")
    assert parse_filter(lang="fr") == (lang,)
    assert parse_filter(["a=b"], lang="fr") == (Condition("a", "=", "b"), lang)
    assert parse_filter(["a=b"], lang=None) == parse_filter("a=b")
    assert parse_filter(lang=" FR") == (lang,), "tables and folders write languages small"
    assert parse_filter(lang="pt-BR") == (Condition("lang", "=", "pt-br"),)


@pytest.mark.parametrize("lang", ["french", "f", "fr,en", "fr=1", " "])
def test_a_language_is_a_code(lang):
    with pytest.raises(QueryError, match=f"language {lang!r}: give its code, such as en or fr"):
        parse_filter(lang=lang)


@pytest.mark.parametrize("where", [3, [3], [None], None, ["a=b", "nonsense"], ['a"b=1']])
def test_what_is_no_filter_is_refused(where):
    with pytest.raises(QueryError):
        parse_filter(where)


@pytest.mark.parametrize(
    ("written", "dates"),
    [
        ("taken>=2023", "2023-01-01T00:00:00 2023-12-31T23:59:59+02:00 2024-05-01T12:00:00"),
        ("taken>2023", "2024-05-01T12:00:00"),
        ("taken=2023", "2023-01-01T00:00:00 2023-12-31T23:59:59+02:00"),
        ("taken<=2023-01", "2022-12-31T23:59:59 2023-01-01T00:00:00"),
        ("taken<2023-01", "2022-12-31T23:59:59"),
        ("taken=2024-05-01", "2024-05-01T12:00:00"),
        ("taken<=2023-01-01T00:00:00", "2022-12-31T23:59:59 2023-01-01T00:00:00"),
    ],
)
def test_a_period_stands_for_all_of_it(written, dates):
    every = ["2022-12-31T23:59:59", "2023-01-01T00:00:00", "2023-12-31T23:59:59+02:00"]
    column = Column.of((n, "text", date) for n, date in enumerate([*every, "2024-05-01T12:00:00"]))
    mask = column.meets(parse_condition(written))
    met = [date for date, met in zip([*every, "2024-05-01T12:00:00"], mask, strict=True) if met]
    assert met == dates.split()


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("45.76,4.83,10km", Near(45.76, 4.83, 10)),
        (" -33.9, 151 , .5 ", Near(-33.9, 151, 0.5)),
        ("0,-180,250M", Near(0, -180, 0.25)),
    ],
)
def test_near_a_position(written, near):
    assert parse_near(written) == near
    assert parse_filter([near, "a=b"]) == (near, Condition("a", "=", "b"))
    assert parse_filter(near) == (near,)


@pytest.mark.parametrize("written", ["", "45.76,4.83", "a,b,c", "45.76,4.83,10 miles", "1,2,-3km"])
def test_near_nothing_is_refused_with_an_example(written):
    with pytest.raises(QueryError, match=r"such as 45\.76,4\.83,10km"):
        parse_near(written)


@pytest.mark.parametrize("written", ["91,0,1km", "0,181,1km", "0,0,0km"])
def test_positions_that_are_not_on_earth(written):
    with pytest.raises(QueryError, match=r"latitudes go from|more than 0"):
        parse_near(written)


KNOWN = {"name": {"text"}, "width": {"number"}, "code": {"number", "text"}, "tags": {"other"}}


@pytest.mark.parametrize(
    "where", ["name=3", "width>=3", "width~3", "code=x", "code=3", "naem!=x", "source~a", "tags~x"]
)
def test_a_filter_that_something_could_meet_passes(where):
    check_filter(parse_filter(where), KNOWN)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("naem=x", "'naem'; did you mean 'name'\\? there are: code, id, modality, name, source, "),
        ("taken>2020", "no item has a key 'taken'; there are: code, id, "),
        ("width>=abc", "width >= 'abc': the values of 'width' are numbers, and this is a text"),
        (Near(1, 2, 3), "no item has coordinates"),
        (Condition("name", "=", 3), "the values of 'name' are texts, and this is a number"),
    ],
)
def test_a_filter_that_nothing_can_meet_is_refused(where, words):
    with pytest.raises(QueryError, match=words):
        check_filter(parse_filter(where), KNOWN)
