"""Original files: one image, or many in a zip archive."""

from __future__ import annotations

from pathlib import Path, PurePath

from fastapi import APIRouter, Depends, Response
from starlette.responses import FileResponse, StreamingResponse

from visavis.server.archive import zip_chunks
from visavis.server.auth import Credentials, require_read, scope_of
from visavis.server.openapi import errors, json_body
from visavis.server.problems import Problem
from visavis.server.request_body import BodyDep, RequestBody, json_of
from visavis.server.responses import source_name
from visavis.server.routes.items import ItemId
from visavis.server.schemas.requests import DownloadRequest
from visavis.server.state import ServerState, StateDep, image_file
from visavis.types import Item
from visavis.videos import split_moment


async def require_originals(credentials: Credentials, state: StateDep) -> None:
    """Require a key that may have originals; raises Problem."""
    await require_read(credentials, state)
    keys, settings = state.settings.keys, state.settings
    if keys is not None and not settings.originals and scope_of(keys, credentials) != "write":
        raise Problem("originals-not-for-readers")


router = APIRouter(dependencies=[Depends(require_originals)], tags=["items"])


@router.get(
    "/items/{id}/original",
    response_class=Response,
    responses={
        200: {
            "description": "The file as it is.",
            "content": {"application/octet-stream": {}},
        },
        **errors(401, 403, 404, 422, 429, 503, 504),
    },
)
async def original(id: ItemId, state: StateDep) -> Response:  # noqa: A002 - the name in the URL
    """Return the original file of an image; of a video's moment, the video."""
    name, file = await state.images.run(_original, state, id)
    return FileResponse(
        file,
        media_type="application/octet-stream",  # never shown as a page of this server
        filename=name,
        headers={"Cache-Control": "no-store"},
    )


@router.post(
    "/download",
    response_class=Response,
    responses={
        200: {"description": "A zip archive.", "content": {"application/zip": {}}},
        **errors(400, 401, 403, 404, 408, 413, 415, 422, 429, 503, 504),
    },
    openapi_extra=json_body(DownloadRequest),
)
async def download(body: BodyDep, state: StateDep) -> Response:
    """Return the original files of images in a zip archive, made while it is sent.

    Files that are not there are named in the archive, in not-included.txt.
    """
    files, lacking = await state.images.run(_originals, state, body)
    return StreamingResponse(
        zip_chunks(files, lacking),
        media_type="application/zip",
        headers={
            "Content-Disposition": 'attachment; filename="visavis.zip"',
            "Cache-Control": "no-store",
        },
    )


def _original(state: ServerState, item_id: str) -> tuple[str, Path]:
    return _named(state.item(item_id))


def _originals(state: ServerState, body: RequestBody) -> tuple[list[tuple[str, Path]], list[str]]:
    asked = DownloadRequest.model_validate_json(json_of(body))
    items = state.collection.get(list(dict.fromkeys(asked.ids)))
    found: dict[Path, str] = {}
    lacking = sorted({*asked.ids} - {item.id for item in items})
    for item in items:
        try:
            name, file = _named(item)
            found.setdefault(file, name)
        except Problem:
            lacking.append(source_name(item))
    if not found:
        raise Problem("files-missing")
    return [(name, file) for file, name in found.items()], lacking


def _named(item: Item) -> tuple[str, Path]:
    """Return the name and the file of an image; raises Problem 404."""
    path, moment = split_moment(image_file(item))
    name = source_name(item) if moment is None else path
    return PurePath(name.replace("\\", "/")).name or item.id, Path(path)
