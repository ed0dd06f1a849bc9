"""Thumbnails in the terminal: escape sequences that hold the image, and only where they belong."""

import os
import re
import subprocess
import sys
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from visavis.cli.terminal_images import choose_drawing, iterm2, kitty, sixel

VARIABLES = ("KITTY_WINDOW_ID", "LC_TERMINAL", "STY", "TERM", "TERM_PROGRAM", "TMUX")


@pytest.fixture
def image():
    """A picture with noise, so that its PNG needs several chunks."""
    noise = np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8)
    noise[:, :30] = (255, 0, 0)
    return Image.fromarray(noise)


@pytest.fixture
def terminal(monkeypatch):
    """A function that makes this a terminal with certain variables."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def be(**variables):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return be


@pytest.mark.parametrize(
    ("variables", "draw"),
    [
        ({"TERM": "xterm-kitty"}, kitty),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, kitty),
        ({"TERM": "xterm-ghostty"}, kitty),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, kitty),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, iterm2),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, iterm2),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, iterm2),
        ({"TERM": "foot"}, sixel),
        ({"TERM": "xterm-sixel"}, sixel),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "dumb", "LC_TERMINAL": "iTerm2"}, None),
        ({"TERM": "screen-256color", "KITTY_WINDOW_ID": "1", "TMUX": "/tmp/tmux"}, None),
        ({}, None),
    ],
)
def test_a_terminal_tells_by_its_variables(terminal, variables, draw):
    terminal(**variables)
    assert choose_drawing(wanted=None) is draw
    assert choose_drawing(wanted=False) is None
    assert choose_drawing(wanted=True) is (draw or sixel)


def test_nothing_is_drawn_in_a_pipe(terminal, monkeypatch):
    terminal(TERM="xterm-kitty")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert choose_drawing(wanted=True) is None


def test_kitty_gets_a_png_in_chunks(image):
    drawn = kitty(image)
    chunks = re.findall(r"\x1b_G(.*?);(.*?)\x1b\\", drawn)
    assert re.sub(r"\x1b_G.*?\x1b\\", "", drawn) == "\n"
    assert len(chunks) > 2
    assert all(len(data) <= 4096 for _, data in chunks)
    keys = [key for key, _ in chunks]
    assert keys[0] == "a=T,f=100,q=2,r=7,m=1"
    assert set(keys[1:-1]) == {"m=1"}
    assert keys[-1] == "m=0"
    shown = Image.open(BytesIO(b64decode("".join(data for _, data in chunks))))
    assert (shown.format, np.array_equal(shown, image)) == ("PNG", True)


def test_a_small_image_is_one_chunk_for_kitty():
    assert kitty(Image.new("RGB", (4, 4))).startswith("\x1b_Ga=T,f=100,q=2,r=7,m=0;")


def test_iterm2_gets_a_file_inline():
    drawn = iterm2(Image.new("RGB", (1000, 500), "red"))
    (data,) = re.fullmatch(r"\x1b]1337;File=inline=1;height=7:(.*)\a\n", drawn).groups()
    shown = Image.open(BytesIO(b64decode(data)))
    assert (shown.format, shown.size) == ("JPEG", (320, 160))


def test_sixels_are_the_image(image):
    drawn = sixel(image)
    height = 138
    pixels = decoded(drawn)
    expected = image.resize((90 * height // 60, height)).quantize(128).convert("RGB")
    assert pixels.shape == (height, 207, 3)
    assert np.abs(pixels.astype(int) - np.asarray(expected)).max() <= 3  # colours are percents


@pytest.mark.parametrize("size", [(1, 1000), (1000, 1), (1, 1)])
def test_extreme_images_can_be_drawn(size):
    for draw in (kitty, iterm2, sixel):
        assert draw(Image.new("RGB", size, "red")).endswith("\n")


def decoded(drawn):
    """Draw sixels pixel by pixel, as a terminal does."""
    width, height, data = re.fullmatch(
        r'\x1bPq"1;1;(\d+);(\d+)(.*)\x1b\\\n', drawn, re.DOTALL
    ).groups()
    pixels = np.zeros((int(height), int(width), 3), np.uint8)
    palette, colour, x, y = {}, None, 0, 0
    for new, r, g, b, chosen, count, char in re.findall(
        r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|(?:!(\d+))?([?-~$-])", data
    ):
        if new:
            palette[new] = [int(part) * 255 / 100 for part in (r, g, b)]
        elif chosen:
            colour = palette[chosen]
        elif char == "$":
            x = 0
        elif char == "-":
            x, y = 0, y + 6
        else:
            run = int(count or 1)
            for bit in range(6):
                if (ord(char) - 63) >> bit & 1:
                    pixels[y + bit, x : x + run] = colour
            x += run
    return pixels


def test_search_shows_images_below_their_rows(here, shell, terminal):
    terminal(TERM_PROGRAM="iTerm.app")
    (here / "green.png").unlink()
    code, out, err = shell("search", "red")
    lines = re.sub(r"\x1b]1337;.*?\a", "IMAGE", out).splitlines()
    assert (code, err) == (0, "")
    assert lines[0].startswith("1  ")
    assert lines[0].endswith("red.png")
    assert lines[1] == "IMAGE"
    assert out.count("\x1b]1337;") == 2
    assert "no such file or directory" in lines
    assert "\x1b]" not in shell("search", "red", "--no-thumbnails")[1]
    assert "\x1b]" not in shell("search", "red", "--for", "texts")[1]
    assert "\x1b]" not in shell("search", "red", "--json")[1]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_real_terminal_gets_images_and_a_pipe_none(here):
    import pty

    def run(*words, stdout):
        subprocess.run(
            [sys.executable, "-m", "visavis", *words, "--collection", "new"],
            cwd=here,
            env={**os.environ, "TERM": "xterm-kitty", "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            stdout=stdout,
        )

    run("index", ".", stdout=subprocess.DEVNULL)
    with (here / "pipe").open("wb") as pipe:
        run("search", "red", "--thumbnails", "-k", "1", stdout=pipe)
    assert b"\x1b_G" not in (here / "pipe").read_bytes()
    ours, theirs = pty.openpty()
    run("search", "red", "-k", "1", stdout=theirs)
    os.close(theirs)
    assert b"\x1b_Ga=T,f=100" in os.read(ours, 1 << 16)
    os.close(ours)
