"""Items: get, add and remove."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi import Path as PathParameter
from pydantic import TypeAdapter

from visavis.collection import lower_language, text_id
from visavis.server.adding import add_upload, check_metadata, known_metadata
from visavis.server.auth import READ, WRITE
from visavis.server.batches import add_batch
from visavis.server.openapi import batch_body, errors, item_body
from visavis.server.problems import Problem
from visavis.server.request_body import BatchBodyDep, BodyDep, RequestBody
from visavis.server.responses import caption_images, item_json, json_response
from visavis.server.schemas.requests import ID, MetadataValues, TextItem
from visavis.server.schemas.responses import BatchResponse, ItemResponse
from visavis.server.state import ServerState, StateDep
from visavis.types import Item, Metadata

router = APIRouter(tags=["items"])
ItemId = Annotated[str, PathParameter(pattern=ID)]

_METADATA: TypeAdapter[dict[str, Any]] = TypeAdapter(MetadataValues)


@router.get(
    "/items/{id}",
    response_model=ItemResponse,
    responses=errors(401, 404, 422, 429, 503, 504),
    dependencies=[READ],
)
async def get_item(id: ItemId, state: StateDep) -> Response:  # noqa: A002 - the name in the URL
    """Return one item."""
    return json_response(await state.queries.run(_get, state, id))


@router.post(
    "/items",
    status_code=201,
    response_model=ItemResponse,
    responses={
        200: {"model": ItemResponse, "description": "The item was there already"},
        **errors(400, 401, 403, 408, 409, 413, 415, 422, 429, 503, 504, 507),
    },
    dependencies=[WRITE],
    openapi_extra=item_body(),
)
async def add_item(body: BodyDep, state: StateDep) -> Response:
    """Add an image or a text; one that is there keeps its metadata, with the given keys changed."""
    answer, is_new = await state.writes.run(_add, state, body)
    return json_response(answer, 201 if is_new else 200)


@router.post(
    "/items/batch",
    response_model=BatchResponse,
    responses=errors(400, 401, 403, 408, 409, 413, 415, 422, 429, 503, 504, 507),
    dependencies=[WRITE],
    openapi_extra=batch_body(),
)
async def add_items(body: BatchBodyDep, state: StateDep) -> Response:
    """Add many images; tell for each that it was added, or why not.

    They are added one after the other, and `GET /events` tells how far it is. One that is there
    keeps its metadata, with the given keys changed.
    """
    if not body.is_form:
        raise Problem("media-type-wrong", expected="multipart/form-data")
    given, location = _options(body)
    if not body.uploads:
        raise Problem("part-missing", name="file")
    results = await add_batch(state, body.uploads, given, location=location)
    refused = sum(each["problem"] is not None for each in results)
    answer = {"results": results, "added": len(results) - refused, "refused": refused}
    return json_response(answer)


@router.delete(
    "/items/{id}",
    status_code=204,
    responses=errors(401, 403, 404, 422, 429, 503, 504, 507),
    dependencies=[WRITE],
)
async def remove_item(id: ItemId, state: StateDep) -> Response:  # noqa: A002 - the name in the URL
    """Remove an item from the collection; a file that was indexed stays where it is."""
    await state.writes.run(_remove, state, id)
    return Response(status_code=204)


def _get(state: ServerState, item_id: str) -> dict[str, object]:
    item = state.item(item_id)
    return item_json(item, caption_images(state.collection, [item]).get(item_id))


def _add(state: ServerState, body: RequestBody) -> tuple[dict[str, Any], bool]:
    """Add an item; return it, and whether it is new."""
    item, is_new = _add_image(state, body) if body.is_form else _add_text(state, body)
    return item_json(item), is_new


def _remove(state: ServerState, item_id: str) -> None:
    item = state.item(item_id)
    state.collection.remove(ids=[item_id])
    if item.modality == "image" and state.settings.uploads is not None:
        (state.settings.uploads / item_id).unlink(missing_ok=True)


def _add_text(state: ServerState, body: RequestBody) -> tuple[Item, bool]:
    item = TextItem.model_validate_json(body.json)
    given = lower_language(check_metadata(item.metadata))
    known = known_metadata(state, text_id(item.text, str(given.get("lang", ""))))
    added = state.collection.add_text(item.text, metadata={**(known or {}), **given})
    return added, known is None


def _add_image(state: ServerState, body: RequestBody) -> tuple[Item, bool]:
    if "file" not in body.files:
        raise Problem("part-missing", name="file")
    given, location = _options(body)
    return add_upload(state, body.files["file"], given, location=location)


def _options(body: RequestBody) -> tuple[Metadata, bool]:
    """Return the metadata in a form, and whether to keep where images were taken."""
    if unknown := {*body.fields, *body.files} - {"file", "metadata", "location"}:
        raise Problem("part-unknown", name=min(unknown), known="file, metadata, location")
    location = body.fields.get("location", "false")
    if location not in {"true", "false"}:
        raise Problem("value-invalid", field="location", reason="true or false")
    given = _METADATA.validate_json(body.part("metadata") or b"{}")
    return check_metadata(given), location == "true"
