"""Plain colours, stripes, dots and simple shapes."""

from __future__ import annotations

import numpy as np

from drawn.canvas import SHEET, SIZE, blend, noise, rgb, sheet, shrink, turned
from drawn.colours import COLOURS, NAMED, NUMBERS, Colour
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs

# English and French of each shape, whether French feminine, and corners if any.
SHAPES = (
    ("disc", "disque", False, 0),
    ("circle", "cercle", False, 0),
    ("dot", "point", False, 0),
    ("square", "carré", False, 4),
    ("triangle", "triangle", False, 3),
    ("star", "étoile", True, 10),
    ("hexagon", "hexagone", False, 6),
)


def _two(hand: Hand) -> tuple[Colour, Colour]:
    """Draw two colours, the second often black or white."""
    first, second = hand.choice(len(COLOURS), 2, replace=False)
    plain = NAMED[hand.pick(("black", "white"))]
    if hand.chance(0.5) and plain is not COLOURS[first]:
        return COLOURS[first], plain
    return COLOURS[first], COLOURS[second]


def _shape(hand: Hand, corners: int, disc: tuple[float, float, float]) -> list[float]:
    """Return the corners of a shape in a disc (x, y, radius)."""
    x, y, radius = disc
    count = corners or 48
    turn = np.pi / 4 if corners == 4 else -np.pi / 2
    angles = turn + hand.normal(0, 0.15) + np.arange(count) * 2 * np.pi / count
    radii = np.where((np.arange(count) % 2 == 1) & (corners == 10), radius * 0.42, radius)
    return np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], 1).ravel().tolist()


@drawn_class(spoil=0.6)
def shapes(hand: Hand) -> tuple[Canvas, Texts]:
    (english, french, feminine, corners), (ink, ground) = hand.pick(SHAPES), _two(hand)
    count = hand.pick((1, 1, 1, *range(2, 10)))
    pencil, tone = sheet(hand.near(ground.rgb, 8)), rgb(hand.near(ink.rgb, 8))
    if count == 1:
        x, y = hand.normal(SHEET / 2, 25, 2)
        discs = [(x, y, hand.uniform(70, 200))]
    else:
        places = hand.choice(9, count, replace=False)
        middles = [((p % 3 + 0.5) * SHEET / 3, (p // 3 + 0.5) * SHEET / 3) for p in places]
        size = hand.uniform(28, 66)
        discs = [(*(at + hand.normal(0, 6, 2)), size * hand.uniform(0.8, 1.1)) for at in middles]
    for disc in discs:
        pencil.polygon(_shape(hand, corners, disc), tone)
    behind = f"fond {ground.agree()}"
    if count == 1:
        article = "une" if feminine else "un"
        said, dit = f"{ink.english} {english}", f"{french} {ink.agree(feminine=feminine)}"
        grand = ("grande" if feminine else "grand") + f" {dit}"
        texts = pairs(
            f"{ink.a} {english} / {article} {dit}; a big {said} / {article} {grand}",
            f"a big {said} on {ground.english} / {article} {grand} sur {ground.french}",
            f"{ink.a} {english} on {ground.a} background / {article} {dit} sur un {behind}",
        )
    else:
        said = f"{ink.english} {english}s"
        dit = f"{french}s {ink.agree(feminine=feminine, plural=True)}"
        number, nombre = NUMBERS[count - 1]
        texts = pairs(
            f"{number} {said} / {nombre} {dit}; {said} / des {dit}",
            f"{number} {english}s / {nombre} {french}s",
            f"{number} {said} on {ground.english} / {nombre} {dit} sur {ground.french}",
            f"{said} on {ground.a} background / des {dit} sur un {behind}",
        )
    return shrink(pencil), texts + pairs("geometric shapes / des formes géométriques")


@drawn_class(spoil=0.8)
def plain(hand: Hand) -> tuple[Canvas, Texts]:
    colour = hand.pick(COLOURS)
    rough = noise(hand, hand.uniform(1, 60), 3)
    tone = hand.near(colour.rgb, 12) * (1 + hand.uniform(0, 0.25) * (rough - 0.5))[..., None]
    return tone, pairs(
        f"plain {colour.english} / du {colour.french} uni",
        f"{colour.a} background / un fond {colour.agree()}",
        f"{colour.a} surface / une surface {colour.agree(feminine=True)}",
        f"the colour {colour.english} / la couleur {colour.agree(feminine=True)}",
        f"all {colour.english} / tout {colour.french}",
    )


@drawn_class()
def stripes(hand: Hand) -> tuple[Canvas, Texts]:
    (first, second), form = _two(hand), hand.pick(("straight", "diagonal", "wavy"))
    u, v = turned(hand, 0.05, 0.3)
    if form == "diagonal":
        u = (u + v * hand.pick((-1, 1))) * 0.7
    wave = noise(hand, 2, 1) * hand.uniform(0.1, 0.4) if form == "wavy" else 0
    along = v if form == "straight" and hand.chance(0.5) else u
    phase = ((along + wave) * hand.uniform(4, 26)) % 1
    share = ((np.abs(phase - 0.5) - hand.uniform(0.15, 0.35)) * 30).clip(0, 1).astype(np.float32)
    pixels = blend(hand.near(first.rgb), hand.near(second.rgb), share)
    both = (
        f"{first.agree(feminine=True, plural=True)} et {second.agree(feminine=True, plural=True)}"
    )
    return pixels * (0.92 + 0.1 * noise(hand, 30, 2))[..., None], pairs(
        "stripes / des rayures; a striped pattern / un motif rayé; striped cloth / un tissu rayé",
        f"{first.english} and {second.english} stripes / des rayures {both}",
        "parallel lines / des lignes parallèles; bands of colour / des bandes de couleur",
    ) + (pairs("zebra stripes / des zébrures") if form == "wavy" else [])


@drawn_class()
def polka_dots(hand: Hand) -> tuple[Canvas, Texts]:
    (ink, ground), count = _two(hand), hand.uniform(3, 14)
    u, v = (axis * count for axis in turned(hand, 0.8))
    u = u + (np.floor(v) % 2) * 0.5
    far = np.hypot(u % 1 - 0.5, v % 1 - 0.5)
    share = ((hand.uniform(0.2, 0.4) - far) * SIZE / count / 1.5).clip(0, 1)
    pixels = blend(hand.near(ground.rgb), hand.near(ink.rgb), share)
    dots = f"pois {ink.agree(plural=True)}"
    return pixels * (0.9 + 0.12 * noise(hand, 4, 4))[..., None], pairs(
        "polka dots / des pois; a dotted pattern / un motif à pois",
        f"{ink.english} dots / des {dots}; {ink.english} polka dots / des petits {dots}",
        f"{ink.english} dots on {ground.english} / des {dots} sur fond {ground.agree()}",
        "spotted cloth / un tissu à pois",
    )
