"""JSON files: reading, and typed access to fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from visavis.datasets.text_files import is_utf8, read_text
from visavis.errors import DatasetError

T = TypeVar("T")


def read_json(path: Path) -> Any:
    """Parse a JSON file; raise DatasetError if it is not JSON in UTF-8."""
    try:
        return json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path}: not JSON: {error}") from error


def field(entry: Any, name: str, kind: type[T], default: T | None = None) -> T:
    """Return a field of a JSON object; raise ValueError if it is missing or of another type."""
    value = entry.get(name, default) if isinstance(entry, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"no {name!r}" if value is None else f"{name!r} is {value!r}"[:100])  # noqa: TRY004
    if isinstance(value, str) and not is_utf8(value):
        raise ValueError(f"{name!r} is not UTF-8")
    return value
