"""Charts of bars, lines, slices and points."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import ImageDraw

from drawn.canvas import font, rgb, sheet, shrink
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs

LEFT, TOP, RIGHT, BOTTOM = 56, 56, 420, 390
Palette = list[tuple[int, int, int]]


def _bars(hand: Hand, pencil: ImageDraw.ImageDraw, palette: Palette) -> None:
    count, series = hand.number(3, 9), hand.pick((1, 1, 2, 3))
    slot = (RIGHT - LEFT) / count
    for bar in range(count):
        for part in range(series):
            left = LEFT + slot * (bar + 0.12 + 0.76 * part / series)
            top = hand.uniform(TOP, BOTTOM - 10)
            tone = palette[part] if series > 1 or hand.chance(0.7) else hand.pick(palette)
            pencil.rectangle((left, top, left + slot * 0.76 / series, BOTTOM), tone)


def _lines(hand: Hand, pencil: ImageDraw.ImageDraw, palette: Palette) -> None:
    points = hand.number(5, 60)
    x = np.linspace(LEFT, RIGHT, points)
    for line in range(hand.number(1, 4)):
        steps = np.cumsum(hand.normal(hand.uniform(-0.3, 0.3), 1, points))
        spread = max(1e-6, float(np.ptp(steps)))
        y = BOTTOM - 12 - (steps - steps.min()) / spread * hand.uniform(100, 300)
        pencil.line(np.stack([x, y], 1).ravel().tolist(), palette[line], hand.number(2, 5))


def _slices(hand: Hand, pencil: ImageDraw.ImageDraw, palette: Palette) -> None:
    ends = np.concatenate([[0], np.cumsum(hand.dirichlet(np.full(hand.number(3, 6), 2.0)))]) * 360
    for number, (start, end) in enumerate(pairwise(ends)):
        pencil.pieslice((84, 70, 384, 370), start, end, palette[number], (255, 255, 255), 2)
    if hand.chance(0.3):
        pencil.ellipse((164, 150, 304, 290), (255, 255, 255))


def _points(hand: Hand, pencil: ImageDraw.ImageDraw, palette: Palette) -> None:
    count, slope = hand.number(20, 150), hand.uniform(-300, 300)
    for x in hand.random(count):
        y = np.clip(220 + slope * (0.5 - x) + hand.normal(0, 35), TOP, BOTTOM - 8)
        at, size = LEFT + x * (RIGHT - LEFT), 8
        pencil.ellipse((at, y, at + size, y + size), palette[hand.number(0, 1)])


FORMS = (
    (_bars, "a bar chart / un diagramme en barres; bars of a chart / les barres d’un graphique"),
    (_lines, "a line chart / une courbe; curves on a graph / des courbes sur un graphique"),
    (_slices, "a pie chart / un camembert; a pie diagram / un diagramme circulaire"),
    (_points, "a scatter plot / un nuage de points; points on a graph / des points d’un graphique"),
)


@drawn_class(grey=0.15, spoil=0.3)
def chart(hand: Hand) -> tuple[Canvas, Texts]:
    draw, said = hand.pick(FORMS)
    pencil = sheet(hand.tint(238, 255))
    if draw is not _slices:
        for y in range(TOP, BOTTOM + 1, hand.number(30, 60)):
            pencil.line((LEFT, y, RIGHT, y), (215, 215, 215), 2)
            pencil.text((14, y - 8), str(hand.number(0, 999)), (60, 60, 60), font("DejaVuSans", 14))
        pencil.line((LEFT, TOP, LEFT, BOTTOM, RIGHT, BOTTOM), (40, 40, 40), 3)
    draw(hand, pencil, [rgb(hand.tint(20, 230)) for _ in range(6)])
    pencil.text((LEFT, 18), hand.text(24), (30, 30, 30), font("DejaVuSans-Bold", 20))
    for x in range(LEFT, RIGHT - 40, 90):
        pencil.text((x, 402), hand.word()[:8], (60, 60, 60), font("DejaVuSans", 15))
    return shrink(pencil), pairs(
        said, "a chart / un graphique; a diagram / un diagramme; statistics / des statistiques"
    )
