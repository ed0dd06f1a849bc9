"""Black and white squares and bars: codes, crosswords and boards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drawn.canvas import SHEET, Y, blend, font, noise, rgb, sheet, snap, turned
from drawn.colours import COLOURS
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs


@drawn_class(grey=0.5, spoil=0.8)
def barcode(hand: Hand) -> tuple[Canvas, Texts]:
    pencil, x = sheet(hand.tint(225, 255)), 40.0
    bottom, module = hand.number(250, 390), hand.uniform(2.5, 5)
    top, ink = hand.number(20, 110), rgb(hand.tint(0, 40))
    while x < SHEET - 45:
        width = module * hand.number(1, 4)
        pencil.rectangle((x, top, x + width - 1, bottom), ink)
        x += width + module * hand.number(1, 3)
    digits = " ".join(str(digit) for digit in hand.integers(10, size=13))
    pencil.text((60, bottom + 6), digits, ink, font("DejaVuSansMono", 22))
    return snap(hand, pencil, (0.6, 1.4), hand.pick([0.05, 0.5])), pairs(
        "a barcode / un code-barres; a bar code / un code à barres",
        "black bars of a barcode / les barres noires d’un code-barres",
    )


def _finder(side: int) -> NDArray[np.bool_]:
    """Return the modules of a QR code, with the square in three corners."""
    ring = np.abs(np.arange(7) - 3)
    far = np.maximum(ring[:, None], ring[None])
    square = np.zeros((8, 8), bool)
    square[:7, :7] = (far == 3) | (far <= 1)
    modules = np.zeros((side, side), bool)
    modules[:8, :8] = square
    modules[:8, -8:] = square[:, ::-1]
    modules[-8:, :8] = square[::-1]
    return modules


@drawn_class(grey=0.5, spoil=0.8)
def qr_code(hand: Hand) -> tuple[Canvas, Texts]:
    side = hand.pick((21, 25, 29, 33))
    modules, finder = hand.random((side, side)) < 0.5, _finder(side)
    for corner in (np.s_[:8, :8], np.s_[:8, -8:], np.s_[-8:, :8]):
        modules[corner] = finder[corner]
    pencil, edge = sheet(hand.tint(225, 255)), 30
    step, ink = (SHEET - 2 * edge) / side, rgb(hand.tint(0, 50))
    for row, column in np.argwhere(modules):
        x, y = edge + column * step, edge + row * step
        pencil.rectangle((x, y, x + step, y + step), ink)
    return snap(hand, pencil, (0.8, 1.6), hand.pick([0.05, 0.6])), pairs(
        "a QR code / un QR code; a square code to scan / un code carré à scanner",
        "a matrix code / un code matriciel; a QR code on paper / un QR code sur du papier",
    )


@drawn_class(grey=0.6, spoil=0.7)
def crossword(hand: Hand) -> tuple[Canvas, Texts]:
    side, pencil = hand.number(7, 16), sheet(hand.tint(232, 255))
    step, filled = SHEET / side, hand.chance(0.4)
    for row, column in np.ndindex(side, side):
        x, y = column * step, row * step
        if hand.chance(0.18):
            pencil.rectangle((x, y, x + step, y + step), (15, 15, 15))
        elif filled and hand.chance(0.7):
            letter, face = chr(hand.number(65, 90)), font("DejaVuSans", int(step * 0.6))
            pencil.text((x + step / 2, y + step / 2), letter, (30, 40, 110), face, "mm")
        elif hand.chance(0.3):
            small = font("DejaVuSans", int(step * 0.3))
            pencil.text((x + 3, y + 2), str(hand.number(1, 60)), (20, 20, 20), small)
        pencil.rectangle((x, y, x + step, y + step), outline=(40, 40, 40))
    return snap(hand, pencil, (0.6, 1.2), hand.pick([0.05, 0.3])), pairs(
        "a crossword / des mots croisés; a crossword puzzle / une grille de mots croisés",
        "a grid with black squares / une grille avec des cases noires",
    )


@drawn_class(spoil=0.8)
def checkerboard(hand: Hand) -> tuple[Canvas, Texts]:
    first, second = (COLOURS[index] for index in hand.choice(len(COLOURS), 2, replace=False))
    if hand.chance(0.5):
        first, second = (colour for colour in COLOURS if colour.english in {"black", "white"})
    count = hand.number(4, 14)
    u, v = turned(hand, hand.pick([0.02, 0.8]), hand.pick([0.0, 0.9]))
    shift = hand.uniform(0, 2, 2)
    odd = (np.floor(u * count + shift[0]) + np.floor(v * count + shift[1])) % 2
    pixels = blend(hand.near(first.rgb), hand.near(second.rgb), odd)
    pixels = pixels * (0.9 + 0.15 * noise(hand, 5) + 0.05 * Y)[..., None]
    names = f"{first.english} and {second.english}"
    french = f"{first.agree(plural=True)} et {second.agree(plural=True)}"
    return pixels, pairs(
        "a checkerboard / un damier; a checked pattern / un motif à damier",
        f"{names} squares / des carreaux {french}; a tiled floor / un sol carrelé",
        f"{first.a} and {second.english} checkerboard / un damier à carreaux {french}",
        "a chessboard / un échiquier",
    )
