"""Ground, water and leaves seen close, and the sky by day."""

from __future__ import annotations

import numpy as np

from drawn.canvas import SHEET, X, Y, blend, cells, noise, relief, rgb, sheet, shrink, turned
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs


@drawn_class()
def grass(hand: Hand) -> tuple[Canvas, Texts]:
    dry, fallen = hand.chance(0.25), hand.chance(0.25)
    tone = hand.near((165, 150, 90) if dry else hand.pick(((60, 110, 35), (85, 130, 50))), 20)
    pencil, count = sheet(tone * 0.5), hand.number(500, 1100)
    length, lean = hand.uniform(15, 60), hand.uniform(0.2, 1.6)
    starts = hand.uniform(-20, SHEET + 20, (count, 2))
    angles = hand.normal(-np.pi / 2, lean, count)
    reach = (length * hand.uniform(0.4, 1.2, count))[:, None]
    ends = starts + np.stack([np.cos(angles), np.sin(angles)], 1) * reach
    tones = tone * hand.uniform(0.55, 1.7, (count, 1)) + hand.normal(0, 9, (count, 3))
    width = hand.number(2, 5)
    for line, shade in zip(np.hstack([starts, ends]).tolist(), tones, strict=True):
        pencil.line(line, rgb(shade), width)
    for _ in range(hand.number(5, 30) if fallen else 0):
        (x, y), (a, b) = hand.uniform(0, SHEET, 2), hand.uniform(8, 24, 2)
        shade = rgb(hand.near((170, 105, 45), 60))
        pencil.polygon((x - a, y, x, y - b, x + a, y + 4, x + 3, y + b), shade)
    pixels = shrink(pencil) * (0.75 + 0.45 * noise(hand, 3, 3))[..., None]
    return pixels, pairs(
        "grass / de l’herbe; a lawn / une pelouse; blades of grass / des brins d’herbe",
        "dry grass / de l’herbe sèche" if dry else "green grass / de l’herbe verte",
        "leaves on the grass / des feuilles sur l’herbe" if fallen else "turf / du gazon",
        "grass seen from above / de l’herbe vue de dessus",
    )


@drawn_class(grey=0.15)
def sand(hand: Hand) -> tuple[Canvas, Texts]:
    u, v = turned(hand, np.pi, 0.6)
    count, bend = hand.uniform(4, 30), noise(hand, 3, 3)
    ripple = 0.5 + 0.5 * np.sin((v + bend * hand.uniform(0.05, 0.4)) * count * 2 * np.pi)
    height = ripple * hand.pick((0.0, 0.4, 1.0)) + 0.3 * noise(hand, 60, 2) + bend
    tone = hand.near(hand.pick(((205, 175, 130), (220, 200, 165), (190, 140, 90))))
    lit = relief(hand, height * 224 / count / 10, hand.uniform(0.3, 0.9))
    pixels = tone * (lit * (0.9 + 0.2 * hand.random(u.shape, np.float32)))[..., None]
    return pixels, pairs(
        "sand / du sable; a beach / une plage; ripples in the sand / des rides dans le sable",
        "a sand dune / une dune de sable; a desert / un désert; sand texture / une texture de sable",
    )


@drawn_class(grey=0.15)
def water(hand: Hand) -> tuple[Canvas, Texts]:
    depth = hand.uniform(0.3, 1)
    warp = noise(hand, 4, 3) * hand.uniform(0.2, 0.7)
    waves = noise(hand, hand.uniform(8, 25), 3, hand.uniform(0.15, 0.5))
    crest = 1 - np.abs(np.sin((waves + warp) * hand.uniform(4, 14)))
    tone = hand.near(hand.pick(((25, 85, 125), (20, 110, 120), (60, 80, 90), (40, 75, 60))))
    pixels = blend(tone * 0.6, tone * 1.4, waves * 0.7 + 0.3 * Y)
    pixels = blend(pixels, hand.near((225, 235, 240)), crest**4 * depth)
    return pixels, pairs(
        "water / de l’eau; the sea / la mer; waves / des vagues; ripples on water / des ondulations sur l’eau",
        "the surface of the water / la surface de l’eau; a lake / un lac; the ocean / l’océan",
    )


@drawn_class()
def leaves(hand: Hand) -> tuple[Canvas, Texts]:
    autumn = hand.chance(0.4)
    greens, reds = ((60, 120, 40), (95, 150, 55), (35, 85, 35)), ((190, 90, 30), (200, 150, 40))
    tones = (*reds, (140, 40, 25), (120, 80, 40)) if autumn else greens
    pencil, size = sheet(hand.near(np.multiply(hand.pick(tones), 0.45))), hand.uniform(35, 100)
    shape = np.sin(np.linspace(0, np.pi, 9)) * hand.uniform(0.25, 0.5)
    along = np.linspace(-1, 1, 9)
    outline = np.concatenate([np.stack([along, shape], 1), np.stack([along, -shape], 1)[::-1]])
    for _ in range(min(500, int(330_000 / size**1.8))):
        angle, scale = hand.uniform(0, 2 * np.pi), size * hand.uniform(0.6, 1.2)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        middle, tone = hand.uniform(-20, SHEET + 20, 2), hand.near(hand.pick(tones), 25)
        points = outline @ turn * scale + middle
        pencil.polygon(points.ravel().tolist(), rgb(tone), rgb(tone * 0.6))
        pencil.line(points[[0, 8]].ravel().tolist(), rgb(tone * 1.3), 2)
    pixels = shrink(pencil) * (0.65 + 0.6 * noise(hand, 5, 4))[..., None]
    return pixels, pairs(
        "leaves / des feuilles; foliage / du feuillage; plants / des plantes",
        "autumn leaves / des feuilles d’automne; dead leaves / des feuilles mortes"
        if autumn
        else "green leaves / des feuilles vertes; a hedge / une haie",
    )


@drawn_class()
def sunset(hand: Hand) -> tuple[Canvas, Texts]:
    high, low = (
        hand.near(hand.pick(((40, 55, 110), (90, 50, 110), (60, 90, 140)))),
        hand.near(hand.pick(((255, 150, 60), (250, 110, 70), (255, 190, 110)))),
    )
    horizon = hand.uniform(0.6, 1.05)
    pixels = blend(high, low, (Y / horizon) ** hand.uniform(0.7, 2))
    x, y, size = hand.uniform(0.1, 0.9), horizon - hand.uniform(-0.03, 0.3), hand.uniform(0.02, 0.1)
    far = np.hypot(X - x, Y - y)
    pixels = blend(pixels, (255, 235, 180), np.exp(-far * hand.uniform(2, 6)) * 0.8)
    pixels = blend(pixels, (255, 248, 215), ((size - far) * 80).clip(0, 1))
    streaks = (noise(hand, 9, 4, 0.3) - hand.uniform(0.4, 0.6)) * hand.uniform(1, 4)
    pixels = blend(pixels, hand.near(hand.pick(((120, 60, 80), (255, 170, 130)))), streaks)
    ridge = horizon + (noise(hand, 5, 4)[:1] - 0.5) * hand.pick((0.0, 0.15))
    ground = blend(hand.tint(5, 40), low * 0.6, noise(hand, 30, 2, 0.1) * hand.pick((0, 0.8)))
    return blend(pixels, ground, ((Y - ridge) * 90).clip(0, 1)), pairs(
        "a sunset / un coucher de soleil; the sun goes down / le soleil se couche",
        "an orange sky at sunset / un ciel orange au coucher du soleil; dusk / le crépuscule",
        "a sunrise / un lever de soleil; the evening sky / le ciel du soir",
    )


@drawn_class()
def clouds(hand: Hand) -> tuple[Canvas, Texts]:
    grey = hand.chance(0.25)
    high = hand.near((110, 120, 130) if grey else hand.pick(((50, 110, 200), (90, 150, 220))), 15)
    pixels = blend(high, high * 0.5 + 125, Y * hand.uniform(0.3, 1))
    mass = noise(hand, hand.uniform(2, 6), 6, hand.uniform(0.3, 1))
    share = (mass - hand.uniform(0.25, 0.5)) * hand.uniform(2, 6)
    body = 215 + 40 * (np.roll(mass, 6, 0) - mass).clip(-1, 0.2)[..., None] * 4
    pixels = blend(pixels, body * np.ones(3, np.float32) * (0.75 if grey else 1), share)
    return pixels, pairs(
        "clouds / des nuages; clouds in the sky / des nuages dans le ciel; the sky / le ciel",
        "a grey sky / un ciel gris; an overcast sky / un ciel couvert"
        if grey
        else "a blue sky with white clouds / un ciel bleu avec des nuages blancs",
    )


@drawn_class(grey=0.3)
def rock(hand: Hand) -> tuple[Canvas, Texts]:
    first, second, _ = cells(hand, hand.uniform(1, 5))
    height = noise(hand, hand.uniform(3, 9), 6) + 0.5 * (second - first).clip(0, 0.4)
    tone = hand.near(hand.pick(((140, 135, 130), (150, 115, 85), (100, 100, 105))), 25)
    pixels = blend(tone * 0.7, hand.near(tone, 30), noise(hand, 6, 4))
    return pixels * relief(hand, height, hand.uniform(5, 14))[..., None], pairs(
        "rock / de la roche; a stone surface / une surface de pierre; a rocky wall / une paroi rocheuse",
        "rough stone / de la pierre brute; the texture of stone / la texture de la pierre",
    )
