from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from visavis.server.access import READ, ServiceOf
from visavis.server.openapi import described
from visavis.server.routes.items import Id
from visavis.server.service import Service
from visavis.server.thumbnails import LARGEST, view

_SECONDS = 3600
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The image.", "content": {"image/jpeg": {}}},
    304: {"description": "The client has it already."},
    **described(401, 404, 422, 429, 503, 504),
}

router = APIRouter(dependencies=[READ], tags=["items"])
Known = Annotated[str, Header(alias="If-None-Match", max_length=1000)]


class Side(IntEnum):
    """The longest side of a thumbnail."""

    SMALL = 128
    MEDIUM = 256
    LARGE = 512


@router.get("/items/{id}/thumbnail", response_class=Response, responses=_RESPONSES)
async def thumbnail(
    id: Id,  # noqa: A002 - the name in the URL
    service: ServiceOf,
    size: Annotated[Side, Query()] = Side.MEDIUM,
    known: Known = "",
) -> Response:
    """Return a small JPEG."""
    return await _answer(service, id, size, known)


@router.get("/items/{id}/image", response_class=Response, responses=_RESPONSES)
async def image(id: Id, service: ServiceOf, known: Known = "") -> Response:  # noqa: A002
    """Return the image, upright, as a JPEG of at most 2048 pixels a side."""
    return await _answer(service, id, LARGEST, known)


async def _answer(service: Service, name: str, side: int, known: str) -> Response:
    found = await service.images.run(view, service, name, side, known)
    headers = {"ETag": found.etag, "Cache-Control": f"private, max-age={_SECONDS}"}
    if found.data is None:
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type="image/jpeg", headers=headers)
