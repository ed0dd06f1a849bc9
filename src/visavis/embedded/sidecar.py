"""XMP side-cars: what photo programs write beside an image that they leave as it is.

`IMG_1.jpg.xmp` belongs to this file alone, as darktable and digiKam write it, `IMG_1.xmp` to all
images of that name, as Lightroom writes it for RAW photographs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis.embedded.read import Embedded, join_tags
from visavis.embedded.xmp import parse_packet, tags_of
from visavis.errors import ImageError, reason

SUFFIX = ".xmp"
MAX_BYTES = 4_000_000
"""Larger side-cars are not read: those of thousands of edits have less."""


def sidecar_of(image: str, sidecars: Mapping[str, Path]) -> Path | None:
    """Return the side-car of an image file among those of its folder, by name without suffix."""
    return sidecars.get(image) or sidecars.get(image.rpartition(".")[0])


def sidecars_beside(image: Path) -> dict[str, Path]:
    """Look for the side-cars that an image file may have, by name without suffix."""
    paths = {name: image.with_name(name + SUFFIX) for name in (image.name, image.stem)}
    return {name: path for name, path in paths.items() if path.is_file()}


def read_sidecar(path: Path) -> Embedded:
    """Read a side-car; raises ImageError for one that is damaged, too large or unreadable."""
    try:
        with path.open("rb") as file:
            packet = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(str(path), reason(error)) from error
    if len(packet) > MAX_BYTES:
        raise ImageError(str(path), f"more than {MAX_BYTES // 1_000_000} MB of XMP; not read")
    try:
        return join_tags(xmp=tags_of(_parsed(packet)))
    except Exception as error:
        why = " ".join(str(error).split())[:100] or type(error).__name__
        raise ImageError(str(path), f"no XMP that can be read ({why})") from error


def _parsed(packet: bytes) -> Mapping[str, Any]:
    """Parse XMP as Pillow does for what is inside of an image."""
    from PIL.Image import Image

    beside = Image()
    beside.info["xmp"] = packet
    return parse_packet(beside)
