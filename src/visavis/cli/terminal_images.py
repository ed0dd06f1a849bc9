"""Images in the terminal, by the protocols of kitty, iTerm2 and sixel.

https://sw.kovidgoyal.net/kitty/graphics-protocol/, https://iterm2.com/documentation-images.html,
https://vt100.net/docs/vt3xx-gp/chapter14.html
"""

from __future__ import annotations

import os
import re
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

ROWS = 7
"""Height of a thumbnail in lines of text."""
SIDE = 320
"""Longest side in pixels of what kitty and iTerm2 scale to that height."""
_SIXEL_HEIGHT = 20 * ROWS // 6 * 6
"""In pixels, for lines of 20; sixels are drawn as they are."""
_COLOURS = 128
_CHUNK = 4096

Draw: TypeAlias = "Callable[[Image], str]"
"""Returns the escape sequences that show an image, with the line break after it."""


def choose_drawing(*, wanted: bool | None) -> Draw | None:
    """Return how to draw in this terminal; None in a pipe, or if images are not wanted.

    Without a wish, images are drawn where the terminal says that it can; if they are asked for in
    a terminal that is not known, by sixels, which most others understand or ignore.
    """
    if wanted is False or not sys.stdout.isatty():
        return None
    return _drawing_of_terminal() or (sixel if wanted else None)


def _drawing_of_terminal() -> Draw | None:
    """Return what the variables of the terminal tell that it understands."""
    has, term = os.environ.get, os.environ.get("TERM", "")
    if has("TMUX") or has("STY") or term == "dumb":  # they keep images to themselves
        return None
    program = has("TERM_PROGRAM", "")
    if has("KITTY_WINDOW_ID") or "kitty" in term or "ghostty" in (program, term.rpartition("-")[2]):
        return kitty
    if program in {"iTerm.app", "WezTerm"} or has("LC_TERMINAL") == "iTerm2":
        return iterm2
    return sixel if re.match("foot|mlterm|contour|yaft|.*sixel", term) else None


def kitty(image: Image) -> str:
    """Draw by kitty's graphics protocol: a PNG in chunks, without an answer of the terminal."""
    data = _file(image, "PNG")
    chunks = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    keys = [f"a=T,f=100,q=2,r={ROWS},"] + [""] * (len(chunks) - 1)
    last = len(chunks) - 1
    return (
        "".join(
            f"\x1b_G{key}m={int(number < last)};{chunk}\x1b\\"
            for number, (key, chunk) in enumerate(zip(keys, chunks, strict=True))
        )
        + "\n"
    )


def iterm2(image: Image) -> str:
    """Draw by iTerm2's protocol: a file inline."""
    return f"\x1b]1337;File=inline=1;height={ROWS}:{_file(image, 'JPEG')}\a\n"


def sixel(image: Image) -> str:
    """Draw by sixels: bands of six rows, in each a line of every colour."""
    small = image.resize((max(1, image.width * _SIXEL_HEIGHT // image.height), _SIXEL_HEIGHT))
    indexed = small.quantize(_COLOURS)
    palette = np.array(indexed.getpalette(), int).reshape(-1, 3) * 100 // 255
    colours = "".join(f"#{number};2;{r};{g};{b}" for number, (r, g, b) in enumerate(palette))
    pixels = np.asarray(indexed)  # (height, width)
    bands = (pixels[top : top + 6] for top in range(0, len(pixels), 6))
    lines = "-".join("$".join(_colour_lines(band)) for band in bands)
    return f'\x1bPq"1;1;{small.width};{small.height}{colours}{lines}\x1b\\\n'


def _colour_lines(band: np.ndarray) -> Iterator[str]:
    """Yield a line of characters for each colour: six bits, the top row lowest, plus 63."""
    bits = 1 << np.arange(len(band))[:, None]
    for colour in np.unique(band):
        sixels = ((band == colour) * bits).sum(axis=0) + 63
        runs = ((chr(value), len(list(run))) for value, run in groupby(sixels))
        shortened = (char * count if count < 4 else f"!{count}{char}" for char, count in runs)  # noqa: PLR2004
        yield f"#{colour}{''.join(shortened)}"


def _file(image: Image, kind: str) -> str:
    small = image.copy()
    small.thumbnail((SIDE, SIDE))
    buffer = BytesIO()
    small.save(buffer, kind)
    return b64encode(buffer.getvalue()).decode()
