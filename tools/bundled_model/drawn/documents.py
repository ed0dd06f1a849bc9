"""Printed things: pages, newspapers, tables, sheet music, signs."""

from __future__ import annotations

import textwrap

import numpy as np
from PIL import ImageDraw

from drawn.canvas import PRINT, SHEET, font, rgb, sheet, snap
from drawn.colours import COLOURS
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs

PAPER = (460, 600)
TURNS = np.linspace(0, 2.5, 24)[:, None] * np.pi
CLEF = np.concatenate(  # a G clef about its line: a spiral, a long loop, a tail
    [
        np.hstack([np.cos(TURNS), np.sin(TURNS)]) * TURNS / 6,
        [[-1, -1], [0.4, -2.8], [0.4, -4.2], [0, -4.4], [-0.3, -3.5], [0.4, 2], [-0.3, 2.4]],
    ]
)
SIGN_WORDS = ("STOP", "DANGER", "EXIT", "SORTIE", "OPEN", "OUVERT", "FERMÉ", "PARKING", "POLICE")
SIGN_WORDS += ("TAXI", "HOTEL", "CAFÉ", "PRIVATE", "À VENDRE", "SALE", "ATTENTION", "WC")


def _column(
    hand: Hand, pencil: ImageDraw.ImageDraw, box: tuple[int, int, int, int], name: str, size: int
) -> None:
    """Fill a box with lines of print, in paragraphs."""
    left, top, right, bottom = box
    ink, gap = rgb(hand.tint(0, 60)), size * hand.uniform(1.15, 1.6)
    y: float = top
    while y < bottom - gap:
        text = hand.text(hand.number(80, 500))
        for line in textwrap.wrap(text, max(6, int((right - left) / size / 0.56))):
            if y < bottom - gap:
                pencil.text((left, y), line, ink, font(name, size))
                y += gap
        y += gap * hand.uniform(0.2, 1.2)


def _printed(hand: Hand, columns: int, heading: int, size: int) -> ImageDraw.ImageDraw:
    """Print columns, under a heading of some size if any, now and then around an image."""
    tone = hand.tint(225, 255) if hand.chance(0.7) else hand.near((225, 210, 175), 15)
    pencil, name, margin = sheet(tone, PAPER), hand.pick(PRINT[:4]), hand.number(14, 50)
    y = hand.number(12, 50)
    if heading:
        title = textwrap.shorten(hand.text(60), int(700 / heading) + 4, placeholder="")
        pencil.text((margin, y), title, rgb(hand.tint(0, 50)), font(hand.pick(PRINT), heading))
        y += int(heading * 1.6)
    width = (PAPER[0] - 2 * margin) // columns
    for column in range(columns):
        left, top = margin + column * width, y
        if hand.chance(0.2 if columns > 1 else 0.08):
            top = y + hand.number(60, 160)
            pencil.rectangle((left, y, left + width - 10, top - 8), rgb(hand.tint(60, 200)))
        _column(hand, pencil, (left, top, left + width - 10, PAPER[1] - margin), name, size)
    return pencil


@drawn_class(grey=0.6, spoil=0.8)
def page(hand: Hand) -> tuple[Canvas, Texts]:
    heading = hand.number(18, 40) if hand.chance(0.6) else 0
    pencil = _printed(hand, hand.pick((1, 1, 2)), heading, hand.number(9, 17))
    pixels = snap(hand, pencil, hand.pick([(0.35, 0.9), (0.9, 1.4)]), hand.pick([0.03, 0.3]))
    return pixels, pairs(
        "a page of text / une page de texte; a printed page / une page imprimée",
        "a document / un document; a scanned page / une page scannée",
        "printed text / du texte imprimé; a page of a book / une page d’un livre",
        "a photo of a document / une photo d’un document; black text on paper / un texte noir",
    )


@drawn_class(grey=0.7, spoil=0.8)
def newspaper(hand: Hand) -> tuple[Canvas, Texts]:
    pencil = _printed(hand, hand.number(3, 4), hand.number(30, 60), hand.number(7, 10))
    pixels = snap(hand, pencil, (0.6, 1.3), hand.pick([0.03, 0.3]))
    return pixels, pairs(
        "a newspaper / un journal; a page of a newspaper / une page de journal",
        "a newspaper article / un article de journal; newspaper columns / des colonnes de journal",
        "a press cutting / une coupure de presse",
    )


@drawn_class(grey=0.3, spoil=0.5)
def table(hand: Hand) -> tuple[Canvas, Texts]:
    pencil, size = sheet((252, 252, 252)), hand.number(11, 20)
    width, height = hand.number(48, 100), int(size * hand.uniform(1.3, 2))
    line = rgb(hand.tint(130, 220))
    head, band = rgb(hand.tint(90, 240)), rgb(hand.tint(225, 250))
    name = hand.pick(PRINT[:4])
    for row, y in enumerate(range(0, SHEET, height)):
        if row == 0 or row % 2 == hand.number(0, 1):
            pencil.rectangle((0, y, SHEET, y + height), band if row else head)
        for column, x in enumerate(range(0, SHEET, width)):
            said = hand.word()[: width // size] if row * column == 0 else _figure(hand)
            pencil.text((x + 4, y + 2), said, (20, 20, 20), font(name, size))
            pencil.line((x, 0, x, SHEET), line)
        pencil.line((0, y, SHEET, y), line)
    return snap(hand, pencil, (0.5, 1.1), hand.pick([0.0, 0.0, 0.2])), pairs(
        "a table of numbers / un tableau de chiffres; a spreadsheet / une feuille de calcul",
        "rows and columns of figures / des lignes et des colonnes de chiffres",
        "a table of data / un tableau de données; numbers in a table / des nombres en tableau",
    )


def _figure(hand: Hand) -> str:
    return str(hand.pick((hand.number(0, 9999), round(hand.uniform(0, 99), 2))))


@drawn_class(grey=0.6, spoil=0.7)
def sheet_music(hand: Hand) -> tuple[Canvas, Texts]:
    pencil, gap = sheet(hand.tint(225, 255), PAPER), hand.number(6, 10)
    ink = rgb(hand.tint(0, 50))
    for top in range(30, PAPER[1] - 60, gap * hand.number(9, 12)):
        for line in range(5):
            pencil.line((20, top + line * gap, 440, top + line * gap), ink)
        clef = CLEF * gap + (34, top + 3 * gap)
        pencil.line(clef.ravel().tolist(), ink, 2)
        _notes(hand, pencil, top, gap)
    return snap(hand, pencil, (0.4, 1.15), hand.pick([0.03, 0.25])), pairs(
        "sheet music / une partition; a page of music / une page de musique",
        "a musical score / une partition de musique; musical notes / des notes de musique",
        "a staff with notes / une portée avec des notes",
    )


def _notes(hand: Hand, pencil: ImageDraw.ImageDraw, top: int, gap: int) -> None:
    """Write notes on a staff, some of them tied by a beam, and bars."""
    ink, x = (10, 10, 10), 22 + gap * 5
    while x < 420:
        y, stem = top + hand.number(-1, 9) * gap / 2, hand.pick((-1, 1)) * gap * 3.2
        head = (x, y - gap * 0.45, x + gap * 1.25, y + gap * 0.45)
        pencil.ellipse(head, None if hand.chance(0.2) else ink, ink)
        side = x + gap * 1.2 if stem < 0 else x
        pencil.line((side, y, side, y + stem), ink, 2)
        step = gap * hand.number(2, 4)
        if hand.chance(0.4):
            pencil.line((side, y + stem, side + step, y + stem), ink, gap // 2)
        if hand.chance(0.15):
            pencil.line((x + step - gap, top, x + step - gap, top + 4 * gap), ink, 2)
        x += step


@drawn_class(spoil=1.0)
def sign(hand: Hand) -> tuple[Canvas, Texts]:
    board, ground = hand.pick(COLOURS), hand.tint(40, 220)
    dark = np.mean(board.rgb) < 140
    ink = rgb(hand.near((245, 245, 240) if dark else (20, 20, 20)))
    pencil, word = sheet(ground), hand.pick(SIGN_WORDS) if hand.chance(0.6) else hand.word().upper()
    high = hand.number(60, 150)
    box = (hand.number(10, 50), 224 - high, SHEET - hand.number(10, 50), 224 + high)
    pencil.rounded_rectangle(box, hand.number(0, 50), rgb(hand.near(board.rgb)), ink, 8)
    letters = font(hand.pick(PRINT[4:7]), min(110, 560 // max(3, len(word))))
    pencil.text((224, 224), word, ink, letters, "mm")
    masculine = board.agree()
    return snap(hand, pencil, (0.8, 1.3), 0.4), pairs(
        f"{board.a} sign / un panneau {masculine}; a sign / un panneau",
        "a sign with a word / un panneau avec un mot; a signboard / une enseigne",
        f"the word {word} / le mot {word}; a sign that says {word} / un panneau qui dit {word}",
    )
