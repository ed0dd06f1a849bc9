"""Duplicates: images that the collection has in several versions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from visavis.duplicates import DuplicateReport, Group
from visavis.server import limits
from visavis.server.auth import READ
from visavis.server.duplicates import Progress
from visavis.server.openapi import errors
from visavis.server.responses import item_json, json_response
from visavis.server.schemas.responses import ItemResponse
from visavis.server.state import ServerState, StateDep
from visavis.types import Item

router = APIRouter(dependencies=[READ], tags=["items"])

Alike = Literal["picture", "near"]


class DuplicateParameters(BaseModel):
    """Parameters of a search for duplicates, in the address."""

    model_config = ConfigDict(extra="forbid")

    alike: Alike = "picture"
    limit: Annotated[int, Field(ge=1, le=limits.RESULTS)] = 100


class DuplicateItem(ItemResponse):
    """An image of a group; `files` is in how many places its very bytes were found.

    `similarity` is that of its vector to the vector of the group's first image.
    """

    similarity: float
    files: int
    bytes: int | None


class DuplicateGroup(BaseModel):
    """Images that show the same, the one with the most pixels first.

    `alike` is `near` for images that are nearly the same, `picture` for versions of one picture.
    """

    alike: Alike
    items: list[DuplicateItem]


class DuplicateProgress(BaseModel):
    """How many images have been looked at; `total` is 0 until it is known."""

    done: int
    total: int


class DuplicatesResponse(BaseModel):
    """Groups of images, `total` of them in all; `progress` is null when all have been found.

    Until then there are no groups: ask again after a second. `left_out` counts files that are
    gone, have changed since they were indexed, or cannot be read.
    """

    groups: list[DuplicateGroup]
    total: int
    left_out: int
    progress: DuplicateProgress | None


@router.get(
    "/duplicates",
    response_model=DuplicatesResponse,
    responses=errors(401, 422, 429, 503, 504),
)
async def list_duplicates(
    state: StateDep, asked: Annotated[DuplicateParameters, Query()]
) -> Response:
    """Find images that are there in several versions: resized, re-encoded, or nearly the same.

    The first request starts the search, and each tells how far it is.
    """
    return json_response(await state.queries.run(_duplicates, state, asked))


def _duplicates(state: ServerState, asked: DuplicateParameters) -> dict[str, Any]:
    found = state.duplicates.ask(state.collection, asked.alike)
    if isinstance(found, Progress):
        progress = {"done": found.done, "total": found.total}
        return {"groups": [], "total": 0, "left_out": 0, "progress": progress}
    groups = [group for group in found.groups if len(_ids(group)) > 1]
    shown = groups[: asked.limit]
    items = {i.id: i for i in state.collection.get([i for group in shown for i in _ids(group)])}
    return {
        "groups": [_group_json(group, items) for group in shown],
        "total": len(groups),
        "left_out": _left_out(found),
        "progress": None,
    }


def _ids(group: Group) -> list[str]:
    """Return the ids of a group, best first; files of the same bytes are one item."""
    return list(dict.fromkeys(member.id for member in group.members))


def _group_json(group: Group, items: dict[str, Item]) -> dict[str, Any]:
    about = {member.id: member for member in group.members}
    files = [member.id for member in group.members]
    return {
        "alike": "near" if group.level == "near" else "picture",
        "items": [
            {
                **item_json(items[item_id]),
                "similarity": about[item_id].similarity,
                "files": files.count(item_id),
                "bytes": about[item_id].bytes,
            }
            for item_id in _ids(group)
            if item_id in items
        ],
    }


def _left_out(report: DuplicateReport) -> int:
    return len(report.gone) + len(report.changed) + len(report.unreadable)
