"""Videos, made of still colours."""

from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np

RATE = 10
COLOURS = {"red": (255, 0, 0), "green": (0, 160, 0), "blue": (0, 0, 255), "black": (0, 0, 0)}


def film(path, colours, *, seconds=6, size=(64, 48), codec="mpeg4", format_=None, every=10):
    """Write a video in which each colour fills the right half for some seconds, beside white.

    There is a key frame `every` so many frames.
    """
    import av

    with av.open(str(path), "w", format=format_) as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = every
        for number, colour in enumerate(
            colour for colour in colours for _ in range(seconds * RATE)
        ):
            pixels = np.zeros((size[1], size[0], 3), np.uint8)
            pixels[:] = COLOURS[colour]
            if colour != "black":
                pixels[:, : size[0] // 2] = 255
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def on_its_side(path):
    """Write into an MP4 that it is to be turned by a quarter, as phones do."""
    data = bytearray(path.read_bytes())
    upright = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    place = data.index(upright, data.index(b"tkhd"))
    data[place : place + 36] = turned
    path.write_bytes(bytes(data))
    return path
