"""What doctors and biologists look at: cells, eyes, x-rays."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from drawn.canvas import (
    SHEET,
    X,
    Y,
    blend,
    cells,
    noise,
    per_cell,
    rgb,
    sheet,
    shrink,
    turned,
    wobble,
)
from drawn.hand import Canvas, Hand, Texts, drawn_class, pairs

MICROSCOPE = pairs(
    "a microscope image / une image au microscope; cells / des cellules",
    "cells under a microscope / des cellules au microscope",
)
# Of stained tissue: its ground, its fibres and its nuclei.
STAINS = (
    ((235, 190, 210), (220, 120, 165), (95, 50, 130)),
    ((240, 225, 235), (190, 140, 190), (110, 40, 110)),
    ((235, 230, 222), (190, 150, 110), (110, 65, 30)),
    ((225, 230, 240), (160, 175, 215), (50, 60, 140)),
    ((240, 215, 215), (225, 110, 120), (130, 30, 60)),
)


@drawn_class(grey=0.1)
def tissue(hand: Hand) -> tuple[Canvas, Texts]:
    ground, fibre, nucleus = (hand.near(tone, 18) for tone in hand.pick(STAINS))
    first, second, nearest = cells(hand, np.exp(hand.uniform(1.3, 3.2)))
    flow = noise(hand, hand.uniform(3, 8), 5, hand.uniform(0.2, 1))
    pixels = blend(ground, fibre, (flow * 2.2 - 0.4).clip(0, 1))
    pixels = blend(pixels, np.asarray(fibre) * 0.85, (0.7 - (second - first) * 8) * 0.6)
    present = per_cell(hand, nearest, [(1, 1, 1), (1, 1, 1), (0, 0, 0)])[..., 0] > 0.1
    size = hand.uniform(0.16, 0.34) * (0.7 + 0.6 * noise(hand, 12, 2))
    dark = ((size - first) * 12).clip(0, 1) * present
    grain = nucleus * (0.8 + 0.5 * noise(hand, 60, 2))[..., None]
    pixels = blend(pixels, grain, dark * hand.uniform(0.75, 1))
    holes = ((noise(hand, 4, 3) - hand.uniform(0.6, 0.9)) * 14).clip(0, 1)
    return blend(pixels, (244, 240, 243), holes), MICROSCOPE + pairs(
        "stained tissue / un tissu coloré au microscope; histology / de l’histologie",
        "a medical image / une image médicale",
        "tissue with nuclei / un tissu avec des noyaux",
    )


@drawn_class(grey=0.15)
def bacteria(hand: Hand) -> tuple[Canvas, Texts]:
    bright, rods = hand.chance(0.35), hand.chance(0.5)
    ground = hand.tint(0, 30) if bright else hand.near((215, 215, 215), 50)
    pencil, count = sheet(ground), hand.number(10, 90)
    tone, size = hand.tint(60, 255) if bright else hand.tint(40, 170), hand.uniform(8, 36)
    blood = not rods and not bright
    if blood:
        tone = hand.near((205, 90, 85), 40)
    for _ in range(count):
        (x, y), angle = hand.uniform(0, SHEET, 2), hand.uniform(0, np.pi)
        shade = rgb(hand.near(tone, 25))
        steps = np.linspace(0, size * hand.uniform(1, 3), 7) if rods else (0.0,)
        for step in steps:
            at, down = x + step * np.cos(angle), y + step * np.sin(angle)
            half = size * (0.35 if rods else hand.uniform(0.5, 1))
            pencil.ellipse((at - half, down - half, at + half, down + half), shade)
            if not rods:
                core = half * 0.45
                box = (at - core, down - core, at + core, down + core)
                pencil.ellipse(box, rgb(np.multiply(shade, 0.6)))
    pixels = wobble(hand, shrink(pencil), 4, 12) * (0.8 + 0.35 * noise(hand, 4, 5))[..., None]
    said = "bacteria / des bactéries; rod-shaped bacteria / des bacilles; germs / des microbes"
    if not rods:
        said = "round cells / des cellules rondes; bacteria / des bactéries"
    return pixels, MICROSCOPE + pairs("red blood cells / des globules rouges" if blood else said)


@drawn_class(grey=0.75)
def single_cell(hand: Hand) -> tuple[Canvas, Texts]:
    angle, far = np.arctan2(Y - 0.5, X - 0.5), np.hypot(X - 0.5, Y - 0.5)
    waves = sum(
        hand.normal(0, 0.012) * np.sin(angle * lobe + hand.uniform(0, 6)) for lobe in range(2, 6)
    )
    radius, bright = hand.uniform(0.2, 0.42), hand.chance(0.4)
    edge = far - radius - waves
    ground, body = (
        (hand.tint(0, 30), hand.tint(60, 200))
        if bright
        else (hand.near((190, 190, 185), 25), hand.near((160, 165, 160), 40))
    )
    pixels = blend(ground, body * 1.0, (-edge * 60).clip(0, 1))
    pixels = pixels * (0.75 + 0.5 * noise(hand, 14, 4))[..., None]
    pixels = blend(pixels, body * 0.4, np.exp(-((edge * 70) ** 2)))
    x, y = hand.normal(0.5, 0.04, 2)
    core = ((radius * hand.uniform(0.25, 0.5) - np.hypot(X - x, Y - y)) * 60).clip(0, 1)
    return blend(pixels, body * (1.3 if bright else 0.55), core * 0.8), pairs(
        "a cell / une cellule; a cell under a microscope / une cellule au microscope",
        "a single cell with its nucleus / une seule cellule avec son noyau",
        "a microscope image / une image au microscope",
    )


@drawn_class(grey=0.1)
def iris(hand: Hand) -> tuple[Canvas, Texts]:
    x, y = hand.normal(0.5, 0.05, 2)
    far, angle = np.hypot(X - x, Y - y), np.arctan2(Y - y, X - x)
    radius = hand.uniform(0.22, 0.45)
    pupil, tone = (
        radius * hand.uniform(0.25, 0.55),
        hand.near(hand.pick(((90, 130, 170), (95, 65, 35), (95, 120, 75), (130, 135, 135))), 25),
    )
    rays = noise(hand, 70, 2)[((angle / np.pi + 1) * 111).astype(int), (far * 60).astype(int)]
    pixels = blend(hand.near((225, 210, 205)), (170, 120, 110), (far - radius) * 2)
    ring = tone * (0.4 + rays)[..., None] * (0.6 + 0.6 * (radius - far) / radius)[..., None]
    pixels = blend(pixels, ring, ((radius - far) * 60).clip(0, 1))
    pixels = blend(pixels, (8, 6, 6), ((pupil - far) * 90).clip(0, 1))
    glint = np.hypot(X - x + pupil * 0.5, Y - y + pupil * 0.5)
    pixels = blend(pixels, (250, 250, 250), ((pupil * 0.35 - glint) * 90).clip(0, 1))
    lid = hand.uniform(0.18, 0.5) + 0.6 * (X - x) ** 2 * 2
    skin = hand.near(hand.pick(((205, 150, 120), (140, 95, 70), (225, 180, 155))))
    skin = skin * (0.8 + 0.3 * noise(hand, 20, 4))[..., None]
    shut = (np.abs(Y - y) - (radius + 0.15 - lid * 0.3)) * 40 - 60 * (0.02 - (X - x) ** 2 * 0.6)
    return blend(pixels, skin, shut.clip(0, 1)), pairs(
        "an eye / un œil; an iris / un iris; the pupil of an eye / la pupille d’un œil",
        "a close-up of an eye / un gros plan d’un œil; an eye seen close / un œil vu de près",
    )


def _vessel(
    hand: Hand, pencil: ImageDraw.ImageDraw, at: tuple[float, float], angle: float, width: float
) -> None:
    """Draw a vessel that winds, thins and branches."""
    x, y = at
    while width > 0.9:
        angle += hand.normal(0, 0.22)
        end = (x + 16 * np.cos(angle), y + 16 * np.sin(angle))
        pencil.line((x, y, *end), (120, 20, 15), max(1, round(width)))
        (x, y), width = end, width * 0.955
        if hand.chance(0.13):
            _vessel(hand, pencil, end, angle + hand.pick((-0.7, 0.7)), width * 0.65)
            width *= 0.9


@drawn_class(grey=0.05)
def fundus(hand: Hand) -> tuple[Canvas, Texts]:
    pencil = sheet((255, 255, 255))
    x, y = hand.pick((0.28, 0.72)) + hand.normal(0, 0.03), hand.normal(0.5, 0.03)
    for turn in (-2.2, -1.1, 1.1, 2.2, 0.2, 2.9):
        _vessel(hand, pencil, (x * SHEET, y * SHEET), turn, hand.uniform(4, 8))
    veins = 1 - shrink(pencil)[..., 1] / 255
    tone = hand.near(hand.pick(((205, 95, 40), (185, 65, 35), (215, 130, 70))))
    pixels = tone * (0.75 + 0.4 * noise(hand, 4, 4))[..., None]
    spot = np.hypot(X - x, (Y - y) * 0.9)
    pixels = blend(pixels, (252, 225, 150), ((0.075 - spot) * 40).clip(0, 1))
    dark = np.hypot(X - (1 - x), Y - y)
    pixels = blend(pixels, tone * 0.45, np.exp(-((dark * 11) ** 2)) * 0.8)
    pixels = blend(pixels, (110, 22, 15), veins * 0.8)
    far = np.hypot(X - 0.5, Y - 0.5)
    edge = ((hand.uniform(0.43, 0.5) - far) * 90).clip(0, 1)
    return blend((4, 3, 3), pixels * (1.1 - 0.9 * far**2)[..., None], edge), pairs(
        "the back of an eye / le fond d’un œil; a retina / une rétine; an eye fundus / un fond d’œil",
        "a medical image / une image médicale; vessels of the retina / les vaisseaux de la rétine",
        "a medical image of an eye / une image médicale d’un œil",
    )


@drawn_class(grey=1.0, spoil=0.7)
def xray(hand: Hand) -> tuple[Canvas, Texts]:
    chest = hand.chance(0.5)
    pencil = sheet((12, 12, 12))
    if chest:
        pencil.rounded_rectangle((40, 20, 408, 470), 110, (105, 105, 105))
        for left in (75, 240):
            pencil.ellipse((left, 60, left + 135, 380), (38, 38, 38))
        pencil.rectangle((206, 0, 242, SHEET), (185, 185, 185))
        pencil.ellipse((190, 220, 320, 370), (150, 150, 150))
        for top in range(60, 380, hand.number(32, 42)):
            for start, end, left in ((180, 300, 60), (240, 360, 228)):
                pencil.arc((left, top, left + 160, top + 90), start, end, (125, 125, 125), 9)
    else:
        for finger in range(5):
            x, angle = 110 + finger * 55, (finger - 2) * hand.uniform(0.08, 0.2)
            _bones(pencil, x, angle, hand.uniform(60, 82) * (0.85 + 0.15 * (0 < finger < 4)))
        pencil.ellipse((130, 330, 310, 430), (130, 130, 130))
    pixels = wobble(hand, shrink(pencil), 5, 4)
    u, v = turned(hand, 0.1)
    pixels = pixels * (0.8 + 0.4 * noise(hand, 6, 4) + 0.2 * u + 0.1 * v)[..., None]
    soft = sum(np.roll(pixels, (a, b), (0, 1)) for a in (-2, 0, 2) for b in (-2, 0, 2)) / 9
    return soft, pairs(
        "an x-ray / une radiographie; a medical image / une image médicale; bones / des os",
        "a chest x-ray / une radio des poumons; ribs / des côtes"
        if chest
        else "an x-ray of a hand / une radio de la main; the bones of a hand / les os d’une main",
        "a radiograph of the skeleton / une radiographie du squelette",
    )


def _bones(pencil: ImageDraw.ImageDraw, x: float, angle: float, length: float) -> None:
    """Draw the bones of a finger, from the wrist up, in its flesh."""
    y, step = 330.0, np.array([np.sin(angle), -np.cos(angle)])
    end = np.array([x, y]) + step * length * 3.4
    pencil.line((x, y, *end), (70, 70, 70), 44)
    for part in (1.15, 0.9, 0.7, 0.5):
        low = np.array([x, y])
        high = low + step * length * part * 0.92
        pencil.line((*low, *high), (175, 175, 175), 13)
        for at in (low, high):
            pencil.ellipse((*(at - 10), *(at + 10)), (195, 195, 195))
        x, y = low + step * length * part
