"""Small and large views of an image, encoded anew: without EXIF, and never the file itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from visavis.images import open_image, thumbnail_jpeg
from visavis.server.asking import find_item, image_file
from visavis.server.service import Service

LARGEST = 2048


@dataclass(frozen=True, slots=True)
class View:
    """A JPEG and its ETag; no bytes if the client has it already."""

    etag: str
    data: bytes | None


def view(service: Service, name: str, side: int, known: str) -> View:
    """Return an image no side of which is longer than `side`; raises Problem, ImageError.

    `known` is what the client said it has in If-None-Match.
    """
    file = image_file(find_item(service.collection, name))
    status = file.stat()
    state = f"{name} {side} {status.st_size} {status.st_mtime_ns}"
    etag = f'"{hashlib.sha256(state.encode()).hexdigest()[:32]}"'
    if etag in known:
        return View(etag, None)
    data = service.thumbnails.get(etag)
    if data is None:
        data = thumbnail_jpeg(open_image(file, size=side), side)
        service.thumbnails.put(etag, data)
    return View(etag, data)
