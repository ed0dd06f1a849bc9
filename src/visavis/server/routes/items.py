"""Items: get, add and remove."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi import Path as PathParameter
from pydantic import TypeAdapter

from visavis.collection import image_id, text_id
from visavis.images import measure
from visavis.server import limits
from visavis.server.auth import READ, WRITE
from visavis.server.openapi import errors, item_body
from visavis.server.problems import Problem
from visavis.server.request_body import BodyDep, RequestBody, Upload
from visavis.server.responses import caption_images, item_json, json_response, visible
from visavis.server.schemas import ID, ItemResponse, MetadataValues, TextItem
from visavis.server.state import ServerState, StateDep
from visavis.server.terms import check_image
from visavis.server.uploads import write_upload
from visavis.types import Item, Metadata

router = APIRouter(tags=["items"])
ItemId = Annotated[str, PathParameter(pattern=ID)]

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
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
    responses=errors(400, 401, 403, 408, 409, 413, 415, 422, 429, 503, 504, 507),
    dependencies=[WRITE],
    openapi_extra=item_body(),
)
async def add_item(body: BodyDep, state: StateDep) -> Response:
    """Add an image or a text; one that is there keeps its metadata, with the given keys changed."""
    return json_response(await state.writes.run(_add, state, body), 201)


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


def _add(state: ServerState, body: RequestBody) -> dict[str, Any]:
    return item_json(_add_image(state, body) if body.is_form else _add_text(state, body))


def _remove(state: ServerState, item_id: str) -> None:
    item = state.item(item_id)
    state.collection.remove(ids=[item_id])
    if item.modality == "image" and state.settings.uploads is not None:
        (state.settings.uploads / item_id).unlink(missing_ok=True)


def _add_text(state: ServerState, body: RequestBody) -> Item:
    item = TextItem.model_validate_json(body.json)
    given = _check_metadata(item.metadata)
    known = _known(state, text_id(item.text, str(given.get("lang", ""))))
    return state.collection.add_text(item.text, metadata={**known, **given})


def _add_image(state: ServerState, body: RequestBody) -> Item:
    if "file" not in body.files or {*body.files, *body.fields} - {"file", "metadata"}:
        raise Problem(422, "a form has one file, file, and may have one field, metadata")
    if state.settings.uploads is None:
        raise Problem(409, "images can only be added to a collection in a folder")
    upload = body.files["file"]
    data = check_image(upload.data)
    given = _check_metadata(_METADATA.validate_json(body.part("metadata") or b"{}"))
    width, height = measure(data)
    facts = {"name": _name(upload), "width": width, "height": height, "bytes": len(data)}
    metadata = {**facts, **_known(state, image_id(data))}
    metadata.update((key, value) for key, value in given.items() if key not in facts)
    # The file is named after its content; the client's name never becomes a path.
    file = state.settings.uploads / image_id(data)
    is_new = write_upload(file, data)
    try:
        return state.collection.add_image(data, str(file), metadata)
    except BaseException:
        if is_new:
            file.unlink(missing_ok=True)
        raise


def _known(state: ServerState, item_id: str) -> dict[str, Any]:
    """Return the metadata of an item that may be there, without the paths of its source."""
    return {
        k: v for item in state.collection.get([item_id]) for k, v in visible(item.metadata).items()
    }


def _check_metadata(metadata: Metadata) -> Metadata:
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise Problem(422, "metadata: NaN and Infinity are not JSON") from None
    if len(text) > limits.METADATA_TEXT:
        raise Problem(422, f"metadata: at most {limits.METADATA_TEXT:,} characters")
    return metadata


def _name(upload: Upload) -> str:
    """Return the client's file name without folders and unprintable characters."""
    last = PurePosixPath(upload.name.replace("\\", "/")).name
    return _UNPRINTABLE.sub("", last)[: limits.NAME] or "image"
