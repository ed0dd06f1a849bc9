"""Read image files ahead of the encoder, in threads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from visavis.collection import image_id, text_id
from visavis.datasets import Skipped
from visavis.embedded import Embedded, read_sidecar
from visavis.embedded.sidecar import SUFFIX
from visavis.encoders import Encoder
from visavis.errors import ImageError, reason
from visavis.images import open_image, read_header
from visavis.places import find_place, is_available
from visavis.remote import is_remote, read_bytes, status_of
from visavis.stores import Stamp
from visavis.threads import map_ahead
from visavis.types import Item, Metadata, Pixels
from visavis.videos import split_moment

READER = 1
"""Version of what is read from files beside their pixels: a new one reads all files again."""

_LARGE = 16_000_000
"""Files of more bytes are not read into memory: each thread would hold one."""
_EARLIEST, _LATEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image file to be read: its path, its stamp and the metadata known beforehand.

    `known` is the id of its content if only its metadata are to be read again; `sidecar` is the
    XMP file beside it, if there is one.
    """

    path: str
    stamp: Stamp
    metadata: Metadata
    known: str | None = None
    sidecar: Path | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An item and its content for the encoder: prepared pixels, or the text itself.

    The content is None if only the metadata were read. `texts` are those in an image's file or
    in its side-car; `faults` says what is wrong with the side-car.
    """

    item: Item
    stamp: Stamp | None
    content: Pixels | str | None
    texts: tuple[Item, ...] = ()
    faults: tuple[Skipped, ...] = ()


def stamp_of(path: str, metadata: Metadata | None = None) -> Stamp:
    """Return the stamp of a file, also of a moment in it, to which a dataset adds metadata.

    Raises OSError, also if it is not a regular file.
    """
    status = status_of(split_moment(path)[0])
    if not status.regular:
        raise OSError(None, "not a regular file")
    # Broken clocks write dates that no 64-bit number of nanoseconds holds.
    changed = max(_EARLIEST, min(status.mtime_ns, _LATEST))
    return Stamp(status.size, changed, reading_of(metadata or {}))


def with_sidecar(metadata: Metadata, sidecar: Path) -> Metadata:
    """Add the name, size and time of a side-car to metadata, so that a stamp tells of a change."""
    try:
        status = sidecar.stat()
    except OSError:
        return metadata  # it was here a moment ago
    return {**metadata, SUFFIX: [sidecar.name, status.st_size, status.st_mtime_ns]}


def reading_of(metadata: Metadata, *, with_places: bool | None = None) -> int:
    """Return a number for what is read, and for the metadata that a dataset adds.

    `with_places` says whether places are named; by default, if the extra for it is installed.
    """
    version = 2 * READER + (is_available() if with_places is None else with_places)
    if not metadata:
        return version
    said = json.dumps([version, metadata], sort_keys=True)
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:7])


def is_current(known: Stamp | None, stamp: Stamp, metadata: Metadata) -> bool:
    """Tell whether a file need not be read again.

    Places that were named stay, though the extra that named them is no longer installed.
    """
    if known is None or known == stamp:
        return known == stamp
    return known == replace(stamp, reading=reading_of(metadata, with_places=True))


def read_ahead(
    files: Sequence[ImageFile], encoder: Encoder, threads: int, ahead: int
) -> Generator[Reading | Skipped, None, None]:
    """Yield the reading of each file, in order, with up to `ahead` files read in threads."""
    work = partial(read, encoder=encoder)
    return map_ahead(work, files, threads=threads, ahead=ahead - 1)


def read(file: ImageFile, encoder: Encoder) -> Reading | Skipped:
    """Read one image file; return Skipped, with the reason, if that is impossible."""
    try:
        if file.known:
            return _reading(file, file.known, None, *read_header(file.path))
        name, source = _identify(file)
        image = open_image(source, size=encoder.image_size, name=file.path, embedded=True)
        pixels = encoder.prepare(image)
    except ImageError as error:
        return Skipped(file.path, error.reason)
    except OSError as error:
        return Skipped(file.path, reason(error))
    except MemoryError:
        return Skipped(file.path, "does not fit in memory")
    info = image.info
    return _reading(file, name, pixels, info["full_size"], info["embedded"])


def content_id(path: str) -> str:
    """Return the id of a file: as `image_id`, without reading it into memory; raises OSError."""
    if is_remote(path):
        return image_id(read_bytes(path))
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _identify(file: ImageFile) -> tuple[str, bytes | str]:
    """Return the id of a file and its content, or its path if it is large; raises OSError."""
    if file.stamp.size > _LARGE and not is_remote(file.path):
        return content_id(file.path), file.path
    data = read_bytes(file.path)
    return image_id(data), data


def _reading(
    file: ImageFile, name: str, pixels: Pixels | None, size: tuple[int, int], embedded: Embedded
) -> Reading:
    facts = metadata_of(file, size)
    beside, faults = _read_sidecar(file)
    embedded = embedded.overlaid(beside)
    metadata = {**facts, **_placed(embedded.metadata), **file.metadata}
    # Boxes of regions are computed from these, whatever a dataset calls its columns.
    metadata |= {key: facts[key] for key in ("width", "height")}
    texts = tuple(embedded_texts(file.path, embedded))
    # Without its number it is read again next time, and what is wrong is told again.
    stamp = replace(file.stamp, reading=0) if faults else file.stamp
    item = Item(name, "image", file.path, None, metadata)
    return Reading(item, stamp, pixels, texts, faults)


def _read_sidecar(file: ImageFile) -> tuple[Embedded, tuple[Skipped, ...]]:
    try:
        return (read_sidecar(file.sidecar) if file.sidecar else Embedded()), ()
    except ImageError as error:
        return Embedded(), (Skipped(error.source, error.reason),)


def _placed(metadata: Metadata) -> Metadata:
    """Add the names of the place and its country, unless a person wrote them."""
    if "latitude" not in metadata or "place" in metadata:
        return metadata
    place = find_place(metadata["latitude"], metadata["longitude"])
    return {"place": place.name, "country": place.country, **metadata} if place else metadata


def embedded_texts(path: str, embedded: Embedded) -> Iterator[Item]:
    """Yield the texts in an image file as items; see `visavis.indexing.finding.is_embedded`."""
    for key, texts in embedded.texts.items():
        for text, lang in ((each.text, each.lang) for each in texts):
            source = f"{path}#{key}" + (f"@{lang}" if lang else "")
            metadata = {"image": path, "from": key} | ({"lang": lang} if lang else {})
            yield Item(text_id(text, lang), "text", source, text, metadata)


def metadata_of(file: ImageFile, size: tuple[int, int]) -> dict[str, Any]:
    """Return what is known of a file and an image in it of (width, height) pixels."""
    return {
        **file_names(file.path),
        "width": size[0],
        "height": size[1],
        "bytes": file.stamp.size,
        "modified": _date(file.stamp.mtime_ns),
    }


def file_names(source: str) -> dict[str, str]:
    """Return the names of a file and of its folder, the metadata that follow from where it is."""
    path = Path(source)
    folder = source.rpartition("/")[0] if is_remote(source) else str(path.parent)
    return {"name": path.name, "folder": folder}


def _date(mtime_ns: int) -> str:
    try:
        return datetime.fromtimestamp(mtime_ns / 1e9, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return "unknown"  # some disks hold dates far beyond any calendar
