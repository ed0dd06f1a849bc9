"""Any JSON value, with a schema that says what it may be."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import JsonValue, WithJsonSchema

_JSON: list[dict[str, Any]] = [{"type": kind} for kind in ("string", "number", "boolean", "null")]
_JSON += [{"type": "array", "items": {}}, {"type": "object", "additionalProperties": True}]
Json: TypeAlias = Annotated[JsonValue, WithJsonSchema({"anyOf": _JSON})]
"""Any JSON; its schema says what it may be, where that of JsonValue would say nothing."""
