import shlex
from pathlib import Path

import pytest
from PIL import Image

from visavis.cli.demo import queries as module
from visavis.cli.demo.photos import PHOTOS
from visavis.queries import parse_query


@pytest.fixture
def demo_queries(tmp_path):
    for name in PHOTOS:
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    return module.demo_queries(tmp_path)


def test_all_five_directions_are_searched(demo_queries):
    directions = {
        ("+".join(sorted({term.modality for term in demo.query.terms})), demo.kind)
        for demo in demo_queries
    }
    assert directions == {
        ("text", "images"),
        ("image", "texts"),
        ("text", "texts"),
        ("image", "images"),
        ("image+text", "images"),
    }


def test_the_command_shown_is_the_same_query(demo_queries):
    for demo in demo_queries:
        name, verb, *words = shlex.split(demo.shell(Path("my demo")))
        options = min(
            words.index(option) for option in ("-k", "--for", "--lang") if option in words
        )
        assert (name, verb) == ("visavis", "search")
        assert parse_query(words[:options]) == demo.query
        assert words[-2:] == ["--collection", "my demo"]
        assert ("--lang" in words) == bool(demo.filter)
