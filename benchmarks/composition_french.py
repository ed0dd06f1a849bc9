"""The French of the changes that composition_queries.py asks for: "black dog" is "chien noir"."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

WORDS = Path(__file__).with_name("composition_french.txt")
GENDERS = ["m", "f", "mp", "fp"]


def read_french(path: Path = WORDS) -> Callable[[str], str]:
    """Return a function from a change in English to one in French; unknown ones are a KeyError."""
    phrases, words, things = (_read(part) for part in path.read_text("utf-8").split("\n\n"))

    def french(change: str) -> str:
        if change in phrases:
            return phrases[change][0]
        word, thing = change.split(" ", 1)
        noun, gender = things[thing][0].rsplit(" ", 1)
        number, *colours = words[word]
        return f"{noun} {words[word][GENDERS.index(gender)]}" if colours else f"{number} {noun}"

    return french


def _read(part: str) -> dict[str, list[str]]:
    lines = (line for line in part.splitlines() if not line.startswith("#"))
    rows = ([cell.strip() for cell in line.split("|")] for line in lines)
    return {english: french for english, *french in rows}
