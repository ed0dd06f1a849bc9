"""Digital negatives, written by hand: a mosaic that grows brighter to the right, and a preview."""

from __future__ import annotations

import struct

import numpy as np

WIDTH, HEIGHT = 64, 48
_FORMATS = {"B": 1, "s": 2, "H": 3, "I": 4, "R": 5}


def dng(*, preview=b"", orientation=1):
    """Return the bytes of a DNG: little-endian TIFF, the preview in the first directory."""
    mosaic = np.linspace(0, 60_000, WIDTH).astype("<u2")[np.newaxis].repeat(HEIGHT, 0).tobytes()
    raw = [
        (254, "I", 0),
        *_size(WIDTH, HEIGHT, 16),
        (259, "H", 1),
        (262, "H", 32803),
        (273, "I", 8),
        (277, "H", 1),
        (278, "I", HEIGHT),
        (279, "I", len(mosaic)),
        (33421, "H", 2, 2),
        (33422, "B", 0, 1, 1, 2),
        (50717, "I", 65535),
    ]
    about = [
        (271, "s", b"visavis\0"),
        (272, "s", b"test camera\0"),
        (274, "H", orientation),
        (50706, "B", 1, 4, 0, 0),
        (50708, "s", b"visavis test\0"),
    ]
    image_data = mosaic + preview
    if not preview:
        return _tiff(image_data, [sorted(raw + about)])
    first = [
        (254, "I", 1),
        *_size(48, 32, 8),
        (259, "H", 7),
        (262, "H", 6),
        (273, "I", 8 + len(mosaic)),
        (277, "H", 3),
        (278, "I", 32),
        (279, "I", len(preview)),
        *about,
    ]
    return _tiff(image_data, [sorted(first), sorted(raw)])


def _size(width, height, bits):
    return [(256, "I", width), (257, "I", height), (258, "H", bits)]


def _tiff(image_data, directories):
    """Join image data and directories; the second one is a sub-directory of the first."""
    start = 8 + len(image_data) + len(image_data) % 2
    blocks = []
    if len(directories) > 1:
        inner = _directory(directories[1], start)
        blocks.append(inner)
        directories = [sorted([*directories[0], (330, "I", start)])]
        start += len(inner)
    header = struct.pack("<2sHI", b"II", 42, start)
    body = header + image_data + b"\0" * (len(image_data) % 2)
    return body + b"".join(blocks) + _directory(directories[0], start)


def _directory(entries, start):
    """Write one directory that stands at `start`, with its longer values after it."""
    rows, extra = b"", b""
    after = start + 2 + 12 * len(entries) + 4
    for tag, kind, *values in entries:
        data = values[0] if kind == "s" else struct.pack(f"<{len(values)}{kind}", *values)
        count = len(data) if kind == "s" else len(values)
        if len(data) > 4:
            at = struct.pack("<I", after + len(extra))
            extra += data + b"\0" * (len(data) % 2)
        else:
            at = data.ljust(4, b"\0")
        rows += struct.pack("<HHI", tag, _FORMATS[kind], count) + at
    return struct.pack("<H", len(entries)) + rows + bytes(4) + extra
