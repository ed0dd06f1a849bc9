"""Adding images that clients upload, with what their files say of themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from visavis.collection import image_id
from visavis.images import read_header
from visavis.places import find_place
from visavis.server import limits
from visavis.server.problems import Problem
from visavis.server.request_body import Upload
from visavis.server.responses import visible
from visavis.server.state import ServerState
from visavis.server.terms import check_image
from visavis.server.uploads import write_upload
from visavis.types import Item, Metadata

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_WHERE = {"latitude", "longitude", "place", "country"}


def add_upload(
    state: ServerState, upload: Upload, given: Metadata, *, location: bool
) -> tuple[Item, bool]:
    """Add an image; return its item, and whether it is new.

    What is embedded in the file becomes its metadata, as `index` does; where it was taken only
    with `location`. An image that is there keeps its metadata, with the `given` keys changed.
    Raises Problem, ImageError and CollectionError.
    """
    if state.settings.uploads is None:
        raise Problem("folder-needed")
    data = check_image(upload.data)
    name = image_id(data)
    facts, embedded = _read(data, upload.name, location=location)
    known = known_metadata(state, name)
    metadata = {**embedded, **facts, **(known or {})}
    metadata.update((key, value) for key, value in given.items() if key not in facts)
    # The file is named after its content; the client's name never becomes a path.
    file = state.settings.uploads / name
    is_new = write_upload(file, data)
    try:
        return state.collection.add_image(data, str(file), metadata), known is None
    except BaseException:
        if is_new:
            file.unlink(missing_ok=True)
        raise


def known_metadata(state: ServerState, item_id: str) -> dict[str, Any] | None:
    """Return the metadata of an item, without the paths of its source; None if it is new."""
    items = state.collection.get([item_id])
    where = {key: items[0].metadata.get(key) for key in _WHERE} if items else {}
    said = {key: value for key, value in where.items() if value is not None}
    return {**said, **visible(items[0].metadata)} if items else None


def check_metadata(metadata: Metadata) -> Metadata:
    """Return the metadata of a client; raises Problem if they are too long or no JSON."""
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise Problem(
            "value-invalid", field="metadata", reason="NaN and Infinity are not JSON"
        ) from None
    if len(text) > limits.METADATA_TEXT:
        raise Problem("metadata-too-long", most=limits.METADATA_TEXT)
    return metadata


def clean_name(name: str) -> str:
    """Return a client's file name without folders and unprintable characters."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return _UNPRINTABLE.sub("", last)[: limits.NAME] or "image"


def _read(data: bytes, name: str, *, location: bool) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Return facts of an image file, and what is embedded in it."""
    (width, height), embedded = read_header(data)
    facts = {"name": clean_name(name), "width": width, "height": height, "bytes": len(data)}
    said = embedded.metadata
    if not location:
        return facts, {key: value for key, value in said.items() if key not in _WHERE}
    place = None
    if "latitude" in said and "place" not in said:
        place = find_place(said["latitude"], said["longitude"])
    named = {"place": place.name, "country": place.country} if place else {}
    return facts, {**named, **said}
