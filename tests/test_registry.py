from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from visavis.errors import PluginError, UnknownNameError
from visavis.registry import Registry


@pytest.fixture
def birds():
    registry = Registry("birds")
    registry.register("magpie")("black and white")
    registry.register("robin")("red")
    return registry


@pytest.fixture
def plugin(monkeypatch):
    """Another package that registers `swift` among the birds; its thing is math.pi."""
    points = {"visavis.birds": EntryPoints([EntryPoint("swift", "math:pi", "visavis.birds")])}
    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda group: points.get(group, EntryPoints())
    )


def test_register_gives_back_what_it_decorates(birds):
    @birds.register("wren")
    def sing():
        return "tic"

    assert sing() == "tic"
    assert birds.get("wren") is sing


def test_names_are_sorted(birds):
    assert birds.names() == ["magpie", "robin"]
    assert "robin" in birds
    assert "dodo" not in birds


def test_last_of_one_name_wins(birds):
    birds.register("robin")("a better one")
    assert birds.get("robin") == "a better one"
    assert birds.names() == ["magpie", "robin"]


def test_a_near_name_is_offered(birds):
    with pytest.raises(UnknownNameError) as caught:
        birds.get("magpy")
    assert str(caught.value) == "unknown bird 'magpy'; did you mean 'magpie'?"


def test_otherwise_all_names_are(birds):
    with pytest.raises(UnknownNameError, match="'x'; known: magpie, robin"):
        birds.get("x")


def test_other_packages_come_in_by_entry_point(birds, plugin):
    assert "swift" in birds
    assert birds.names() == ["magpie", "robin", "swift"]
    assert birds.get("swift") == pytest.approx(3.14159, abs=1e-5)


def test_entry_points_of_another_kind_stay_out(plugin):
    assert "swift" not in Registry("fish")
    with pytest.raises(UnknownNameError):
        Registry("fish").get("swift")


@pytest.mark.parametrize(
    ("kind", "noun"),
    [("datasets", "dataset"), ("losses", "loss"), ("relevance_models", "relevance model")],
)
def test_a_kind_is_named_in_the_singular(kind, noun):
    with pytest.raises(UnknownNameError, match=f"^unknown {noun} 'x'; known: none$"):
        Registry(kind).get("x")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no_such_module:x", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("math:tau2", "AttributeError: module 'math' has no attribute 'tau2'"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_named(birds, monkeypatch, value, why):
    points = EntryPoints([EntryPoint("swift", value, "visavis.birds")])
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)
    assert birds.get("robin") == "red"
    with pytest.raises(PluginError) as caught:
        birds.get("swift")
    assert str(caught.value) == f"the bird 'swift' cannot be imported from {value}: {why}"
