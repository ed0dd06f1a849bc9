"""Problem details have stable codes, and all that a client needs to say them in its own words."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import visavis
from server.client import problem
from visavis.server.messages import MESSAGES

SOURCES = Path(visavis.__file__).parent
DOCS = Path(__file__).parents[2] / "docs" / "problems.md"


def named(message):
    return {name for _, name, *_ in Formatter().parse(message) if name}


def calls(folder, function):
    """Yield all calls of a function in a package, as (line, node)."""
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function:
                yield f"{file.name}:{node.lineno}", node


def test_every_problem_has_a_code_and_what_its_message_quotes():
    found = set()
    for where, call in calls(SOURCES / "server", "Problem"):
        if isinstance(call.args[0], ast.Constant):
            code = call.args[0].value
            given = {each.arg for each in call.keywords} - {"headers", "detail"}
            assert given == named(MESSAGES[code][1]), f"{where}: {code}"
            found.add(code)
    for where, call in calls(SOURCES, "QueryError"):
        if len(call.args) > 1:
            code = call.args[1].value
            given = {each.arg for each in call.keywords}
            assert given >= named(MESSAGES[code][1]), f"{where}: {code}"
            found.add(code)
    assert found >= MESSAGES.keys() - {"not-found", "method-not-allowed"}


def test_the_documentation_lists_them():
    rows = re.findall(r"`([a-z-]+)` \| (\d+) \| (.+) \|$", DOCS.read_text("utf-8"), re.MULTILINE)
    assert {code: (int(status), said) for code, status, said in rows} == {
        code: (status, re.sub(r"\{(\w+)[^}]*\}", r"{\1}", said))
        for code, (status, said) in MESSAGES.items()
    }


CASES = [
    ({"terms": [{"text": "red"}, {"text": "red", "weight": -1}]}, "terms-cancel-out", {}),
    (
        {"terms": [{"text": "red"}], "where": ["colour"]},
        "condition-invalid",
        {"condition": "colour"},
    ),
    (
        {"terms": [{"text": "red"}], "where": ["naem=x"]},
        "key-unknown",
        {"key": "naem"},
    ),
    (
        {"terms": [{"text": "red"}], "where": ["width>=wide"]},
        "types-differ",
        {"key": "width", "value": "wide"},
    ),
    ({"terms": [{"text": "red"}], "where": ["folder=x"]}, "key-not-shown", {"key": "folder"}),
    ({"terms": [{"text": "red"}], "k": 0}, "value-invalid", {"field": "k"}),
    ({"terms": [{"item": "ghost"}]}, "item-unknown", {"id": "ghost"}),
    ({"terms": [{"text": "red"}], "cursor": "x"}, "cursor-invalid", {"field": "cursor"}),
]


@pytest.mark.parametrize(("asked", "code", "values"), CASES, ids=[case[1] for case in CASES])
def test_codes_and_values_over_http(client, asked, code, values):
    response = client.post("/api/v1/search", json=asked)
    details = problem(response, MESSAGES[code][0]).json()
    assert details["code"] == code
    assert details["values"].items() >= values.items()
    assert details["type"].endswith(f"/problems/#{code}")


def test_addresses_and_methods_that_are_not_there(client):
    details = problem(client.get("/api/v1/nothing"), 404).json()
    assert details["code"] == "not-found"
    details = problem(client.put("/api/v1/search"), 405).json()
    assert details["code"] == "method-not-allowed"
