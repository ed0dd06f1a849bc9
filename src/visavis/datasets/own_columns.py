"""Columns of a table beyond those of captions: metadata of its images."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from visavis.types import Metadata

OTHERS = "other columns"
"""Key of a row that holds its other cells by column."""

_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,14})(\.\d+)?([eE][+-]?\d{1,2})?")
"""What is a number for sure: a code such as 007 is not."""
_NUMBER_WITH_COMMA = re.compile(_NUMBER.pattern.replace(r"\.", ","))


def other_cells(row: Mapping[str, Any], used: Collection[str]) -> dict[str, Any]:
    """Return the cells of a row whose columns are not used otherwise, without empty ones.

    NaN, which stands for an empty cell in many exports, and what is not UTF-8 are left out.
    """
    return {
        name: value for name, value in row.items() if name not in used and _is_kept(name, value)
    }


def numbers_of(
    metadata: Mapping[str, Metadata], *, decimal_commas: bool = False
) -> dict[str, Metadata]:
    """Return the metadata of images by key with numbers, in columns that hold nothing else.

    With `decimal_commas`, a column of numbers such as 9,50 counts as well.
    """
    texts = _texts(metadata, _NUMBER)
    with_commas = texts - _texts(metadata, _NUMBER_WITH_COMMA) if decimal_commas else set()

    def read(column: str, value: str) -> str | float:
        if column in with_commas:
            return _number(value.replace(",", "."))
        return value.strip() if column in texts else _number(value)

    return {
        image: {column: read(column, value) for column, value in each.items()}
        for image, each in metadata.items()
    }


def _texts(metadata: Mapping[str, Metadata], number: re.Pattern[str]) -> set[str]:
    """Return the columns with a value that is no number."""
    return {
        column
        for each in metadata.values()
        for column, value in each.items()
        if not number.fullmatch(value.strip())
    }


def _number(value: str) -> float:
    return int(value) if re.fullmatch(r"\s*[+-]?\d+\s*", value) else float(value)


def _is_kept(name: str, value: Any) -> bool:
    if value is None or (isinstance(value, str) and not value.strip()) or '"' in name:
        return False
    try:
        json.dumps([name, value], ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        return False
    return bool(name)
