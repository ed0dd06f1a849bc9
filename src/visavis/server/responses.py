"""JSON responses: items and hits with names instead of paths, and only numbers that JSON has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite
from pathlib import PurePath
from typing import Any

from starlette.responses import Response

from visavis.collection import Collection
from visavis.types import Hit, Item, Metadata

HIDDEN = {"folder", "image", "latitude", "longitude"}
"""Metadata keys that hold paths of the server, or the very spot where a photograph was taken."""


def json_response(value: Any, status: int = 200) -> Response:
    """Return a response of JSON that caches must not store."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(
        body.encode(), status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def item_json(item: Item | Hit, image: str | None = None) -> dict[str, Any]:
    """Return an item as JSON values; `image` is the id of the image that a caption describes."""
    return {
        "id": item.id,
        "modality": item.modality,
        "source": source_name(item),
        "text": item.text,
        "image": image,
        "metadata": visible(item.metadata),
        "width": _length(item.metadata.get("width")),
        "height": _length(item.metadata.get("height")),
    }


def hit_json(hit: Hit, image: str | None = None) -> dict[str, Any]:
    """Return a hit as JSON values."""
    box = [hit.box.x, hit.box.y, hit.box.width, hit.box.height] if hit.box else None
    score = round(float(hit.score), 6)
    return {**item_json(hit, image), "score": score, "box": box, "relevance": hit.relevance}


def caption_images(collection: Collection, items: Sequence[Item | Hit]) -> dict[str, str]:
    """Return the id of the image that each caption describes, where it is known.

    Datasets name the image by the path of its file.
    """
    paths = {item.id: item.metadata.get("image") for item in items if item.modality == "text"}
    wanted = sorted({path for path in paths.values() if isinstance(path, str)})
    if not wanted:
        return {}
    states = collection.store.states(wanted)
    return {item_id: states[path].id for item_id, path in paths.items() if path in states}


def visible(metadata: Metadata) -> dict[str, Any]:
    """Return metadata without paths of the server and without coordinates."""
    return {key: _finite(value) for key, value in metadata.items() if key not in HIDDEN}


def source_name(item: Item | Hit) -> str:
    """Return what an item is called: the name of its file, never a path."""
    name = item.metadata.get("name") if item.modality == "image" else None
    return name if isinstance(name, str) else PurePath(item.source).name


def _length(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list) else value
