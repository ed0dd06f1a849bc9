"""What is written by hand: letters and formulas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from drawn.canvas import SHEET, SIZE, X, font, rgb, sheet, shrink, snap, wobble
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs

INKS = ((20, 20, 30), (25, 35, 120), (40, 40, 45), (15, 25, 80), (90, 60, 40))
PAPERS = ((248, 248, 246), (240, 228, 195), (205, 205, 205), (225, 205, 165), (235, 240, 248))
TALL = (1.0, 1.0, 1.0, 1.0, 2.2, 2.0, -1.4)  # letters above and below the line
GREEK = [chr(code) for code in range(0x3B1, 0x3CA)]
SYMBOLS = [*"abcdfgknmxyzuvwfxyzxyn0123456789ABFMXP", *GREEK, *"∂∇∞∈∀"]
SIGNS = [*"=+=+=<≤≈", "\u2212", "→", "\u00d7"]
STEPS = np.linspace(0, 1, 8)


def _word(hand: Hand, letters: int, size: float, slant: float) -> NDArray[np.float64]:
    """Return the stroke (n, 2) of a word, letter after letter, each a loop or an arch."""
    strokes, x = [], 0.0
    for _ in range(letters):
        width, height = size * hand.uniform(0.5, 1.1), size * hand.pick(TALL)
        loop = hand.uniform(0, 0.45) * size
        rise = height * (1 - np.cos(2 * np.pi * STEPS)) / 2
        rise *= 1 + hand.uniform(-0.3, 0.3) * np.sin(np.pi * STEPS * hand.pick((2, 3, 4)))
        across = x + width * STEPS + loop * np.sin(2 * np.pi * STEPS) * hand.pick((-1, 1, 1))
        strokes.append(np.stack([across + slant * rise, -rise], 1))
        x += width
    return np.concatenate(strokes)


def _ruled(hand: Hand, ruling: str, gap: int) -> ImageDraw.ImageDraw:
    """Take a sheet of plain, lined or squared paper."""
    pencil = sheet(hand.near(hand.pick(PAPERS), 10))
    line = rgb(hand.near(hand.pick(((150, 180, 220), (190, 190, 200), (210, 160, 170)))))
    side = gap if ruling == "lined" else max(10, gap // 2)
    for at in range(0 if ruling != "plain" else SHEET, SHEET, side):
        pencil.line((0, at, SHEET, at), line)
        if ruling == "squared":
            pencil.line((at, 0, at, SHEET), line)
    return pencil


@drawn_class(grey=0.35)
def handwriting(hand: Hand) -> tuple[Canvas, Texts]:
    gap, ruling = hand.number(24, 60), hand.pick(("plain", "plain", "lined", "squared"))
    pencil, ink = _ruled(hand, ruling, gap), rgb(hand.near(hand.pick(INKS), 10))
    size, slant, width = gap * hand.uniform(0.22, 0.36), hand.uniform(-0.1, 0.7), hand.number(1, 3)
    margin = hand.number(0, 60)
    for base in range(gap, SHEET + gap, gap):
        x, end = margin + hand.uniform(0, 15), SHEET - hand.uniform(0, 60)
        if hand.chance(0.08):
            end = hand.uniform(60, SHEET)
        phase, sway = hand.uniform(0, 6), hand.uniform(0, 3)
        while x < end:
            stroke = _word(hand, hand.number(1, 9), size, slant)
            rise = sway * np.sin(phase + x / 90)
            pencil.line((stroke + np.array([x, base + rise])).ravel().tolist(), ink, width)
            x += stroke[:, 0].max() + size * hand.uniform(0.6, 1.4)
    return snap(hand, pencil, (0.55, 1.2), hand.pick([0.05, 0.3])), pairs(
        "handwriting / de l’écriture manuscrite; a handwritten letter / une lettre manuscrite",
        "a handwritten page / une page manuscrite; handwritten text / un texte écrit à la main",
        "handwritten notes / des notes manuscrites; an old letter / une vieille lettre",
    ) + {
        "plain": pairs("a manuscript / un manuscrit"),
        "lined": pairs("handwriting on lined paper / une écriture sur du papier ligné"),
        "squared": pairs("handwriting on squared paper / une écriture sur du papier quadrillé"),
    }[ruling]


class _Formula:
    """Writes symbols, fractions, roots and sums along a line."""

    def __init__(
        self, hand: Hand, pencil: ImageDraw.ImageDraw, ink: tuple[int, int, int], size: int
    ) -> None:
        self.hand, self.pencil, self.ink, self.size = hand, pencil, ink, size
        self.name = hand.pick(("DejaVuSans-Oblique", "STIXGeneralItalic", "DejaVuSerif-Italic"))
        self.bold = hand.number(0, 1)

    def put(self, x: float, y: float, text: str, scale: float = 1.0) -> float:
        """Write glyphs, none quite on the line, and return where they end."""
        for glyph in text:
            name = self.name if glyph.isalnum() else "DejaVuSans"
            face = font(name, max(8, int(self.size * scale * self.hand.uniform(0.9, 1.1))))
            at = (x, y + self.hand.normal(0, self.size * 0.05))
            self.pencil.text(at, glyph, self.ink, face, "lm", stroke_width=self.bold)
            x += face.getlength(glyph) + self.hand.uniform(0, 2)
        return x

    def symbols(self, most: int) -> str:
        return "".join(self.hand.pick(SYMBOLS) for _ in range(self.hand.number(1, most)))

    def term(self, x: float, y: float) -> float:
        """Write one term: a few symbols with a power, a fraction, a root or a sum."""
        form, size = self.hand.pick(("power", "power", "fraction", "root", "sum")), self.size
        if form == "fraction":
            top = self.put(x + 3, y - size * 0.6, self.symbols(3), 0.85)
            low = self.put(x + 3, y + size * 0.6, self.symbols(3), 0.85)
            end = max(top, low) + 3
            self.pencil.line((x, y, end, y + self.hand.normal(0, 2)), self.ink, 2)
            return end
        if form == "root":
            end = self.put(x + size * 0.6, y, self.symbols(3))
            hook = (x, y, x + size * 0.2, y + size * 0.5, x + size * 0.5, y - size * 0.6)
            self.pencil.line((*hook, end, y - size * 0.65), self.ink, 2)
            return end
        if form == "sum":
            end = self.put(x, y, self.hand.pick("∫∑∫∏"), 1.7)
            self.put(x, y + size, self.symbols(2), 0.5)
            self.put(x + size * 0.4, y - size, self.symbols(1), 0.5)
            return self.put(end, y, self.symbols(3))
        end = self.put(x, y, self.symbols(3))
        return self.put(end, y + size * self.hand.pick((-0.4, 0.4)), self.symbols(1), 0.6)


@drawn_class(grey=0.2)
def formulas(hand: Hand) -> tuple[Canvas, Texts]:
    chalk, size = hand.chance(0.35), hand.number(18, 42)
    if chalk:
        pencil = sheet(hand.near(hand.pick(((30, 60, 48), (35, 38, 40), (25, 30, 35))), 15))
        ink = rgb(hand.near((230, 230, 222), 15))
    else:
        pencil = _ruled(hand, hand.pick(("plain", "squared", "squared", "lined")), size)
        ink = rgb(hand.near(hand.pick(INKS), 10))
    formula = _Formula(hand, pencil, ink, size)
    for y in range(size, SHEET, int(size * hand.uniform(2.1, 3))):
        x, end = hand.uniform(5, 50), hand.uniform(220, SHEET)
        while x < end:
            x = formula.term(x, y)
            x = formula.put(x + size * 0.2, y, hand.pick(SIGNS)) + size * 0.2
    pixels = shrink(pencil)
    if chalk:
        pixels = pixels + 12 * np.sin(X * hand.uniform(3, 20))[..., None] + hand.normal(0, 3)
        pixels = pixels * hand.uniform(0.75, 1, (SIZE, SIZE, 1)).astype(np.float32)
    where = "chalk on a blackboard / à la craie sur un tableau noir"
    english, french = (where if chalk else "pen on paper / au stylo sur du papier").split(" / ")
    return wobble(hand, pixels, hand.uniform(0.5, 2.5), 16), pairs(
        "mathematical formulas / des formules mathématiques; equations / des équations",
        "handwritten mathematics / des mathématiques écrites à la main; a formula / une formule",
        f"formulas in {english} / des formules {french}; algebra / de l’algèbre",
    ) + pairs(
        *(
            ["a blackboard with formulas / un tableau noir couvert de formules"]
            if chalk
            else ["a page of mathematics / une page de mathématiques"]
        )
    )
