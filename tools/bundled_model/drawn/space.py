"""The night sky and what is in it."""

from __future__ import annotations

import numpy as np

from drawn.canvas import SIZE, Field, X, Y, blend, noise, relief, turned
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs


def _starry(hand: Hand, count: int) -> Canvas:
    """Strew stars on black, few of them bright."""
    pixels = np.zeros((SIZE, SIZE, 3), np.float32) + hand.tint(0, 14)
    rows, columns = hand.integers(1, SIZE - 1, (2, count))
    power = 255 * hand.random(count) ** hand.uniform(1, 4)
    tones = power[:, None] * hand.uniform(0.7, 1, (count, 3))
    np.maximum.at(pixels, (rows, columns), tones.astype(np.float32))
    bright = power > 150
    for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        at = (rows[bright] + down, columns[bright] + right)
        np.maximum.at(pixels, at, tones[bright].astype(np.float32) * 0.55)
    return pixels


@drawn_class(grey=0.1)
def night_sky(hand: Hand) -> tuple[Canvas, Texts]:
    pixels = _starry(hand, hand.number(60, 1500))
    u, _ = turned(hand, np.pi)
    way = hand.chance(0.5)
    if way:
        band = np.exp(-((u * hand.uniform(3, 6)) ** 2)) * noise(hand, 5, 5)
        pixels = pixels + band[..., None] * hand.near((110, 105, 130), 30)
    pixels = pixels + hand.near((20, 30, 60)) * Y[..., None] * hand.uniform(0, 1)
    if hand.chance(0.4):
        ridge = hand.uniform(0.75, 0.95) + 0.1 * noise(hand, 8, 4)[:1]
        pixels = blend(pixels, (3, 3, 5), ((Y - ridge) * 100).clip(0, 1))
    return pixels, pairs(
        "stars / des étoiles; a starry sky / un ciel étoilé; the night sky / le ciel nocturne",
        "stars in the night / des étoiles dans la nuit",
        "the Milky Way / la Voie lactée" if way else "a black sky with stars / un ciel noir étoilé",
    )


@drawn_class(grey=0.15)
def galaxy(hand: Hand) -> tuple[Canvas, Texts]:
    pixels = _starry(hand, hand.number(30, 500))
    u, v = turned(hand, np.pi, 0.0)
    u, v = u + hand.normal(0, 0.04), (v + hand.normal(0, 0.04)) * hand.uniform(1, 2.5)
    far, angle = np.hypot(u, v) * hand.uniform(2.5, 6), np.arctan2(v, u)
    spiral, blue = hand.chance(0.65), hand.near(hand.pick(((110, 140, 230), (190, 160, 220))))
    warm = hand.near(hand.pick(((255, 220, 160), (255, 200, 190), (240, 240, 255))))
    disc = np.exp(-far * 1.3)
    if spiral:
        turns = angle * 2 + hand.pick((-1, 1)) * hand.uniform(2, 6) * np.log(far + 0.08)
        disc *= (0.5 + 0.5 * np.cos(turns)) ** 1.5 * (0.4 + noise(hand, 14, 4)) * 1.6
    pixels = pixels + blue * 1.4 * disc[..., None] + warm * np.exp(-((far * 1.8) ** 2))[..., None]
    if hand.chance(0.3):
        other = np.hypot(X - hand.random(), Y - hand.random()) * hand.uniform(15, 40)
        pixels = pixels + warm * np.exp(-other)[..., None]
    return pixels, pairs(
        "a galaxy / une galaxie; a galaxy in space / une galaxie dans l’espace",
        "a spiral galaxy / une galaxie spirale"
        if spiral
        else "an elliptical galaxy / une galaxie elliptique",
        "a galaxy among stars / une galaxie parmi les étoiles; astronomy / l’astronomie",
        "a picture from a telescope / une image prise au télescope",
    )


@drawn_class(grey=0.1)
def nebula(hand: Hand) -> tuple[Canvas, Texts]:
    pixels = _starry(hand, hand.number(100, 900))
    for _ in range(hand.number(2, 4)):
        veil = noise(hand, hand.uniform(2, 4), 6) ** hand.uniform(1.5, 3)
        hole = 1 - 0.8 * noise(hand, 5, 5) ** 2
        pixels = pixels + (veil * hole)[..., None] * hand.tint(10, 230) * 0.9
    return pixels, pairs(
        "a nebula / une nébuleuse; clouds of gas in space / des nuages de gaz dans l’espace",
        "a colourful nebula / une nébuleuse colorée; outer space / l’espace; the cosmos / le cosmos",
    )


def _ball(hand: Hand, low: float, high: float) -> tuple[Field, Field, Field, Field]:
    """Return how much a ball covers, its light, and coordinates on it."""
    radius, (x, y) = hand.uniform(low, high), hand.normal(0.5, 0.06, 2)
    u, v = (X - x) / radius, (Y - y) / radius
    far = np.hypot(u, v)
    w = np.sqrt((1 - far**2).clip(0))
    sun, rise = hand.uniform(0, 2 * np.pi), hand.uniform(0, 1.5)
    side = u * np.cos(sun) + v * np.sin(sun)
    light = (side * np.cos(rise) + w * np.sin(rise)).clip(0.02)
    return ((1 - far) * radius * SIZE).clip(0, 1), light**0.7, u / (0.5 + w), v


def _on_ball(texture: Canvas | Field, u: Field, v: Field) -> Canvas | Field:
    """Wrap a texture around a ball."""
    rows = ((v * 0.5 + 0.5) * (SIZE - 1)).clip(0, SIZE - 1).astype(np.int64)
    columns = ((u * 0.25 + 0.5) * (SIZE - 1)).clip(0, SIZE - 1).astype(np.int64)
    return texture[rows, columns]


@drawn_class(grey=0.15)
def planet(hand: Hand) -> tuple[Canvas, Texts]:
    cover, light, u, v = _ball(hand, 0.2, 0.5)
    form = hand.pick(("gas", "rock", "earth"))
    if form == "gas":
        wave = noise(hand, 3, 4) * hand.uniform(0.02, 0.1)
        share = noise(hand, hand.uniform(6, 14), 3, 0.05) + wave * 3
        texture = blend(hand.tint(60, 240), hand.near((225, 205, 170)), share)
    elif form == "rock":
        texture = blend(hand.tint(50, 200), hand.tint(90, 240), noise(hand, 5, 5))
    else:
        land = ((noise(hand, 3, 6) - 0.5) * 20).clip(0, 1)
        texture = blend(hand.near((20, 60, 130)), hand.near((80, 110, 60), 30), land)
        texture = blend(texture, (245, 245, 245), (noise(hand, 5, 5, 0.6) - 0.5) * 4)
    lit = _on_ball(texture, u, v) * light[..., None] * 1.15
    return blend(_starry(hand, hand.number(1, 250)), lit, cover), pairs(
        "a planet / une planète; a planet in space / une planète dans l’espace",
        {
            "gas": "a gas giant with bands / une géante gazeuse à bandes; the planet Jupiter / la planète Jupiter",
            "rock": "a rocky planet / une planète rocheuse; Mars and Venus / Mars et Vénus",
            "earth": "the Earth from space / la Terre vue de l’espace; the Earth / la Terre",
        }[form],
        "a globe on black / un globe sur fond noir; a round planet / une planète ronde",
    )


def _craters(hand: Hand, count: int, large: float) -> Field:
    """Return the height of cratered ground."""
    height = noise(hand, 5, 6) * 0.5
    for _ in range(count):
        radius, (x, y) = large * hand.random() ** 3 + 0.012, hand.random(2)
        box = tuple(
            slice(max(0, int((at - 2 * radius) * SIZE)), int((at + 2 * radius) * SIZE) + 1)
            for at in (y, x)
        )
        far = np.hypot(X[box] - x, Y[box] - y) / radius
        bowl = np.where(far < 1, far**2 - 0.7, 0.3 * np.exp(-(far - 1) * 4))
        height[box] += bowl.astype(np.float32) * radius * 3
    return height


@drawn_class(grey=0.7)
def moon(hand: Hand) -> tuple[Canvas, Texts]:
    tone, form = hand.near((165, 162, 155), 15), hand.pick(("disc", "ground"))
    if form == "ground":
        height = _craters(hand, hand.number(30, 130), hand.uniform(0.06, 0.3))
        lit = relief(hand, height, hand.uniform(6, 20)) * hand.uniform(0.5, 0.85)
        return tone * lit[..., None], pairs(
            "the surface of the Moon / la surface de la Lune; craters / des cratères",
            "lunar ground with craters / un sol lunaire avec des cratères",
            "a cratered surface / une surface couverte de cratères; a grey planet / une planète grise",
        )
    cover, light, u, v = _ball(hand, 0.12, 0.48)
    height = _craters(hand, 40, 0.12)
    dark = 1 - 0.5 * ((noise(hand, 3, 4) - 0.5) * 5).clip(0, 1)
    ground = dark * relief(hand, height, 6)
    crescent = light.mean(where=cover > 0.5) < 0.4
    lit = tone * 1.3 * (_on_ball(ground, u, v) * light)[..., None]
    return blend(_starry(hand, hand.number(1, 60)), lit, cover), pairs(
        "the Moon / la Lune; the Moon at night / la Lune dans la nuit",
        "a crescent moon / un croissant de lune"
        if crescent
        else "a full moon / une pleine lune; the disc of the Moon / le disque de la Lune",
        "the Moon in a black sky / la Lune dans un ciel noir",
    )


@drawn_class()
def fireworks(hand: Hand) -> tuple[Canvas, Texts]:
    pixels = _starry(hand, 20)
    for _ in range(hand.number(1, 5)):
        (x, y), rays = hand.uniform(0.15, 0.85, 2), hand.number(25, 90)
        reach, tone = hand.uniform(0.1, 0.4), hand.tint(40, 255)
        angles = hand.uniform(0, 2 * np.pi, (rays, 1))
        steps = np.linspace(hand.uniform(0.05, 0.5), 1, 40)[None] * hand.uniform(0.7, 1, (rays, 1))
        columns = x + np.cos(angles) * steps * reach
        rows = y + np.sin(angles) * steps * reach + 0.12 * steps**2 * reach
        at = [(axis * SIZE).clip(0, SIZE - 1).astype(np.int64) for axis in (rows, columns)]
        np.add.at(pixels, tuple(at), tone * hand.uniform(0.5, 1.2))
        glow = np.exp(-np.hypot(X - x, Y - y) * 9 / (reach + 0.2))
        pixels = pixels + glow[..., None] * tone * 0.4
    return pixels, pairs(
        "fireworks / un feu d’artifice; fireworks at night / un feu d’artifice la nuit",
        "sparks in the dark / des étincelles dans le noir; coloured rockets / des fusées colorées",
    )
