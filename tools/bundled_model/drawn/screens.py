"""What a screen shows: windows of programs."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from drawn.canvas import SHEET, font, noise, rgb, sheet, shrink, snap
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs

Box = tuple[int, int, int, int]


def _window(hand: Hand, pencil: ImageDraw.ImageDraw, box: Box, *, dark: bool) -> None:
    """Draw a window with its bar, buttons, a side panel and lines of text."""
    left, top, right, bottom = box
    ground, ink = ((30, 32, 38), (205, 210, 215)) if dark else ((250, 250, 252), (40, 40, 45))
    accent = rgb(hand.tint(40, 220))
    pencil.rectangle(box, ground, (110, 110, 110))
    pencil.rectangle((left, top, right, top + 22), accent)
    for button in range(3):
        x = right - 16 - button * 18
        pencil.ellipse((x, top + 6, x + 10, top + 16), rgb(hand.tint(60, 250)))
    pencil.text((left + 8, top + 4), hand.text(18), (255, 255, 255), font("DejaVuSans-Bold", 11))
    side = left + hand.pick((0, (right - left) // 4))
    for y in range(top + 30, bottom - 16, 20):
        if side > left:
            pencil.text((left + 6, y), hand.word(), ink, font("DejaVuSans", 10))
    _content(hand, pencil, (side + 8, top + 30, right - 8, bottom - 6), ink, dark=dark)


def _content(
    hand: Hand, pencil: ImageDraw.ImageDraw, box: Box, ink: tuple[int, int, int], *, dark: bool
) -> None:
    """Fill a window with text, code, images in rows or buttons."""
    left, top, right, bottom = box
    name = "DejaVuSansMono" if dark else "DejaVuSans"
    letters, y = int((right - left) / 7), top
    while y < bottom - 16:
        form = hand.pick(("text", "text", "text", "button", "tiles"))
        if form == "tiles" and y < bottom - 60:
            for x in range(left, right - 50, 60):
                pencil.rectangle((x, y, x + 50, y + 44), rgb(hand.tint(30, 240)))
            y += 54
        elif form == "button":
            pencil.rounded_rectangle((left, y, left + 80, y + 18), 5, rgb(hand.tint(60, 220)))
            pencil.text((left + 8, y + 3), hand.word()[:9], (255, 255, 255), font(name, 10))
            y += 26
        else:
            shift = hand.number(0, 3) * 16 if dark else 0
            line = hand.text(max(4, hand.number(letters // 3, max(letters, 3)) - shift // 7))
            shade = rgb(hand.tint(110, 240)) if dark else ink
            pencil.text((left + shift, y), line, shade, font(name, 10))
            y += 15


@drawn_class(spoil=0.3)
def screenshot(hand: Hand) -> tuple[Canvas, Texts]:
    pencil, dark = sheet(hand.tint(20, 230)), hand.chance(0.4)
    if hand.chance(0.4):
        _window(hand, pencil, (0, 0, SHEET, SHEET), dark=dark)
    else:
        for _ in range(hand.number(1, 3)):
            left, top = hand.number(5, 150), hand.number(5, 150)
            right, bottom = hand.number(left + 150, SHEET), hand.number(top + 150, SHEET)
            _window(hand, pencil, (left, top, right, bottom), dark=dark)
        pencil.rectangle((0, SHEET - 24, SHEET, SHEET), rgb(hand.tint(20, 90)))
        for x in range(8, hand.number(80, 300), 26):
            pencil.rectangle((x, SHEET - 20, x + 16, SHEET - 4), rgb(hand.tint(60, 250)))
    pixels = snap(hand, pencil, (0.6, 1.2), 0.25) if hand.chance(0.25) else shrink(pencil)
    texts = pairs(
        "a screenshot / une capture d’écran; a computer screen / un écran d’ordinateur",
        "a window of a program / une fenêtre de logiciel; software / un logiciel",
        "a screen with windows and text / un écran avec des fenêtres et du texte",
        "a user interface / une interface graphique; a web page / une page web",
    )
    return pixels, texts + pairs("source code / du code informatique") * dark


@drawn_class(grey=0.1)
def city_lights(hand: Hand) -> tuple[Canvas, Texts]:
    """Draw buildings at night, whose windows are lit, or only blurred lights."""
    pencil = sheet(hand.near((12, 14, 32), 15))
    lamps = [rgb(hand.near(tone)) for tone in ((255, 210, 120), (255, 240, 200), (255, 150, 60))]
    blur = hand.chance(0.4)
    if blur:
        lamps += [rgb(hand.tint(60, 255)) for _ in range(3)]
        for _ in range(hand.number(20, 90)):
            (x, y), size = hand.uniform(0, SHEET, 2), hand.uniform(5, 28)
            shade = np.multiply(hand.pick(lamps), hand.uniform(0.3, 1))
            pencil.ellipse((x, y, x + size, y + size), rgb(shade))
    else:
        for left in range(0, SHEET, hand.number(30, 60)):
            _tower(hand, pencil, left, lamps)
    pixels = shrink(pencil) + 14 * noise(hand, 3)[..., None]
    return pixels, pairs(
        "city lights at night / les lumières de la ville la nuit; a city at night / une ville la nuit",
        "lights in the dark / des lumières dans le noir; night lights / des lumières nocturnes",
    ) + pairs(
        "blurred lights / des lumières floues"
        if blur
        else "lit windows of buildings at night / des fenêtres d’immeubles éclairées la nuit"
    )


def _tower(
    hand: Hand, pencil: ImageDraw.ImageDraw, left: int, lamps: list[tuple[int, int, int]]
) -> None:
    top, width = hand.number(60, 330), hand.number(35, 75)
    pencil.rectangle((left, top, left + width, SHEET), rgb(hand.near((28, 28, 38), 12)))
    for y in range(top + 6, SHEET, 13):
        for x in range(left + 5, left + width - 6, 11):
            if hand.chance(0.5):
                pencil.rectangle((x, y, x + 5, y + 7), hand.pick(lamps))
