"""Read image files ahead of the encoder, in threads."""

from __future__ import annotations

import stat
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from visavis.collection import image_id
from visavis.datasets import Skipped
from visavis.encoders import Encoder
from visavis.errors import ImageError, reason
from visavis.images import open_image
from visavis.stores import Stamp
from visavis.threads import map_ahead
from visavis.types import Item, Metadata, Pixels
from visavis.videos import split_moment

_EARLIEST, _LATEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image file to be read: its path, its stamp and the metadata known beforehand."""

    path: str
    stamp: Stamp
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Reading:
    """An item and its content for the encoder: prepared pixels, or the text itself."""

    item: Item
    stamp: Stamp | None
    content: Pixels | str


def stamp_of(path: str) -> Stamp:
    """Return the stamp of a file, also of a moment in it.

    Raises OSError, also if it is not a regular file.
    """
    status = Path(split_moment(path)[0]).stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(None, "not a regular file")
    # Broken clocks write dates that no 64-bit number of nanoseconds holds.
    return Stamp(status.st_size, max(_EARLIEST, min(status.st_mtime_ns, _LATEST)))


def read_ahead(
    files: Sequence[ImageFile], encoder: Encoder, threads: int, ahead: int
) -> Generator[Reading | Skipped, None, None]:
    """Yield the reading of each file, in order, with up to `ahead` files read in threads."""
    work = partial(read, encoder=encoder)
    return map_ahead(work, files, threads=threads, ahead=ahead - 1)


def read(file: ImageFile, encoder: Encoder) -> Reading | Skipped:
    """Read one image file; return Skipped, with the reason, if that is impossible."""
    try:
        data = Path(file.path).read_bytes()
        image = open_image(data, size=encoder.image_size, name=file.path)
        pixels = encoder.prepare(image)
    except ImageError as error:
        return Skipped(file.path, error.reason)
    except OSError as error:
        return Skipped(file.path, reason(error))
    except MemoryError:
        return Skipped(file.path, "does not fit in memory")
    metadata = {**metadata_of(file, image.info["full_size"]), **file.metadata}
    return Reading(Item(image_id(data), "image", file.path, None, metadata), file.stamp, pixels)


def metadata_of(file: ImageFile, size: tuple[int, int]) -> dict[str, Any]:
    """Return what is known of a file and an image in it of (width, height) pixels."""
    path = Path(file.path)
    return {
        "name": path.name,
        "folder": str(path.parent),
        "width": size[0],
        "height": size[1],
        "bytes": file.stamp.size,
        "modified": _date(file.stamp.mtime_ns),
    }


def _date(mtime_ns: int) -> str:
    try:
        return datetime.fromtimestamp(mtime_ns / 1e9, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return "unknown"  # some disks hold dates far beyond any calendar
