"""The names that users import from `visavis`, and what importing them costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import visavis
from visavis.errors import MissingExtraError


def test_names_are_sorted_and_there():
    assert visavis.__all__ == sorted(visavis.__all__)
    assert all(getattr(visavis, name) for name in visavis.__all__)
    assert set(visavis.__all__) <= set(dir(visavis))


def test_no_lazy_name_is_left_out():
    assert set(visavis._HOME_OF) <= set(visavis.__all__)


def test_every_name_is_documented():
    assert all(inspect.getdoc(getattr(visavis, name)) for name in visavis.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = visavis.nothing


def test_a_verb_without_its_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "visavis.training.run", raising=False)
    with pytest.raises(MissingExtraError, match="visavis\\[train\\]"):
        _ = visavis.train


@pytest.mark.parametrize(
    ("name", "unwanted"),
    [
        ("__version__", {"numpy", "onnxruntime", "PIL", "torch"}),
        ("Collection", {"onnxruntime", "PIL", "torch"}),
        ("index", {"onnxruntime", "torch", "rich"}),
        ("evaluate", {"onnxruntime", "torch", "rich"}),
    ],
)
def test_a_name_imports_no_more_than_it_needs(name, unwanted):
    program = f"import sys, visavis; visavis.{name}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert not unwanted & set(loaded.stdout.split())
