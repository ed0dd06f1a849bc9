"""Filters as SQLite understands them.

A condition looks at a metadata value by its key, or at `id`, `modality`, `text` or `source`.

- A number is compared with numbers only, a text with texts only; `true` and `false` are texts.
- `!=` is the opposite of `=`: it also holds where the key is absent.
- `~` ignores case. A pattern with `*` (anything) or `?` (one character) must match the whole
  value, any other need only be contained in it.
"""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache

from visavis.errors import QueryError
from visavis.types import Condition, Filter

_COLUMNS = {"id": "i.id", "modality": "i.modality", "text": "i.text", "source": "s.source"}
_METADATA = """CASE json_type(s.metadata, ?)
    WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE json_extract(s.metadata, ?) END"""
_OPERATORS = {"=", "!=", "<", "<=", ">", ">=", "~"}


def compile_filter(where: Filter) -> tuple[str, list[str | float]]:
    """Return SQL over `items i` and `sources s`, each condition after an AND, and its parameters.

    Raises QueryError for an operator, key or value that cannot be.
    """
    sql, parameters = "", []
    for condition in where:
        clause, values = _compile(condition)
        sql += f" AND {clause}"
        parameters += values
    return sql, parameters


def _compile(condition: Condition) -> tuple[str, list[str | float]]:
    key, operator, value = condition.key, condition.operator, condition.value
    if operator not in _OPERATORS:
        raise QueryError(f"operator {operator!r}: known are {' '.join(sorted(_OPERATORS))}")
    for word in (key, str(value)):
        _check_unicode(word)
    subject, path = _subject(key)
    if operator == "~":
        return f"like_pattern({subject}, ?)", [*path, value]
    if operator == "!=":
        return f"({subject} = ?) IS NOT 1", [*path, value]
    kind = "('text')" if isinstance(value, str) else "('integer', 'real')"
    return f"typeof({subject}) IN {kind} AND {subject} {operator} ?", [*path, *path, value]


def _subject(key: str) -> tuple[str, list[str]]:
    if key in _COLUMNS:
        return _COLUMNS[key], []
    if '"' in key:
        raise QueryError(f"key {key!r}: a key has no quotes")
    return _METADATA, [f'$."{key}"'] * 2


def _check_unicode(word: str) -> None:
    try:
        word.encode()
    except UnicodeEncodeError:
        raise QueryError(f"condition on {word!r}: not UTF-8") from None


def like_pattern(value: str | float | None, pattern: str | float) -> bool:
    """Tell whether a value matches the pattern of a `~` condition."""
    if value is None:
        return False
    return _regex(_text(pattern)).search(_text(value).casefold()) is not None


@lru_cache(maxsize=64)
def _regex(pattern: str) -> re.Pattern[str]:
    whole = "*" in pattern or "?" in pattern
    pieces = [re.escape(piece).replace(r"\?", ".") for piece in pattern.casefold().split("*")]
    if not whole or len(pieces) == 1:
        return re.compile(rf"\A{pieces[0]}\Z" if whole else pieces[0], re.DOTALL)
    first, *middle, last = pieces
    # What each piece between two stars first matches is never given up: it would not help, and
    # to try them all takes for ever with many stars.
    between = "".join(rf"(?>.*?{piece})" for piece in middle)
    return re.compile(rf"\A{first}{between}.*{last}\Z", re.DOTALL)


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.15g}"


def register_functions(database: sqlite3.Connection) -> None:
    """Teach a connection the functions that compiled filters call."""
    database.create_function("like_pattern", 2, like_pattern, deterministic=True)
