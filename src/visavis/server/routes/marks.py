"""Marks: metadata that clients set on items, such as albums and favourites."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from visavis.marks import mark
from visavis.server.auth import WRITE
from visavis.server.openapi import errors, json_body
from visavis.server.request_body import BodyDep, RequestBody, json_of
from visavis.server.responses import caption_images, item_json, json_response
from visavis.server.routes.items import ItemId
from visavis.server.schemas.requests import MarkManyRequest, MarkRequest
from visavis.server.schemas.responses import ItemResponse, MarkManyResponse
from visavis.server.state import ServerState, StateDep

router = APIRouter(dependencies=[WRITE], tags=["items"])
_STATUSES = (400, 401, 403, 408, 413, 415, 422, 429, 503, 504, 507)


@router.patch(
    "/items/{id}",
    response_model=ItemResponse,
    responses=errors(*_STATUSES, 404),
    openapi_extra=json_body(MarkRequest),
)
async def mark_item(id: ItemId, body: BodyDep, state: StateDep) -> Response:  # noqa: A002
    """Set metadata of an item, or put it into albums; answer with the item."""
    return json_response(await state.writes.run(_mark_item, state, id, body))


@router.patch(
    "/items",
    response_model=MarkManyResponse,
    responses=errors(*_STATUSES),
    openapi_extra=json_body(MarkManyRequest),
)
async def mark_items(body: BodyDep, state: StateDep) -> Response:
    """Set metadata of many items, or put them into albums, all in one step."""
    return json_response(await state.writes.run(_mark_items, state, body))


def _mark_item(state: ServerState, item_id: str, body: RequestBody) -> dict[str, Any]:
    asked = MarkRequest.model_validate_json(json_of(body))
    state.item(item_id)
    _mark(state, [item_id], asked)
    item = state.item(item_id)
    return item_json(item, caption_images(state.collection, [item]).get(item_id))


def _mark_items(state: ServerState, body: RequestBody) -> dict[str, Any]:
    asked = MarkManyRequest.model_validate_json(json_of(body))
    known = {item.id for item in state.collection.get(asked.ids)}
    changed = _mark(state, asked.ids, asked)
    unknown = [each for each in dict.fromkeys(asked.ids) if each not in known]
    return {"changed": changed, "unknown": unknown}


def _mark(state: ServerState, ids: list[str], asked: MarkRequest) -> int:
    return mark(
        state.collection,
        ids,
        asked.metadata,
        add_to=asked.add_to_albums,
        remove_from=asked.remove_from_albums,
    )
