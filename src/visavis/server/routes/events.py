"""What happens in the collection, as it happens."""

from __future__ import annotations

from fastapi import APIRouter, Response

from visavis.server.auth import READ
from visavis.server.openapi import errors
from visavis.server.state import StateDep

router = APIRouter(dependencies=[READ], tags=["collection"])


@router.get(
    "/events",
    response_class=Response,
    responses={
        200: {
            "description": "Events without end: `generation` with a number that grows with every "
            "change; `indexing` and `uploading` with how many images are `done` of a `total`, null "
            "when nothing goes on.",
            "content": {"text/event-stream": {}},
        },
        **errors(401, 429, 503),
    },
)
async def events(state: StateDep) -> Response:
    """Tell of every change, and of the progress of `index` and of uploads of many images.

    The first events tell how it is now. Other processes that write are seen as well.
    """
    return state.events.response()
