"""The queries of the demo: five directions, two languages."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from visavis.queries import Query, parse_filter, parse_query
from visavis.types import Filter


@dataclass(frozen=True, slots=True)
class DemoQuery:
    """A query as typed, and a title that says what it shows."""

    title: str
    words: tuple[str, ...]
    kind: str = "images"
    lang: str | None = None
    k: int = 4

    @property
    def query(self) -> Query:
        """The parsed query."""
        return parse_query(self.words)

    @property
    def filter(self) -> Filter:
        """The conditions on hits."""
        return parse_filter(lang=self.lang)

    def shell(self, collection: Path) -> str:
        """Return the same query as a shell command."""
        kind = ["--for", self.kind] if self.kind != "images" else []
        lang = ["--lang", self.lang] if self.lang else []
        rest = ["-k", str(self.k), "--collection", str(collection)]
        return shlex.join(["visavis", "search", *self.words, *kind, *lang, *rest])


def demo_queries(photos: Path) -> list[DemoQuery]:
    """List the queries of the demo on the photographs in a folder."""
    coffee, motorcycle = str(photos / "coffee.png"), str(photos / "motorcycle.png")
    photographer = str(photos / "photographer.png")
    return [
        DemoQuery("Text to images", ("a red motorcycle",)),
        DemoQuery("Text to images, in French", ("un homme avec un appareil photo",)),
        DemoQuery("Image to texts", (coffee,), "texts", "en"),
        DemoQuery("Image to texts, in French", (photographer,), "texts", "fr"),
        DemoQuery("Text to texts, English to French", ("a dog in the snow",), "texts", "fr"),
        DemoQuery("Text to texts, French to English", ("des enfants à la plage",), "texts", "en"),
        DemoQuery("Image to images", (motorcycle,)),
        DemoQuery("Image and text to images", (photographer, "+", "a motorcycle", "-", "a man")),
        DemoQuery(
            "Image and text to images, in French",
            (motorcycle, "+", "un homme", "-", "une moto"),
        ),
    ]
