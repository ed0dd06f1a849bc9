"""Surfaces that people make or walk on: bricks, gravel, wood, cloth, coins."""

from __future__ import annotations

import numpy as np

from drawn.canvas import X, Y, blend, cells, noise, per_cell, relief, turned
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs

# What bricks are of, in both languages, with the colour.
BRICKS = (
    ("red", "rouges", (150, 65, 50)),
    ("grey", "grises", (130, 130, 128)),
    ("white", "blanches", (220, 217, 210)),
    ("brown", "brunes", (115, 80, 60)),
    ("yellow", "jaunes", (200, 165, 105)),
)


@drawn_class()
def bricks(hand: Hand) -> tuple[Canvas, Texts]:
    (english, french, tone), rows = hand.pick(BRICKS), hand.uniform(4, 22)
    long = hand.pick((1.5, 2.5, 3, 3.5, 6))
    u, v = turned(hand, 0.1, hand.pick([0.1, 0.8]))
    v = (v + 2) * rows + (noise(hand, 4, 2) - 0.5) * 0.15
    row = np.floor(v)
    u = (u + 2) * rows / long + row * hand.pick((0.5, 0.5, 0.33, 0.25))
    column, edge = np.floor(u), hand.uniform(0.04, 0.12)
    inside = np.minimum(np.minimum(v % 1, 1 - v % 1), np.minimum(u % 1, 1 - u % 1) * long)
    share = ((inside + (noise(hand, 40, 2) - 0.5) * 0.08 - edge) * 18).clip(0, 1)
    number = (row * 131 + column).astype(np.int64)
    number -= number.min()
    varied = per_cell(hand, number, [hand.near(tone, 16) for _ in range(4)])
    grain = 0.7 + 0.5 * noise(hand, 30, 3)
    mortar = hand.near(hand.pick(((190, 185, 175), (90, 88, 85), (225, 222, 215))))
    pixels = blend(mortar, varied * grain[..., None], share) * relief(hand, share, 0.3)[..., None]
    return pixels, pairs(
        "a brick wall / un mur de briques; bricks / des briques; a wall / un mur",
        f"a wall of {english} bricks / un mur de briques {french}",
        f"{english} bricks / des briques {french}; rows of bricks / des rangées de briques",
    )


@drawn_class(grey=0.35)
def gravel(hand: Hand) -> tuple[Canvas, Texts]:
    count = float(np.exp(hand.uniform(np.log(4), np.log(32))))
    first, second, nearest = cells(hand, count)
    gap = (second - first).clip(0, 1)
    tones = [hand.near(hand.pick(((140, 135, 128), (165, 145, 120), (95, 92, 90))), 20)]
    tones += [hand.near((150, 145, 138), 20) for _ in range(5)]
    height = np.sqrt((gap * 2.2).clip(0, 1))
    stones = per_cell(hand, nearest, tones) * (0.75 + 0.45 * noise(hand, 25, 3))[..., None]
    pixels = blend(hand.tint(15, 50), stones, (gap * 6).clip(0, 1))
    said = "pebbles / des galets; stones / des pierres; a heap of stones / un tas de pierres"
    small = "gravel / du gravier; small stones / de petits cailloux; gravel path / une allée gravillonnée"
    return pixels * relief(hand, height, hand.uniform(1, 2.5))[..., None], pairs(
        said if count < 12 else small,
        "a stony ground / un sol caillouteux; a texture of stones / une texture de pierres",
    )


@drawn_class(grey=0.15)
def wood(hand: Hand) -> tuple[Canvas, Texts]:
    u, v = turned(hand, 0.06)
    if hand.chance(0.5):
        u, v = v, u
    planks = hand.uniform(1, 9)
    at = (u + 2) * planks
    plank = np.floor(at).astype(np.int64)
    shift = hand.uniform(0, 5, int(plank.max()) + 1)[plank]
    rings = u * hand.uniform(15, 50) + shift + noise(hand, 2, 2) * hand.uniform(1, 5)
    grain = 0.5 + 0.35 * np.sin(rings * 2) + 0.35 * (noise(hand, 50, 2) - 0.5)
    tone = hand.near(hand.pick(((175, 125, 75), (110, 70, 40), (205, 175, 130), (130, 120, 110))))
    boards = per_cell(hand, plank, [tone]) * (0.7 + 0.4 * grain)[..., None]
    edge = np.minimum(at % 1, 1 - at % 1) / planks
    return blend((25, 18, 12), boards, (edge * 150).astype(np.float32)), pairs(
        "wood / du bois; wooden planks / des planches de bois; boards / des planches",
        "a wooden floor / un plancher; a wooden surface / une surface en bois",
        "wood grain / les veines du bois; a parquet / un parquet",
    )


@drawn_class(grey=0.3)
def fabric(hand: Hand) -> tuple[Canvas, Texts]:
    u, v = turned(hand, 0.8)
    folds = noise(hand, 2, 2)
    count, knit = hand.uniform(15, 70), hand.chance(0.3)
    u, v = u + folds * 0.05, v + folds * 0.05
    lean = np.abs(((u * count) % 1) - 0.5) * 1.4 if knit else 0
    thread = np.sin(u * count * np.pi * 2) * np.sin((v * count + lean) * np.pi * 2)
    weave = 0.75 + 0.25 * thread + 0.3 * (noise(hand, 70, 2) - 0.5)
    share = (np.sin(u * hand.uniform(5, 30)) * np.sin(v * hand.uniform(5, 30)) > 0) * hand.pick(
        (0.0, 0.0, 0.6)
    )
    tone = blend(hand.tint(20, 235), hand.tint(20, 235), share.astype(np.float32))
    pixels = tone * weave[..., None] * relief(hand, folds, hand.uniform(2, 15))[..., None]
    said = "knitted wool / du tricot" if knit else "a carpet / un tapis"
    return pixels, pairs(
        "fabric / du tissu; cloth / de l’étoffe; a woven texture / une texture tissée",
        "a weave of threads / une trame de fils; a textile / un textile",
        said,
    )


METALS = (
    ("silver", "d’argent", (175, 178, 180)),
    ("copper", "de cuivre", (170, 95, 60)),
    ("gold", "d’or", (215, 170, 70)),
    ("grey", "grises", (130, 130, 130)),
    ("bronze", "de bronze", (140, 110, 60)),
)


def _coin(hand: Hand, pixels: Canvas, disc: tuple[float, float, float], tone: Canvas) -> None:
    """Lay a coin with its rim and what is struck on it, and its shadow."""
    x, y, radius = disc
    window = tuple(
        slice(max(0, int((at - 1.25 * radius) * 224)), max(0, int((at + 1.25 * radius) * 224)))
        for at in (y, x)
    )
    far = np.hypot(X[window] - x, Y[window] - y) / radius
    if min(far.shape) < 3:
        return
    shadow = np.hypot(X[window] - x - radius * 0.1, Y[window] - y - radius * 0.1) / radius
    part = pixels[window] * (1 - 0.6 * ((1.12 - shadow) * 6).clip(0, 1))[..., None]
    struck = (np.roll(noise(hand, 9, 2), hand.number(0, 200), 0) > 0.5).astype(np.float32)[window]
    struck *= hand.uniform(0.3, 0.8) * (far < 0.75)
    letters = np.sin(np.arctan2(Y[window] - y, X[window] - x) * hand.number(14, 26)) > 0
    rim = (np.abs(far - 0.95) < 0.05) + 0.5 * letters * (np.abs(far - 0.8) < 0.06)
    light = relief(hand, (struck + rim).astype(np.float32), 0.7) * hand.uniform(0.8, 1.1)
    pixels[window] = blend(part, tone * light[..., None], ((1 - far) * radius * 224).clip(0, 1))


@drawn_class()
def coins(hand: Hand) -> tuple[Canvas, Texts]:
    (english, french, tone), dark = hand.pick(METALS), hand.chance(0.5)
    ground = hand.dull(5, 60) if dark else hand.dull(140, 245)
    pixels = ground * (0.85 + 0.3 * noise(hand, 20, 3))[..., None]
    rows = hand.number(1, 6)
    size, straight = 0.5 / rows * hand.uniform(0.65, 0.9), hand.chance(0.5)
    for row, column in np.ndindex(rows, rows):
        x, y = (column + 0.5) / rows, (row + 0.5) / rows
        if not straight:
            x, y = x + hand.normal(0, 0.25 / rows), y + hand.normal(0, 0.25 / rows)
        radius = size * (1 if straight else hand.uniform(0.7, 1.1))
        _coin(hand, pixels, (x, y, radius), hand.near(tone, 15))
    one = "a coin / une pièce de monnaie; a round medal / une médaille ronde"
    many = "coins / des pièces de monnaie; old coins / de vieilles pièces"
    many += "; rows of coins / des rangées de pièces" if straight else ""
    return pixels, pairs(
        one if rows == 1 else many,
        f"{english} coins / des pièces {french}"
        if rows > 1
        else "a metal disc / un disque de métal",
        "money / de l’argent; metal discs / des disques de métal",
    )
