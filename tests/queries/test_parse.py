import shlex
from contextlib import suppress
from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.errors import QueryError
from visavis.queries import Query, Term, image, parse_query, text
from visavis.types import Box


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for name in ("photo.jpg", "shop.jpg", "my photo.png", "no_suffix", "me@home.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("'a dog on the beach'", text("a dog on the beach")),
        ("a dog on the beach", text("a dog on the beach")),
        ("photo.jpg", image("photo.jpg")),
        ("no_suffix", image("no_suffix")),
        ("folder", text("folder")),
        ("my photo.png", image("my photo.png")),
        (
            "photo.jpg + 'in the snow' - people",
            image("photo.jpg") + text("in the snow") - text("people"),
        ),
        (
            "photo.jpg + in the snow - people",
            image("photo.jpg") + text("in the snow") - text("people"),
        ),
        ("- people + snow", -text("people") + text("snow")),
        ("+ snow", text("snow")),
        (
            "'2:red dress' + shop.jpg@120,40,300,600",
            2 * text("red dress") + image("shop.jpg", Box(120, 40, 300, 600)),
        ),
        ("2: red dress", 2 * text("red dress")),
        ("0.5:photo.jpg - .25:snow", 0.5 * image("photo.jpg") - 0.25 * text("snow")),
        ("text:photo.jpg", text("photo.jpg")),
        ("image:photo.jpg@1,2,3,4", image("photo.jpg", Box(1, 2, 3, 4))),
        ("2:text:photo.jpg", 2 * text("photo.jpg")),
        ("'3:2 aspect'", 3 * text("2 aspect")),
        ("'text:3:2 aspect'", text("3:2 aspect")),
        ("me@home.jpg", image("me@home.jpg")),
        ("me@home.jpg@1,2,3,4", image("me@home.jpg", Box(1, 2, 3, 4))),
        ("see you @home", text("see you @home")),
        ("black-and-white a+b C++", text("black-and-white a+b C++")),
        ("'black - white'", text("black - white")),
        ("un chien à la plage", text("un chien à la plage")),
        ("note: 'text: a dog'", text("note: text: a dog")),
        ("text: a dog", text("a dog")),
        ("an image.pdf", text("an image.pdf")),
        (".jpg", text(".jpg")),
    ],
)
def test_words_become_terms(line, query):
    assert parse_query(shlex.split(line)) == query


def test_a_home_folder_is_found_behind_a_weight(folder):
    assert parse_query(["2:~/photo.jpg"]) == 2 * image(folder / "photo.jpg")


def test_a_drive_letter_is_no_prefix():
    assert parse_query([r"C:\things"]) == text(r"C:\things")
    with pytest.raises(QueryError, match="no such image"):
        parse_query([r"C:\x.jpg"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "the query is empty"),
        ("''", "empty text"),
        ("' '", "empty text"),
        ("text:", "empty text"),
        ("2:", "empty text"),
        ("snow + ''", "empty text"),
        ("+", r"no term follows a \+"),
        ("snow -", "no term follows a -"),
        ("snow + - people", r"no term follows a \+"),
        ("image:missing.jpg", "no such image: 'missing.jpg'"),
        ("image:", "no such image: ''"),
        (
            "missing.JPEG",
            "no such image: 'missing.JPEG'; if it is a text, write 'text:missing.JPEG'",
        ),
        ("missing.jpg@1,2,3,4", "no such image: 'missing.jpg'"),
        ("missing.mp4", "no such image: 'missing.mp4'; if it is a text, write 'text:missing.mp4'"),
        ("missing.mp4#t=3", "no such image: 'missing.mp4#t=3'"),
        ("photo.jpg#t=3", "'photo.jpg#t=3': #t=SECONDS takes a frame of a video"),
        ("photo.jpg a dog", r"'photo.jpg' is an image within a text; put \+ or -"),
        ("'photo.jpg + snow - people'", "'photo.jpg' is an image within a text"),
        ("photo.jpg@120,40", "box '120,40': write x,y,width,height in pixels"),
        ("photo.jpg@1.5,2,3,4", "box '1.5,2,3,4'"),
        ("photo.jpg@", "box ''"),
        ("photo.jpg@0,0,0,5", "box 0,0,0,5: .* width and height at 1"),
        ("0:snow", "weight 0"),
        ("9" * 400 + ":snow", "weight inf"),
        ("inf:snow", "weight inf: a term.s weight must be finite and not 0"),
        ("nan:snow", "weight nan"),
    ],
)
def test_what_makes_no_sense_is_named(line, message):
    with pytest.raises(QueryError, match=message) as caught:
        parse_query(shlex.split(line))
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 300


def test_any_number_of_words_makes_a_text():
    words = ["dog"] * 10_000
    assert parse_query(words) == parse_query([" ".join(words)]) == text(" ".join(words))


def test_characters_that_no_path_may_have_make_a_text():
    assert parse_query(["a\0b"]) == text("a\0b")


phrases = st.text(printable, min_size=1).map(str.strip).filter(bool)
weights = st.floats(allow_nan=False, allow_infinity=False).filter(bool)
boxes = st.builds(Box, *[st.integers(0, 9999)] * 2, *[st.integers(1, 9999)] * 2)
files = st.sampled_from(["photo.jpg", "my photo.png", "me@home.jpg"])
terms = st.builds(Term, weights, st.just("text"), phrases) | st.builds(
    Term, weights, st.just("image"), files, boxes | st.none()
)


@given(st.lists(terms, min_size=1, max_size=4))
def test_words_and_json_give_the_same_query_back(terms):
    query = Query(tuple(terms))
    assert parse_query(query.to_words()) == query
    assert parse_query(Query.from_json(query.to_json()).to_words()) == query


@given(st.lists(st.text() | st.sampled_from(["+", "-", "2:", "@1,2,3,4", "image:", "photo.jpg"])))
def test_nothing_but_a_query_error_is_ever_raised(words):
    with suppress(QueryError):
        parse_query(words)


def test_an_image_of_bytes_has_no_words():
    with pytest.raises(QueryError, match="only an image in a file"):
        image(b"abc").to_words()


def test_a_file_is_an_image_whatever_its_name_looks_like(folder):
    (folder / "2:red.jpg").touch()
    assert parse_query(["2:red.jpg@1,2,3,4"]) == image("2:red.jpg", Box(1, 2, 3, 4))
    assert parse_query(["3:2:red.jpg"]) == 3 * image("2:red.jpg")


def test_a_folder_is_not_a_text(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    for word in ("photos/", "./photos", str(tmp_path)):
        with pytest.raises(QueryError, match="is a folder; name an image in it, or write 'text:"):
            parse_query([word])
    assert parse_query(["photos"]).terms[0].modality == "text"
    assert parse_query(["text:photos/"]).terms[0].value == "photos/"
