import shlex
from pathlib import Path

import pytest
from PIL import Image

from visavis.cli.demo import questions as module
from visavis.cli.demo.photos import PHOTOS
from visavis.queries import parse_query


@pytest.fixture
def asked(tmp_path):
    for name in PHOTOS:
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    return module.questions(tmp_path)


def test_all_five_directions_are_asked(asked):
    directions = {
        ("+".join(sorted({term.modality for term in question.query.terms})), question.kind)
        for question in asked
    }
    assert directions == {
        ("text", "images"),
        ("image", "texts"),
        ("text", "texts"),
        ("image", "images"),
        ("image+text", "images"),
    }


def test_the_command_shown_asks_the_same(asked):
    for question in asked:
        name, verb, *words = shlex.split(question.shell(Path("my demo")))
        options = min(
            words.index(option) for option in ("-k", "--for", "--lang") if option in words
        )
        assert (name, verb) == ("visavis", "search")
        assert parse_query(words[:options]) == question.query
        assert words[-2:] == ["--collection", "my demo"]
        assert ("--lang" in words) == bool(question.filter)
