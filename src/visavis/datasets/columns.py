"""The columns of a table that hold images, texts, languages and splits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from visavis.errors import DatasetError

COLUMNS = ("image", "text", "lang", "split")

ALIASES: Mapping[str, tuple[str, ...]] = {
    "image": (
        *("image", "image_name", "file_name", "filename", "filepath", "image_path", "path"),
        *("image_url", "url", "photo", "picture"),
    ),
    "text": (
        *("text", "caption", "captions", "comment", "title", "sentence", "sentences"),
        *("description", "raw", "name", "product_name"),
    ),
    "lang": ("lang", "language", "locale"),
    "split": ("split", "set", "subset"),
}
"""Names recognised for each column, in order of preference."""


def parse_columns(pairs: str) -> dict[str, str]:
    """Parse `image=filepath,text=title`; raise DatasetError for an unknown column."""
    chosen = {}
    for pair in pairs.split(","):
        column, _, name = (part.strip() for part in pair.partition("="))
        if column not in COLUMNS or not name:
            known = ", ".join(COLUMNS)
            raise DatasetError(f"columns {pair!r}: expected COLUMN=NAME; the columns are {known}")
        chosen[column] = name
    return chosen


def find_columns(names: Iterable[str], chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the table's name for each column it has.

    Case and surrounding spaces are ignored. `chosen` names columns explicitly. Raises ValueError
    if one of those, or the image or text column, is missing.
    """
    present = {name.strip().lower(): name for name in reversed(list(names))}
    found = {}
    for column, aliases in ALIASES.items():
        wanted = (chosen[column].lower(),) if chosen and column in chosen else aliases
        name = next((present[alias] for alias in wanted if alias in present), None)
        if name is not None:
            found[column] = name
        elif column in ("image", "text") or len(wanted) == 1:
            raise ValueError(f"no column {', '.join(wanted)}")
    return found
