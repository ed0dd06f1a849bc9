"""Silhouettes and drawings by lines."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from PIL import ImageDraw

from drawn.canvas import SHEET, rgb, sheet, snap
from drawn.colours import COLOURS
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs

# Silhouettes on a grid of 100: ellipses (4 numbers) and polygons.
ANIMAL = ((25, 38, 75, 60), (28, 50, 36, 50, 35, 88, 29, 88), (38, 52, 44, 52, 43, 86, 39, 86))
ANIMAL += ((58, 52, 64, 52, 63, 86, 59, 86), (66, 48, 74, 48, 73, 88, 67, 88))
BLACK = {
    "a person/une personne": (
        (43, 8, 57, 28),
        (38, 26, 62, 26, 64, 56, 36, 56),
        (38, 54, 49, 54, 48, 94, 40, 94),
        (51, 54, 62, 54, 60, 94, 52, 94),
        (37, 27, 30, 58, 34, 59, 42, 32),
        (63, 27, 72, 56, 68, 58, 58, 32),
    ),
    "a dog/un chien": (
        *ANIMAL,
        (66, 34, 76, 24, 82, 34, 72, 50),
        (72, 20, 90, 35),
        (84, 26, 97, 29, 96, 34, 84, 34),
        (73, 22, 69, 34, 76, 30, 78, 22),
        (27, 42, 14, 22, 18, 21, 32, 40),
    ),
    "a horse/un cheval": (
        *ANIMAL,
        (62, 44, 74, 12, 84, 16, 74, 54),
        (74, 10, 96, 24, 92, 30, 76, 24),
        (75, 12, 76, 4, 80, 11, 80, 12),
        (28, 42, 18, 48, 14, 72, 20, 70, 24, 52, 32, 48),
    ),
    "a cat/un chat": (
        *ANIMAL,
        (68, 22, 90, 44),
        (69, 30, 70, 14, 79, 24, 79, 28),
        (80, 24, 88, 14, 90, 30, 84, 30),
        (27, 44, 10, 30, 8, 10, 12, 10, 15, 28, 32, 42),
    ),
    "a bird/un oiseau": (
        (28, 38, 70, 64),
        (60, 26, 78, 44),
        (76, 32, 92, 36, 76, 40, 74, 36),
        (34, 48, 6, 62, 8, 70, 40, 58),
        (46, 60, 48, 60, 48, 84, 46, 84),
        (54, 60, 56, 60, 56, 84, 54, 84),
        (36, 42, 58, 14, 62, 44, 50, 52),
    ),
}
# Drawings on the same grid: open lines, and ellipses of 4 numbers.
LINES = {
    "a house/une maison": (
        (20, 45, 20, 88, 80, 88, 80, 45),
        (14, 46, 50, 14, 86, 46, 14, 46),
        (43, 88, 43, 64, 57, 64, 57, 88),
        (27, 52, 38, 52, 38, 62, 27, 62, 27, 52),
        (62, 52, 73, 52, 73, 62, 62, 62, 62, 52),
    ),
    "a tree/un arbre": (
        (45, 92, 46, 58),
        (55, 92, 54, 58),
        (30, 14, 70, 62),
        (18, 28, 52, 62),
        (48, 28, 82, 62),
    ),
    "the sun/le soleil": (
        (34, 34, 66, 66),
        *(
            (
                50 + 22 * np.cos(a),
                50 + 22 * np.sin(a),
                50 + 38 * np.cos(a),
                50 + 38 * np.sin(a),
                50,
                0,
            )
            for a in np.arange(10) * np.pi / 5
        ),
    ),
    "a face/un visage": (
        (18, 12, 82, 90),
        (33, 36, 43, 44),
        (57, 36, 67, 44),
        (50, 44, 46, 60, 52, 61),
        (35, 70, 42, 76, 50, 78, 58, 76, 65, 70),
        (32, 30, 38, 27, 45, 30),
        (55, 30, 62, 27, 68, 30),
    ),
    "a car/une voiture": (
        (6, 70, 8, 52, 26, 48, 38, 32, 66, 32, 78, 48, 94, 54, 94, 70, 6, 70),
        (18, 60, 36, 80),
        (64, 60, 82, 80),
        (32, 48, 40, 36, 50, 36, 50, 48, 32, 48),
        (54, 48, 54, 36, 64, 36, 72, 48, 54, 48),
    ),
    "a boat/un bateau": (
        (10, 66, 22, 84, 78, 84, 90, 66, 10, 66),
        (50, 66, 50, 10),
        (53, 14, 82, 60, 53, 60, 53, 14),
        (47, 20, 22, 60, 47, 60, 47, 20),
        (2, 90, 14, 86, 26, 90, 38, 86, 50, 90, 62, 86, 74, 90, 86, 86),
    ),
    "a flower/une fleur": (
        (43, 27, 57, 41),
        (41, 8, 59, 28),
        (41, 40, 59, 60),
        (22, 25, 43, 43),
        (57, 25, 78, 43),
        (50, 60, 49, 94),
        (49, 82, 34, 68, 32, 78, 49, 86),
        (50, 76, 66, 64, 66, 74, 50, 80),
    ),
    "a fish/un poisson": (
        (12, 32, 72, 68),
        (70, 50, 92, 32, 88, 50, 92, 68, 70, 50),
        (22, 42, 28, 48),
        (34, 38, 38, 50, 34, 62),
        (40, 32, 50, 20, 58, 33),
        (13, 54, 20, 55),
    ),
}


def _placed(hand: Hand) -> tuple[ArrayLike, ArrayLike]:
    """Draw a scale, perhaps mirrored, and a place for a grid of 100."""
    scale = hand.uniform(2.4, 4.3) * np.array([1, hand.uniform(0.8, 1.2)])
    if hand.chance(0.5):
        scale = scale * (-1, 1)
    return scale, SHEET / 2 + hand.normal(0, 12, 2) - 50 * scale


@drawn_class(grey=0.2, spoil=0.5)
def silhouette(hand: Hand) -> tuple[Canvas, Texts]:
    name, parts = hand.pick(tuple(BLACK.items()))
    pencil = sheet(hand.tint(225, 255) if hand.chance(0.6) else hand.tint(90, 255))
    (scale, place), ink = _placed(hand), rgb(hand.tint(0, 35))
    for part in parts:
        points = np.reshape(part, (-1, 2)) + hand.normal(0, 0.7, (len(part) // 2, 2))
        points = points * scale + place
        if len(part) == 4:
            pencil.ellipse((*points.min(0), *points.max(0)), ink)
        else:
            pencil.polygon(points.ravel().tolist(), ink)
    english, french = name.split("/")
    thing, chose = english.split()[1], french.split()[1]
    de = "d’un oiseau" if chose == "oiseau" else f"de {chose}"
    return snap(hand, pencil, (0.85, 1.0), 0.12), pairs(
        f"the silhouette of {english} / la silhouette d’{french}",
        f"a black {thing} / une silhouette noire {de}",
        f"the shadow of {english} / l’ombre d’{french}; {english} / {french}",
        "a black shape / une forme noire; a shadow figure / une ombre chinoise",
    )


def _stroke(
    hand: Hand, pencil: ImageDraw.ImageDraw, points: np.ndarray, ink: tuple[int, int, int]
) -> None:
    """Draw a line that trembles through points."""
    many = [np.linspace(a, b, 5) for a, b in pairwise(points)]
    line = np.concatenate(many) + hand.normal(0, 1.1, (5 * len(many), 2))
    pencil.line(line.ravel().tolist(), ink, hand.number(2, 6), "curve")


@drawn_class(grey=0.3, spoil=0.6)
def line_drawing(hand: Hand) -> tuple[Canvas, Texts]:
    name, parts = hand.pick(tuple(LINES.items()))
    pencil, (scale, place) = sheet(hand.tint(228, 255)), _placed(hand)
    coloured = hand.chance(0.4)
    for part in parts:
        ink = rgb(hand.pick(COLOURS[:6]).rgb if coloured else hand.tint(0, 60))
        points = np.reshape(part[: 4 if len(part) == 6 and part[4:] == (50, 0) else None], (-1, 2))
        if (len(part) == 4 and name[:6] != "a tree") or (
            len(part) == 4 and points[0, 0] != points[1, 0] and points[1, 1] > points[0, 1]
        ):
            points = _round(points)
        _stroke(hand, pencil, points * scale + place, ink)
    english, french = name.split("/")
    of = "du soleil" if french == "le soleil" else f"d’{french}"
    return snap(hand, pencil, (0.85, 1.1), hand.pick([0.04, 0.25])), pairs(
        f"a drawing of {english} / un dessin {of}; {english} / {french}",
        f"a sketch of {english} / un croquis {of}; a line drawing / un dessin au trait",
        f"a child’s drawing of {english} / un dessin d’enfant {of}; lines on paper / des traits sur du papier",
    )


def _round(points: np.ndarray) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 13)
    circle = np.stack([np.cos(angles), np.sin(angles)], 1)
    return points.mean(0) + circle * (points[1] - points[0]) / 2
