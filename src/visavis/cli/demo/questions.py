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
    lang: str | None = None
    k: int = 4

    @property
    def query(self) -> Query:
        """What the words mean."""
        return parse_query(self.words)

    @property
    def filter(self) -> Filter:
        """What the results must meet."""
        return parse_filter(lang=self.lang)

    def shell(self, collection: Path) -> str:
        """Return the command that asks the same."""
        kind = ["--for", self.kind] if self.kind != "images" else []
        lang = ["--lang", self.lang] if self.lang else []
        rest = ["-k", str(self.k), "--collection", str(collection)]
        return shlex.join(["visavis", "search", *self.words, *kind, *lang, *rest])


def questions(photos: Path) -> list[Question]:
    """List the questions of the demo about the photographs in a folder."""
    coffee, motorcycle = str(photos / "coffee.png"), str(photos / "motorcycle.png")
    photographer = str(photos / "photographer.png")
    return [
        Question("Text to images", ("a red motorcycle",)),
        Question("Text to images, in French", ("un homme avec un appareil photo",)),
        Question("Image to texts", (coffee,), "texts", "en"),
        Question("Image to texts, in French", (photographer,), "texts", "fr"),
        Question("Text to texts, English to French", ("a dog in the snow",), "texts", "fr"),
        Question("Text to texts, French to English", ("des enfants à la plage",), "texts", "en"),
        Question("Image to images", (motorcycle,)),
        Question("Image and text to images", (photographer, "+", "a motorcycle", "-", "a man")),
        Question(
            "Image and text to images, in French",
            (motorcycle, "+", "un homme", "-", "une moto"),
        ),
    ]
