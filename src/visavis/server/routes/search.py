"""Search, describe and embed."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

from fastapi import APIRouter, Response
from pydantic import BaseModel

from visavis.collection import image_id
from visavis.queries import DEFAULT_FUSION, Query, parse_filter, sort_key
from visavis.relevance import relevance_cut
from visavis.server import limits
from visavis.server.auth import READ
from visavis.server.filters import filter_of, refuse_hidden
from visavis.server.openapi import errors, query_body
from visavis.server.problems import Problem
from visavis.server.request_body import BodyDep, RequestBody
from visavis.server.responses import caption_images, hit_json, json_response
from visavis.server.schemas.requests import DescribeRequest, EmbedRequest, SearchRequest
from visavis.server.schemas.responses import DescribeResponse, EmbedResponse, SearchResponse
from visavis.server.state import ServerState, StateDep
from visavis.server.terms import image_query_of, query_of
from visavis.types import Filter, Hit, Hits, Modality

router = APIRouter(dependencies=[READ], tags=["search"])
_ERRORS = errors(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503, 504)
Model = TypeVar("Model", bound=BaseModel)


@router.post(
    "/search",
    response_model=SearchResponse,
    responses=_ERRORS,
    openapi_extra=query_body(SearchRequest),
)
async def search(body: BodyDep, state: StateDep) -> Response:
    """Find the images, or the texts, that fit a query best."""
    return json_response(await state.queries.run(_search, state, body))


@router.post(
    "/describe",
    response_model=DescribeResponse,
    responses=_ERRORS,
    openapi_extra=query_body(DescribeRequest),
)
async def describe(body: BodyDep, state: StateDep) -> Response:
    """Find the texts that describe an image best."""
    return json_response(await state.queries.run(_describe, state, body))


@router.post(
    "/embed",
    response_model=EmbedResponse,
    responses=_ERRORS,
    openapi_extra=query_body(EmbedRequest),
)
async def embed(body: BodyDep, state: StateDep) -> Response:
    """Return the unit vector of a query: the weighted sum of its terms."""
    return json_response(await state.queries.run(_embed, state, body))


@dataclass(frozen=True, slots=True)
class _Search:
    """The arguments of `Collection.search`."""

    query: Query
    k: int
    modality: Modality | None
    where: Filter
    fusion: str = DEFAULT_FUSION
    regions: bool = False
    min_relevance: float | None = None

    def key(self) -> Hashable:
        """Return a cache key that does not hold the bytes of images."""
        terms = tuple((t.weight, t.modality, _digest(t.value), t.box) for t in self.query.terms)
        options = self.fusion, self.regions, self.min_relevance
        return terms, self.k, self.modality, self.where, *options


def _search(state: ServerState, body: RequestBody) -> dict[str, Any]:
    start = perf_counter()
    request = _parse(SearchRequest, body)
    query = query_of(request, state, body)
    if request.regions and not state.stats()[1].regions:
        raise Problem("regions-missing")
    skip = _offset(request.cursor)
    hits = _hits(
        state,
        _Search(
            query,
            min(skip + request.k + 1, limits.DEPTH),
            request.modality,
            filter_of(request.where, request.lang),
            request.fusion or DEFAULT_FUSION,
            request.regions,
            request.min_relevance,
        ),
    )
    page, more = hits[skip : skip + request.k], hits[skip + request.k :]
    return {
        "hits": _hits_json(state, _sorted(state, request, page)),
        "cursor": _cursor(skip + request.k) if more else None,
        "exact": hits.exact,
        "unknown_words": state.collection.unknown_words(query),
        "relevance_cut": relevance_cut(state.collection.encoder),
        "took_ms": round(1000 * (perf_counter() - start), 2),
    }


def _describe(state: ServerState, body: RequestBody) -> dict[str, Any]:
    request = _parse(DescribeRequest, body)
    query = image_query_of(request, state, body)
    hits = _hits(state, _Search(query, request.k, "text", parse_filter(lang=request.lang)))
    return {"hits": _hits_json(state, hits)}


def _embed(state: ServerState, body: RequestBody) -> dict[str, Any]:
    query = query_of(_parse(EmbedRequest, body), state, body)
    collection = state.collection
    vector = collection.vector(query)
    store = collection.store
    return {"model": store.model_id, "dim": store.dim, "vector": vector.astype(float).tolist()}


def _parse(model: type[Model], body: RequestBody) -> Model:
    """Read a request from JSON or from the field `query` of a form."""
    if not body.is_form:
        return model.model_validate_json(body.json)
    query = body.part("query")
    if unknown := body.fields.keys() - {"query"}:
        raise Problem("part-unknown", name=min(unknown), known="query, and files")
    if query is None:
        raise Problem("part-missing", name="query")
    return model.model_validate_json(query)


def _sorted(state: ServerState, request: SearchRequest, hits: Sequence[Hit]) -> Sequence[Hit]:
    if request.sort is None:
        return hits
    refuse_hidden(sort_key(request.sort))
    return state.collection.sorted(Hits(hits), request.sort, request.modality)


def _hits(state: ServerState, search: _Search) -> Hits:
    """Search, or return the cached hits of the same search at this generation."""
    key = state.collection.store.generation, search.key()
    known = state.hits.get(key)
    if known is not None:
        state.metrics.cached.inc()
        return known
    found = state.collection.search(
        search.query,
        search.k,
        search.modality,
        search.where,
        fusion=search.fusion,
        regions=search.regions,
        min_relevance=search.min_relevance,
    )
    state.hits.put(key, found)
    return found


def _hits_json(state: ServerState, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    images = caption_images(state.collection, hits)
    return [hit_json(hit, images.get(hit.id)) for hit in hits]


def _digest(value: str | bytes) -> str:
    return image_id(value) if isinstance(value, bytes) else value


def _cursor(offset: int) -> str | None:
    if offset >= limits.DEPTH:
        return None
    return urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        offset = int(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii"))
    except ValueError:
        offset = -1
    if not 0 < offset < limits.DEPTH:
        raise Problem("cursor-invalid", field="cursor")
    return offset
