"""What was added, changed and removed since a client last asked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from visavis.errors import ExpiredError
from visavis.server.auth import READ
from visavis.server.cursors import read_cursor, write_cursor
from visavis.server.openapi import errors
from visavis.server.problems import Problem
from visavis.server.responses import caption_images, item_json, json_response
from visavis.server.schemas.requests import ChangesParameters
from visavis.server.schemas.responses import ChangesResponse
from visavis.server.state import ServerState, StateDep
from visavis.stores import Bookmark, FollowableStore

router = APIRouter(dependencies=[READ], tags=["items"])
_KINDS = (int, str, bool, int, bool, int)


@router.get(
    "/changes",
    response_model=ChangesResponse,
    responses=errors(401, 410, 422, 429, 501, 503, 504),
)
async def list_changes(state: StateDep, asked: Annotated[ChangesParameters, Query()]) -> Response:
    """Return what was added, changed and removed since a cursor; without one, all items.

    Each item is named once, as it is now. While there is `more`, ask at once with the new cursor;
    keep the last one. A cursor that is too old, or of another collection, is answered with 410:
    begin again without one, and drop items that you are not told of.
    """
    return json_response(await state.images.run(_changes, state, asked))


def _changes(state: ServerState, asked: ChangesParameters) -> dict[str, Any]:
    store = state.collection.store
    if not isinstance(store, FollowableStore):
        raise Problem("history-not-kept")
    after = None if asked.since is None else _bookmark(asked.since)
    try:
        page = store.changes(after, asked.limit)
    except ExpiredError:
        raise Problem("history-lost") from None
    items = [each.item for each in page.changes if each.item]
    images = caption_images(state.collection, items)
    return {
        "changes": [
            {
                "id": each.id,
                "change": each.kind,
                "item": item_json(each.item, images.get(each.id)) if each.item else None,
            }
            for each in page.changes
        ],
        "cursor": _cursor(page.bookmark),
        "more": page.more,
    }


def _cursor(mark: Bookmark) -> str:
    return write_cursor(
        [mark.seen, mark.mark, mark.first, mark.generation, mark.is_item, mark.number]
    )


def _bookmark(cursor: str) -> Bookmark:
    parts = read_cursor(cursor)
    if [type(part) for part in parts] != list(_KINDS) or not all(
        -(2**63) <= part < 2**63 for part in parts if isinstance(part, int)
    ):
        raise Problem("cursor-invalid", field="since")
    return Bookmark(*parts)
