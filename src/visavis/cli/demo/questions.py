"""What the demo asks: five directions, two languages."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from visavis.queries import Query, parse_filter, parse_query
from visavis.types import Filter


@dataclass(frozen=True, slots=True)
class Question:
    """A query as it would be typed, and a line that says what it shows."""

    title: str
    words: tuple[str, ...]
    kind: str = "images"
    where: tuple[str, ...] = ()
    k: int = 4

    @property
    def query(self) -> Query:
        """What the words mean."""
        return parse_query(self.words)

    @property
    def filter(self) -> Filter:
        """What the conditions mean."""
        return parse_filter(self.where)

    def shell(self, collection: Path) -> str:
        """Return the command that asks the same."""
        options = ["-k", str(self.k), "--collection", str(collection)]
        for condition in self.where:
            options = ["--where", condition, *options]
        if self.kind != "images":
            options = ["--for", self.kind, *options]
        return shlex.join(["visavis", "search", *self.words, *options])


def questions(photos: Path) -> list[Question]:
    """List the questions of the demo about the photographs in a folder."""
    motorcycle, astronaut, cat = (
        str(photos / name) for name in ("motorcycle.png", "astronaut.png", "cat.png")
    )
    french = ("lang=fr",)
    return [
        Question("Text to pictures", ("a red motorcycle",)),
        Question("Text to pictures, in French", ("un homme avec un appareil photo",)),
        Question("Picture to texts", (astronaut,), "texts", ("lang=en",)),
        Question("Picture to texts, in French", (cat,), "texts", french),
        Question("Text to texts, from English to French", ("a dog in the snow",), "texts", french),
        Question("Picture to pictures", (motorcycle,)),
        Question("Picture and text to pictures", (cat, "+", "a woman smiles", "-", "an animal")),
    ]
