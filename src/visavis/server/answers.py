"""Items and hits as the API tells of them: names instead of paths, only numbers JSON has."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import PurePath
from typing import Any

from starlette.responses import Response

from visavis.types import Hit, Item, Metadata

_PATHS = {"folder", "image"}
"""Metadata that would tell where files lie on the server."""


def hit_answer(hit: Hit, image: str | None = None) -> dict[str, Any]:
    """Return a hit as JSON values."""
    box = [hit.box.x, hit.box.y, hit.box.width, hit.box.height] if hit.box else None
    return {**item_answer(hit, image), "score": round(float(hit.score), 6), "box": box}


def item_answer(item: Item | Hit, image: str | None = None) -> dict[str, Any]:
    """Return an item as JSON values; `image` is the id of the image a caption belongs to."""
    return {
        "id": item.id,
        "modality": item.modality,
        "source": _name(item),
        "text": item.text,
        "image": image,
        "metadata": visible(item.metadata),
        "width": _length(item.metadata.get("width")),
        "height": _length(item.metadata.get("height")),
    }


def visible(metadata: Metadata) -> dict[str, Any]:
    """Return the metadata that may leave the server."""
    return {key: _finite(value) for key, value in metadata.items() if key not in _PATHS}


def answer(value: Any, status: int = 200) -> Response:
    """Return an answer that no one but the client keeps."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(
        body.encode(), status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _name(item: Item | Hit) -> str:
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
