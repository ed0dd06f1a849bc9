"""Cursors: places in a list, as opaque text for an address."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any


def write_cursor(parts: list[Any]) -> str:
    """Return the cursor of a place that consists of JSON values."""
    text = json.dumps(parts, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> list[Any]:
    """Return the values in a cursor, none if it is not one that this server gave."""
    try:
        parts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        return []
    return parts if isinstance(parts, list) else []
