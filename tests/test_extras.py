from __future__ import annotations

import sys

import pytest

from visavis.errors import MissingExtraError
from visavis.extras import import_extra


def test_a_module_whose_dependencies_are_there_is_imported():
    import visavis.training.recipe

    assert import_extra("visavis.training.recipe", "training", "train") is visavis.training.recipe


def test_a_missing_dependency_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "visavis.training.run", raising=False)
    with pytest.raises(MissingExtraError, match=r"training needs .* 'visavis\[train\]'"):
        import_extra("visavis.training.run", "training", "train")


def test_a_missing_module_of_our_own_is_a_bug_not_an_extra():
    with pytest.raises(ModuleNotFoundError):
        import_extra("visavis.training.nothing", "training", "train")
