"""Images and thumbnails."""

from __future__ import annotations

from enum import IntEnum
from time import time
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from visavis.server.auth import READ, SIGNED, Credentials
from visavis.server.keys import hash_of
from visavis.server.openapi import errors, json_body
from visavis.server.problems import Problem
from visavis.server.request_body import BodyDep, RequestBody, json_of
from visavis.server.responses import json_response
from visavis.server.routes.items import ItemId
from visavis.server.schemas.requests import SignRequest
from visavis.server.schemas.responses import SignedThumbnails
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
    **errors(403),
    200: {"description": "The image.", "content": {_JPEG: {}, _WEBP: {}}},
}

router = APIRouter(tags=["items"])
IfNoneMatch = Annotated[str, Header(alias="If-None-Match", max_length=1000)]
Accept = Annotated[str, Header(max_length=1000)]


class Side(IntEnum):
    """The longest side of a thumbnail."""

    SMALL = 128
    TILE = 192
    MEDIUM = 256
    LARGE = 512


@router.get(
    "/items/{id}/thumbnail",
    response_class=Response,
    responses=_THUMBNAIL_RESPONSES,
    dependencies=[SIGNED],
)
async def thumbnail(
    id: ItemId,  # noqa: A002 - the name in the URL
    state: StateDep,
    *,
    size: Annotated[Side, Query()] = Side.MEDIUM,
    expires: Annotated[int, Query(ge=0, le=2**40)] = 0,
    signature: Annotated[str | None, Query(max_length=100)] = None,
    if_none_match: IfNoneMatch = "",
    accept: Accept = "",
) -> Response:
    """Return a small JPEG, or a WebP of two thirds of its bytes to clients that accept it.

    An address with a `signature`, see `signThumbnails`, needs no key until it `expires`.
    """
    if signature is not None and not state.signer.is_valid(id, size, expires, signature):
        raise Problem("signature-invalid")
    response = await _respond(state, id, size, if_none_match, _WEBP if _WEBP in accept else _JPEG)
    response.headers["Vary"] = "Accept"
    if signature is not None:  # pages of other sites may show it
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        left = min(_SECONDS, max(0, expires - int(time())))
        response.headers["Cache-Control"] = f"private, max-age={left}"
    return response


@router.post(
    "/thumbnails",
    response_model=SignedThumbnails,
    responses=errors(400, 401, 403, 408, 413, 415, 422, 429, 503, 504),
    dependencies=[READ],
    openapi_extra=json_body(SignRequest),
)
async def sign_thumbnails(body: BodyDep, state: StateDep, credentials: Credentials) -> Response:
    """Sign addresses of thumbnails, for `<img>` in other apps: they hold no key, and expire.

    They end earlier if the key that asked for them is removed.
    """
    key = hash_of(credentials.credentials) if credentials and state.settings.keys else ""
    return json_response(await state.images.run(_sign, state, body, key))


def _sign(state: ServerState, body: RequestBody, key: str) -> dict[str, Any]:
    asked = SignRequest.model_validate_json(json_of(body))
    expires = state.signer.expiry(asked.seconds)
    found = {item.id for item in state.collection.get(asked.ids) if item.modality == "image"}
    ids = list(dict.fromkeys(asked.ids))

    def url(item_id: str) -> str:
        signature = state.signer.sign(item_id, asked.size, expires, key)
        query = f"size={asked.size}&expires={expires}&signature={signature}"
        return f"items/{item_id}/thumbnail?{query}"

    return {
        "thumbnails": [{"id": each, "url": url(each)} for each in ids if each in found],
        "expires": expires,
        "unknown": [each for each in ids if each not in found],
    }


@router.get("/items/{id}/image", response_class=Response, responses=_RESPONSES, dependencies=[READ])
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
