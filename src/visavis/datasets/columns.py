"""Which columns of a table hold images, texts, languages and splits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from visavis.errors import DatasetError

COLUMNS = ("image", "text", "lang", "split")

ALIASES: Mapping[str, tuple[str, ...]] = {
    "image": ("image", "image_name", "file_name", "filename", "filepath", "image_path", "path"),
    "text": ("text", "caption", "comment", "title", "sentence", "description", "raw"),
    "lang": ("lang", "language", "locale"),
    "split": ("split", "set", "subset"),
}
"""Names that are taken for each column, the first that is there."""


def parse_columns(pairs: str) -> dict[str, str]:
    """Read `image=filepath,text=title`; raise DatasetError for a column nobody asks for."""
    chosen = {}
    for pair in pairs.split(","):
        column, _, name = (part.strip() for part in pair.partition("="))
        if column not in COLUMNS or not name:
            known = ", ".join(COLUMNS)
            raise DatasetError(f"columns {pair!r}: expected COLUMN=NAME; the columns are {known}")
        chosen[column] = name
    return chosen


def find_columns(names: Iterable[str], chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the name in the table of each column that is there.

    Case and spaces around names do not count. `chosen` names columns that are called
    otherwise; raises ValueError if one of those, or the image or text column, is missing.
    """
    there = {name.strip().lower(): name for name in reversed(list(names))}
    found = {}
    for column, aliases in ALIASES.items():
        wanted = (chosen[column].lower(),) if chosen and column in chosen else aliases
        name = next((there[alias] for alias in wanted if alias in there), None)
        if name is not None:
            found[column] = name
        elif column in ("image", "text") or len(wanted) == 1:
            raise ValueError(f"no column {' or '.join(wanted)}")
    return found
