"""Images and thumbnails."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from visavis.server.auth import READ
from visavis.server.openapi import errors
from visavis.server.routes.items import ItemId
from visavis.server.state import ServerState, StateDep
from visavis.server.thumbnails import LARGEST, thumbnail_of

_SECONDS = 3600
_JPEG, _WEBP = "image/jpeg", "image/webp"
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The image.", "content": {_JPEG: {}}},
    304: {"description": "The client's copy is current."},
    **errors(401, 404, 422, 429, 503, 504),
}
_THUMBNAIL_RESPONSES = {
    **_RESPONSES,
    200: {"description": "The image.", "content": {_JPEG: {}, _WEBP: {}}},
}

router = APIRouter(dependencies=[READ], tags=["items"])
IfNoneMatch = Annotated[str, Header(alias="If-None-Match", max_length=1000)]
Accept = Annotated[str, Header(max_length=1000)]


class Side(IntEnum):
    """The longest side of a thumbnail."""

    SMALL = 128
    TILE = 192
    MEDIUM = 256
    LARGE = 512


@router.get("/items/{id}/thumbnail", response_class=Response, responses=_THUMBNAIL_RESPONSES)
async def thumbnail(
    id: ItemId,  # noqa: A002 - the name in the URL
    state: StateDep,
    size: Annotated[Side, Query()] = Side.MEDIUM,
    if_none_match: IfNoneMatch = "",
    accept: Accept = "",
) -> Response:
    """Return a small JPEG, or a WebP of two thirds of its bytes to clients that accept it."""
    response = await _respond(state, id, size, if_none_match, _WEBP if _WEBP in accept else _JPEG)
    response.headers["Vary"] = "Accept"
    return response


@router.get("/items/{id}/image", response_class=Response, responses=_RESPONSES)
async def image(id: ItemId, state: StateDep, if_none_match: IfNoneMatch = "") -> Response:  # noqa: A002
    """Return the image, upright, as a JPEG of at most 2048 pixels a side."""
    return await _respond(state, id, LARGEST, if_none_match)


async def _respond(
    state: ServerState, item_id: str, side: int, if_none_match: str, media_type: str = _JPEG
) -> Response:
    found = await state.images.run(thumbnail_of, state, item_id, side, if_none_match, media_type)
    headers = {"ETag": found.etag, "Cache-Control": f"private, max-age={_SECONDS}"}
    if found.data is None:
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=media_type, headers=headers)
