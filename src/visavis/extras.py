"""Optional dependencies."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def import_extra(module: str, feature: str, extra: str) -> Any:
    """Import a module that needs an extra; raises MissingExtraError if a dependency is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        if str(error.name).partition(".")[0] == "visavis":
            raise
        from visavis.errors import MissingExtraError

        raise MissingExtraError(feature, extra) from error
