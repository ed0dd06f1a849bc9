"""Answer a search from a request's body: runs in a thread."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

from pydantic import BaseModel

from visavis.queries import DEFAULT_FUSION, Query, parse_filter
from visavis.server import limits
from visavis.server.answers import hit_answer
from visavis.server.asking import Asking, key_of
from visavis.server.bodies import Body
from visavis.server.captions import images_of
from visavis.server.problems import Problem
from visavis.server.schemas import DescribeRequest, EmbedRequest, SearchRequest
from visavis.server.service import Service
from visavis.types import Filter, Hit, Modality

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class _Question:
    """What the collection is asked."""

    query: Query
    k: int
    modality: Modality | None
    where: Filter
    fusion: str = DEFAULT_FUSION
    regions: bool = False

    def key(self) -> Hashable:
        """Return what makes a question the same as another."""
        query = key_of(self.query)
        return query, self.k, self.modality, self.where, self.fusion, self.regions


def search(service: Service, body: Body) -> dict[str, Any]:
    """Return the hits, and a cursor if there are more."""
    start = perf_counter()
    asked = read(SearchRequest, body)
    query = Asking(service.collection, body).query(asked.terms).balanced(asked.balance)
    if asked.regions and not service.stats()[1].regions:
        raise Problem(409, "there are no regions here; the collection needs index --regions")
    skip = _offset(asked.cursor)
    question = _Question(
        query,
        min(skip + asked.k + 1, limits.DEPTH),
        asked.modality,
        parse_filter(asked.where, lang=asked.lang),
        asked.fusion or DEFAULT_FUSION,
        asked.regions,
    )
    hits = _hits(service, question)
    shown, more = hits[skip : skip + asked.k], hits[skip + asked.k :]
    return {
        "hits": _answers(service, shown),
        "cursor": _cursor(skip + asked.k) if more else None,
        "took_ms": round(1000 * (perf_counter() - start), 2),
    }


def describe(service: Service, body: Body) -> dict[str, Any]:
    """Return the texts that describe one image."""
    asked = read(DescribeRequest, body)
    query = Asking(service.collection, body).image(asked)
    question = _Question(query, asked.k, "text", parse_filter(lang=asked.lang))
    return {"hits": _answers(service, _hits(service, question))}


def embed(service: Service, body: Body) -> dict[str, Any]:
    """Return the vector of a query."""
    query = Asking(service.collection, body).query(read(EmbedRequest, body).terms)
    vector = service.collection.vector(query)
    store = service.collection.store
    return {"model": store.model_id, "dim": store.dim, "vector": vector.astype(float).tolist()}


def read(model: type[Model], body: Body) -> Model:
    """Read what a body asks for; raises ValidationError, Problem for a form without it."""
    if not body.is_form:
        return model.model_validate_json(body.json)
    query = body.words("query")
    if query is None or body.fields.keys() - {"query"}:
        raise Problem(422, "a form has one field, query, beside its files")
    return model.model_validate_json(query)


def _hits(service: Service, question: _Question) -> Sequence[Hit]:
    """Search, unless the same was asked since the collection last changed."""
    key = service.collection.store.generation, question.key()
    known = service.answers.get(key)
    if known is not None:
        service.metrics.cached.inc()
        return known
    found = tuple(
        service.collection.search(
            question.query,
            question.k,
            question.modality,
            question.where,
            fusion=question.fusion,
            regions=question.regions,
        )
    )
    service.answers.put(key, found)
    return found


def _answers(service: Service, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    images = images_of(service.collection, hits)
    return [hit_answer(hit, images.get(hit.id)) for hit in hits]


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
        raise Problem(422, "cursor: not one that this server gave")
    return offset
