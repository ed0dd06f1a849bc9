"""Thumbnails and larger previews: always a new file without EXIF, never the file itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from visavis.images import open_image, thumbnail_jpeg, thumbnail_webp
from visavis.remote import status_of
from visavis.server.state import ServerState, image_file
from visavis.videos import split_moment

LARGEST = 2048
ENCODERS = {"image/jpeg": thumbnail_jpeg, "image/webp": thumbnail_webp}


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """An encoded image and its ETag; `data` is None if the client's copy is current."""

    etag: str
    data: bytes | None


def thumbnail_of(
    state: ServerState, item_id: str, side: int, if_none_match: str, media_type: str
) -> Thumbnail:
    """Return an image scaled to at most `side` pixels a side.

    `media_type` is one of `ENCODERS`. Raises Problem, ImageError.
    """
    file = image_file(state.item(item_id))
    status = status_of(split_moment(file)[0])
    version = f"{item_id} {side} {media_type} {status.size} {status.mtime_ns}"
    etag = f'"{hashlib.sha256(version.encode()).hexdigest()[:32]}"'
    if etag in if_none_match:
        return Thumbnail(etag, None)
    data = state.thumbnails.get(etag)
    if data is None:
        data = ENCODERS[media_type](open_image(file, size=side), side)
        state.thumbnails.put(etag, data)
    return Thumbnail(etag, data)
