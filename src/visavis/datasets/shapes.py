"""A synthetic dataset: coloured shapes with captions in English and French.

It is small enough to train on in a minute, and its captions are true by construction, so it is
easy to see what a model has learned and what it has not.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from math import cos, pi, sin
from pathlib import Path
from typing import TYPE_CHECKING

from visavis.datasets.base import DATASETS, Dataset
from visavis.datasets.tables import read_jsonl
from visavis.errors import DatasetError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

SIDE = 128
TABLE = "captions.jsonl"


@dataclass(frozen=True, slots=True)
class Word:
    """A word in English and French, with its French feminine if that differs."""

    en: str
    fr: str
    feminine: str = ""

    def french(self, *, feminine: bool) -> str:
        """Return the form that agrees with a noun."""
        return self.feminine if feminine and self.feminine else self.fr


@dataclass(frozen=True, slots=True)
class Shape:
    """A noun and its outline: corners within the unit circle; none stand for a circle."""

    en: str
    fr: str
    corners: tuple[tuple[float, float], ...]
    feminine: bool = False


def _star(*radii: float, turn: float = 0.0) -> tuple[tuple[float, float], ...]:
    """Place corners at equal angles, clockwise from the top, at the given radii."""
    angles = [turn + 2 * pi * i / len(radii) - pi / 2 for i in range(len(radii))]
    return tuple((r * cos(a), r * sin(a)) for r, a in zip(radii, angles, strict=True))


# Right arm, lower arm, left arm, upper arm.
_CROSS = (
    *((0.3, -0.3), (1, -0.3), (1, 0.3)),
    *((0.3, 0.3), (0.3, 1), (-0.3, 1)),
    *((-0.3, 0.3), (-1, 0.3), (-1, -0.3)),
    *((-0.3, -0.3), (-0.3, -1), (0.3, -1)),
)

SHAPES = (
    Shape("circle", "cercle", ()),
    Shape("square", "carré", _star(1, 1, 1, 1, turn=pi / 4)),
    Shape("triangle", "triangle", _star(1, 1, 1)),
    Shape("diamond", "losange", _star(1, 0.6, 1, 0.6)),
    Shape("star", "étoile", _star(*[1, 0.42] * 5), feminine=True),
    Shape("cross", "croix", _CROSS, feminine=True),
)
COLOURS = {
    Word("red", "rouge"): (214, 32, 32),
    Word("green", "vert", "verte"): (30, 150, 50),
    Word("blue", "bleu", "bleue"): (30, 70, 215),
    Word("yellow", "jaune"): (245, 210, 20),
    Word("orange", "orange"): (245, 130, 20),
    Word("purple", "violet", "violette"): (130, 40, 160),
    Word("black", "noir", "noire"): (15, 15, 15),
}
BACKGROUNDS = {
    Word("white", "blanc"): (255, 255, 255),
    Word("grey", "gris"): (175, 175, 175),
    Word("pink", "rose"): (255, 205, 220),
}
SIZES = {Word("large", "grand", "grande"): 46, Word("small", "petit", "petite"): 18}
# Each relation with its opposite, and the direction from the second figure to the first.
RELATIONS = {
    (Word("to the left of", "à gauche de"), Word("to the right of", "à droite de")): (-1, 0),
    (Word("above", "au-dessus de"), Word("below", "au-dessous de")): (0, -1),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A shape in a colour."""

    shape: Shape
    colour: Word

    def english(self, size: Word | None = None) -> str:
        """Name the figure with an article, such as `an orange star`."""
        words = f"{size.en} " if size else ""
        words += f"{self.colour.en} {self.shape.en}"
        return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"

    def french(self, size: Word | None = None) -> str:
        """Name the figure with an article, such as `une étoile orange`."""
        feminine = self.shape.feminine
        before = f"{size.french(feminine=feminine)} " if size else ""
        article = "une" if feminine else "un"
        return f"{article} {before}{self.shape.fr} {self.colour.french(feminine=feminine)}"


@DATASETS.register("shapes")
def read_shapes(path: str) -> Dataset:
    """Read the dataset that `draw_shapes` made at `path`, or draw 1,000 images there first.

    Raises DatasetError if the folder contains something else.
    """
    folder = Path(path)
    if not (folder / TABLE).exists():
        draw_shapes(folder)
    return replace(read_jsonl(str(folder / TABLE)), name="shapes")


def draw_shapes(folder: Path, count: int = 1000, seed: int = 0) -> None:
    """Draw images of one or two shapes, with two captions in each language.

    Eight of ten images are in the split train, one in dev and one in test. The same seed draws
    the same images. Raises DatasetError if the folder exists and is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DatasetError(f"{folder} is not empty, and has no {TABLE} drawn earlier")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    lines = []
    for number in range(count):
        image, captions = chance.choice((_pair, _pair, _pair, _single))(chance)
        name = f"images/{number:05}.png"
        image.save(folder / name)
        split = {8: "dev", 9: "test"}.get(number % 10, "train")
        for lang, text in captions:
            row = {"image": name, "text": text, "lang": lang, "split": split}
            lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    (folder / TABLE).write_text("".join(lines), encoding="utf-8")


def _single(chance: random.Random) -> tuple[Image, list[tuple[str, str]]]:
    figure, background = _figure(chance), chance.choice(list(BACKGROUNDS))
    size = chance.choice(list(SIZES))
    centre = (SIDE / 2 + chance.uniform(-12, 12), SIDE / 2 + chance.uniform(-12, 12))
    image = _draw(background, [(figure, centre, SIZES[size] + chance.uniform(-4, 4))])
    return image, [
        ("en", figure.english(size)),
        ("en", f"{figure.english()} on a {background.en} background"),
        ("fr", figure.french(size)),
        ("fr", f"{figure.french()} sur un fond {background.fr}"),
    ]


def _pair(chance: random.Random) -> tuple[Image, list[tuple[str, str]]]:
    one, other = _figure(chance), _figure(chance)
    while other == one:
        other = _figure(chance)
    (relation, opposite), (x, y) = chance.choice(list(RELATIONS.items()))
    placed = []
    for figure, side in ((one, 1), (other, -1)):
        centre = [SIDE / 2 + side * way * SIDE / 4 + chance.uniform(-5, 5) for way in (x, y)]
        placed.append((figure, (centre[0], centre[1]), chance.uniform(17, 25)))
    return _draw(chance.choice(list(BACKGROUNDS)), placed), [
        ("en", f"{one.english()} {relation.en} {other.english()}"),
        ("en", f"{other.english()} {opposite.en} {one.english()}"),
        ("fr", _elided(f"{one.french()} {relation.fr} {other.french()}")),
        ("fr", _elided(f"{other.french()} {opposite.fr} {one.french()}")),
    ]


def _figure(chance: random.Random) -> Figure:
    return Figure(chance.choice(SHAPES), chance.choice(list(COLOURS)))


def _elided(text: str) -> str:
    return text.replace(" de un", " d'un")


def _draw(background: Word, placed: list[tuple[Figure, tuple[float, float], float]]) -> Image:
    from PIL import Image, ImageDraw

    # Drawn at twice the size and shrunk: smooth edges.
    large = Image.new("RGB", (2 * SIDE, 2 * SIDE), BACKGROUNDS[background])
    pen = ImageDraw.Draw(large)
    for figure, (x, y), radius in placed:
        _outline(pen, figure, 2 * x, 2 * y, 2 * radius)
    return large.resize((SIDE, SIDE), Image.Resampling.BOX)


def _outline(pen: ImageDraw, figure: Figure, x: float, y: float, radius: float) -> None:
    colour = COLOURS[figure.colour]
    if figure.shape.corners:
        corners = [(x + radius * dx, y + radius * dy) for dx, dy in figure.shape.corners]
        pen.polygon(corners, fill=colour)
    else:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
