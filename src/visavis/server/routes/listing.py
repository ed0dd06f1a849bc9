"""The whole collection: page by page in order, and counted by month."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from visavis.queries import check_filter
from visavis.server.auth import READ
from visavis.server.cursors import read_cursor, write_cursor
from visavis.server.filters import filter_of
from visavis.server.openapi import errors
from visavis.server.problems import Problem
from visavis.server.responses import caption_images, item_json, json_response
from visavis.server.schemas.requests import ListParameters, TimelineParameters
from visavis.server.schemas.responses import ListResponse, TimelineResponse
from visavis.server.state import ServerState, StateDep
from visavis.stores import Listed, Order, Place, TimelineStore
from visavis.types import Filter, Modality

router = APIRouter(dependencies=[READ], tags=["items"])
_ERRORS = errors(401, 422, 429, 503, 504)


@router.get("/items", response_model=ListResponse, responses=_ERRORS)
async def list_items(state: StateDep, asked: Annotated[ListParameters, Query()]) -> Response:
    """Return a page of items, by the date they were taken or added; without it they come last.

    By id, the order is that of a fair sample, always the same. A list begins `before` a month if
    the newest come first, and with a month, `since`, if the oldest do.
    """
    return json_response(await state.images.run(_list, state, asked))


@router.get("/timeline", response_model=TimelineResponse, responses=_ERRORS)
async def timeline(state: StateDep, asked: Annotated[TimelineParameters, Query()]) -> Response:
    """Count items by the month they were taken or added in, the first month first."""
    return json_response(await state.images.run(_timeline, state, asked))


def _list(state: ServerState, asked: ListParameters) -> dict[str, Any]:
    order, limit, modality = Order.parse(asked.order), asked.limit, asked.modality
    after, where = _start(order, asked), filter_of(asked.where, asked.lang)
    store = _store(state)
    found = store.listed(order, after, limit + 1, modality, where)
    if not found and after is None:
        _check(store, modality, where)
    page = found[:limit]
    images = caption_images(state.collection, [each.item for each in page])
    return {
        "items": [_listed_json(each, order, images) for each in page],
        "cursor": _cursor(order, page[-1].place) if len(found) > limit else None,
    }


def _timeline(state: ServerState, asked: TimelineParameters) -> dict[str, Any]:
    by, modality, where = asked.by, asked.modality, filter_of(asked.where, asked.lang)
    store = _store(state)
    key = "timeline", store.generation, by, modality, where
    months: dict[str, int] = state.view(key, lambda: store.months(by, modality, where))
    if not months:
        _check(store, modality, where)
    undated = months.get("", 0)
    return {
        "months": [{"month": month, "count": count} for month, count in months.items() if month],
        "undated": undated,
        "total": sum(months.values()),
    }


def _store(state: ServerState) -> TimelineStore:
    store = state.collection.store
    if not isinstance(store, TimelineStore):
        raise Problem("list-not-ordered")
    return store


def _check(store: TimelineStore, modality: Modality | None, where: Filter) -> None:
    """Raise QueryError for a filter that nothing can meet."""
    if where and store.count(modality):
        check_filter(where, store.metadata_types(modality))


def _listed_json(listed: Listed, order: Order, images: dict[str, str]) -> dict[str, Any]:
    """Return an item with its date in this order, and where its thumbnail is."""
    item = listed.item
    return {
        **item_json(item, images.get(item.id)),
        "date": listed.place.value if order.key != "id" else None,
        "thumbnail": f"items/{item.id}/thumbnail" if item.modality == "image" else None,
    }


def _start(order: Order, asked: ListParameters) -> Place | None:
    """Return the place after which a page begins; raises Problem."""
    before, since = asked.before, asked.since
    if (asked.cursor, before, since).count(None) < 2:  # noqa: PLR2004
        raise Problem("page-ambiguous")
    if asked.cursor is not None:
        return _place(order, asked.cursor)
    month, wanted = (before, "-taken or -added") if before else (since, "taken or added")
    if month is None:
        return None
    if order.key == "id" or order.descending is (before is None):
        raise Problem("month-needs-order", field="before" if before else "since", order=wanted)
    return Place(month)


def _cursor(order: Order, place: Place) -> str:
    return write_cursor([order.key, order.descending, place.value, place.number])


def _place(order: Order, cursor: str) -> Place:
    match read_cursor(cursor):
        case [order.key, order.descending, str() | None as value, int() as number] if (
            0 <= number < 2**63
        ):
            return Place(value, number)
    raise Problem("cursor-invalid", field="cursor")
