"""Flags, and maps."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from drawn.canvas import SHEET, SIZE, X, Y, blend, noise, relief, rgb, sheet, shrink, turned
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs

DYES = {
    "b": (20, 50, 140), "c": (90, 160, 220), "g": (0, 125, 70), "k": (15, 15, 15),
    "o": (245, 135, 30), "r": (205, 25, 40), "w": (245, 245, 245), "y": (250, 205, 30),
}  # fmt: skip
# Country in English / French, layout, colours, and what is said of the latter.
FLAGS = (
    "France/de la France/v/bwr/blue, white and red/bleu, blanc et rouge",
    "Italy/de l’Italie/v/gwr/green, white and red/vert, blanc et rouge",
    "Belgium/de la Belgique/v/kyr/black, yellow and red/noir, jaune et rouge",
    "Ireland/de l’Irlande/v/gwo/green, white and orange/vert, blanc et orange",
    "Romania/de la Roumanie/v/byr/blue, yellow and red/bleu, jaune et rouge",
    "Mali/du Mali/v/gyr/green, yellow and red/vert, jaune et rouge",
    "Nigeria/du Nigeria/v/gwg/green and white/vert et blanc",
    "Peru/du Pérou/v/rwr/red and white/rouge et blanc",
    "Ivory Coast/de la Côte d’Ivoire/v/owg/orange, white and green/orange, blanc et vert",
    "Germany/de l’Allemagne/h/kry/black, red and yellow/noir, rouge et jaune",
    "the Netherlands/des Pays-Bas/h/rwb/red, white and blue/rouge, blanc et bleu",
    "Russia/de la Russie/h/wbr/white, blue and red/blanc, bleu et rouge",
    "Austria/de l’Autriche/h/rwr/red and white/rouge et blanc",
    "Poland/de la Pologne/h/wr/white and red/blanc et rouge",
    "Ukraine/de l’Ukraine/h/by/blue and yellow/bleu et jaune",
    "Hungary/de la Hongrie/h/rwg/red, white and green/rouge, blanc et vert",
    "Bulgaria/de la Bulgarie/h/wgr/white, green and red/blanc, vert et rouge",
    "Estonia/de l’Estonie/h/bkw/blue, black and white/bleu, noir et blanc",
    "Spain/de l’Espagne/h/ryyr/red and yellow/rouge et jaune",
    "Colombia/de la Colombie/h/yybr/yellow, blue and red/jaune, bleu et rouge",
    "Argentina/de l’Argentine/h/cwc/sky blue and white/bleu ciel et blanc",
    "Thailand/de la Thaïlande/h/rwbbwr/red, white and blue/rouge, blanc et bleu",
    "Sweden/de la Suède/x/by/blue with a yellow cross/bleu avec une croix jaune",
    "Denmark/du Danemark/x/rw/red with a white cross/rouge avec une croix blanche",
    "Finland/de la Finlande/x/wb/white with a blue cross/blanc avec une croix bleue",
    "Norway/de la Norvège/x/rwb/red with a blue cross/rouge avec une croix bleue",
    "Switzerland/de la Suisse/p/rw/red with a white cross/rouge avec une croix blanche",
    "Japan/du Japon/d/wr/white with a red disc/blanc avec un disque rouge",
    "Bangladesh/du Bangladesh/d/gr/green with a red disc/vert avec un disque rouge",
    "the United States/des États-Unis/s/rwb/with stars and stripes/avec des étoiles et des bandes",
    "the United Kingdom/du Royaume-Uni/u/bwr/with crosses/avec des croix",
)


def _bands(pencil: ImageDraw.ImageDraw, dyes: list[tuple[int, int, int]], *, upright: bool) -> None:
    for band, dye in enumerate(dyes):
        low, high = band * SHEET / len(dyes), (band + 1) * SHEET / len(dyes)
        pencil.rectangle((low, 0, high, SHEET) if upright else (0, low, SHEET, high), dye)


def _crosses(pencil: ImageDraw.ImageDraw, dyes: list[tuple[int, int, int]], layout: str) -> None:
    """Draw one cross over another, of a form that the layout tells."""
    low, high, x = (90, 358, 224) if layout == "p" else (0, SHEET, 160 if layout == "x" else 224)
    for number, dye in enumerate(dyes):
        width = 80 - 38 * number
        if layout == "u":
            pencil.line((0, 0, SHEET, SHEET), dye, width // 2)
            pencil.line((0, SHEET, SHEET, 0), dye, width // 2)
    for number, dye in enumerate(dyes):
        width = 80 - 38 * number
        pencil.line((x, low, x, high), dye, width)
        pencil.line((low, 224, high, 224), dye, width)


def _draw(layout: str, dyes: list[tuple[int, int, int]]) -> Canvas:
    """Draw a flag as a square, which is later flattened."""
    pencil = sheet(dyes[0])
    if layout in "vh":
        _bands(pencil, dyes, upright=layout == "v")
    elif layout == "d":
        pencil.ellipse((140, 98, 308, 350), dyes[1])
    elif layout == "s":
        _bands(pencil, (dyes[:2] * 7)[:13], upright=False)
        pencil.rectangle((0, 0, 190, 241), dyes[2])
        for row, column in np.ndindex(9, 6):
            x, y = 14 + column * 29 + row % 2 * 14, 10 + row * 25
            pencil.ellipse((x, y, x + 10, y + 14), dyes[1])
    else:
        _crosses(pencil, dyes[1:], layout)
    return shrink(pencil)


@drawn_class(spoil=0.7)
def flag(hand: Hand) -> tuple[Canvas, Texts]:
    country, french, layout, letters, said, dit = hand.pick(FLAGS).split("/")
    cloth = _draw(layout, [rgb(hand.near(DYES[letter], 10)) for letter in letters])
    u, v = turned(hand, 0.15, 0.3)
    wave = np.sin(u * hand.uniform(5, 16) + v * hand.uniform(-4, 4) + hand.uniform(0, 6))
    strength, tight = hand.pick((0.0, 1.0, 1.0)), hand.uniform(0.75, 1.3)
    u, v = u * tight + 0.5, v * tight * hand.uniform(1.2, 1.6) + 0.5 + wave * 0.035 * strength
    at = [(axis * SIZE).clip(0, SIZE - 1).astype(np.int64) for axis in (v, u)]
    lit = cloth[at[0], at[1]] * (1 + 0.16 * wave * strength)[..., None]
    inside = (np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v)) * 150).clip(0, 1)
    sky = blend(hand.tint(90, 255), hand.near((190, 205, 225)), noise(hand, 3, 4))
    return blend(sky, lit, inside), pairs(
        f"the flag of {country} / le drapeau {french}; a flag / un drapeau",
        f"a flag {said} / un drapeau {dit}",
        f"a flag of {country} in the wind / un drapeau {french} au vent"
        if strength
        else f"a picture of the flag of {country} / une image du drapeau {french}",
    )


@drawn_class(grey=0.1, spoil=0.5)
def atlas(hand: Hand) -> tuple[Canvas, Texts]:
    height, city = noise(hand, hand.uniform(2, 5), 6), hand.chance(0.3)
    sea = hand.uniform(0.05, 0.25) if city else hand.uniform(0.4, 0.6)
    land = ((height - sea) * 60).clip(0, 1)
    tones = ((225, 220, 200), (190, 215, 160), (235, 225, 175)), ((150, 195, 225), (120, 170, 210))
    ground, blue = (hand.near(hand.pick(few), 15) for few in tones)
    ground = blend(ground, hand.near((170, 140, 95)), (height - 0.6) * hand.pick((0.0, 3.0)))
    pixels = (
        blend(blue, ground, land) * (1 - 0.2 * np.exp(-(((height - sea) * 50) ** 2)))[..., None]
    )
    for number in range(hand.number(4, 9)):
        field = noise(hand, 3, 3 if number < 4 else 5) + 0.6 * (X if number % 2 else Y)
        line = np.abs(field - hand.uniform(0.4, 1))
        slope = np.abs(np.gradient(field)).sum(0) + 1e-4
        tone = hand.pick(((225, 110, 70), (130, 120, 130), (245, 200, 80), (90, 140, 200)))
        pixels = blend(pixels, tone, (hand.uniform(0.7, 1.6) - line / slope).clip(0, 1) * land)
    if city:
        u, v = (axis * hand.uniform(8, 20) for axis in turned(hand, 0.8, 0.1))
        street = (np.minimum(np.abs(u % 1 - 0.5), np.abs(v % 1 - 0.5)) < 0.08) * land
        pixels = blend(pixels, (252, 252, 250), street)
    pixels = pixels * relief(hand, height, hand.pick((0.0, 4.0)))[..., None]
    return pixels, pairs(
        "a map / une carte; a geographical map / une carte géographique; an atlas / un atlas",
        "a city map / un plan de ville; streets on a map / des rues sur un plan"
        if city
        else "a map of a coast / une carte d’une côte; land and sea / la terre et la mer",
        "roads and borders on a map / des routes et des frontières sur une carte",
    )
