"""Colours and numbers, and how they are said."""

from __future__ import annotations

from dataclasses import dataclass

INVARIABLE = {"orange", "marron", "turquoise"}


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour, with its English and its French adjective in both genders."""

    english: str
    french: str
    feminine: str
    rgb: tuple[int, int, int]

    @property
    def a(self) -> str:
        """The English name after its article."""
        return f"an {self.english}" if self.english == "orange" else f"a {self.english}"

    def agree(self, *, feminine: bool = False, plural: bool = False) -> str:
        """Return the French adjective as a noun needs it."""
        said = self.feminine if feminine else self.french
        alone = not plural or said in INVARIABLE or said.endswith("s")
        return said if alone else said + "s"


COLOURS = (
    Colour("red", "rouge", "rouge", (205, 30, 35)),
    Colour("green", "vert", "verte", (35, 140, 60)),
    Colour("blue", "bleu", "bleue", (35, 75, 190)),
    Colour("yellow", "jaune", "jaune", (245, 215, 40)),
    Colour("orange", "orange", "orange", (245, 130, 25)),
    Colour("purple", "violet", "violette", (115, 45, 150)),
    Colour("pink", "rose", "rose", (245, 140, 180)),
    Colour("black", "noir", "noire", (15, 15, 15)),
    Colour("white", "blanc", "blanche", (245, 245, 245)),
    Colour("grey", "gris", "grise", (128, 128, 128)),
    Colour("brown", "marron", "marron", (110, 65, 30)),
    Colour("turquoise", "turquoise", "turquoise", (60, 195, 190)),
)
NAMED = {colour.english: colour for colour in COLOURS}
NUMBERS = (
    ("one", "un"),
    ("two", "deux"),
    ("three", "trois"),
    ("four", "quatre"),
    ("five", "cinq"),
    ("six", "six"),
    ("seven", "sept"),
    ("eight", "huit"),
    ("nine", "neuf"),
)
