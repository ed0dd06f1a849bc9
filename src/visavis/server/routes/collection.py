"""The collection: what it holds, its map, and the metadata to filter by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from visavis.collection import Collection
from visavis.indexing import read_progress
from visavis.marks import ALBUM
from visavis.projection import Projection, project_collection
from visavis.server.auth import READ
from visavis.server.limits import POINTS
from visavis.server.openapi import errors
from visavis.server.responses import json_response, visible
from visavis.server.schemas.responses import CollectionResponse, FieldsResponse, MapResponse
from visavis.server.state import ServerState, StateDep
from visavis.types import Modality

router = APIRouter(dependencies=[READ], tags=["collection"])
_ERRORS = errors(401, 422, 429, 503, 504)

_FIELD_VALUES = 24
"""A field with more values is not listed: its menu would be too long."""
_MARKS = {"favourite", ALBUM}
"""Fields that are listed even with a single value."""
_FIELD_ITEMS = 20_000
"""Items that fields are counted from."""
_FIELD_LENGTH = 80
_FILE_FACTS = {"name", "bytes", "modified", "width", "height", "orientation"}
"""Metadata that `index` writes for every file: exact values of it make poor filters."""


@router.get("/collection", response_model=CollectionResponse, responses=_ERRORS)
async def get_collection(state: StateDep) -> Response:
    """Return the name, model and size of the collection."""
    return json_response(await state.queries.run(_collection, state))


@router.get("/map", response_model=MapResponse, responses=_ERRORS)
async def get_map(
    state: StateDep,
    limit: Annotated[int, Query(ge=1, le=POINTS)] = 5000,
    modality: Annotated[Modality | None, Query()] = None,
) -> Response:
    """Return the collection's items as points on a plane, similar items close together."""
    return json_response(await state.images.run(_map, state, limit, modality))


@router.get("/fields", response_model=FieldsResponse, responses=_ERRORS)
async def get_fields(
    state: StateDep, modality: Annotated[Modality | None, Query()] = None
) -> Response:
    """List the metadata that images, or texts, can be filtered by."""
    return json_response(await state.images.run(_fields, state, modality))


def _collection(state: ServerState) -> dict[str, Any]:
    generation, stats = state.stats()
    folder = state.settings.folder
    progress = read_progress(folder) if folder else None
    return {
        "name": state.settings.name,
        "model": stats.model_id,
        "dim": stats.dim,
        "languages": list(state.collection.encoder.languages),
        "images": stats.images,
        "texts": stats.texts,
        "regions": stats.regions,
        "missing": stats.missing,
        "writable": state.settings.write,
        "generation": generation,
        "indexing": {"done": progress[0], "total": progress[1]} if progress else None,
    }


def _map(state: ServerState, limit: int, modality: Modality | None) -> dict[str, Any]:
    key = "map", state.collection.store.generation, limit, modality
    projected: dict[str, Any] = state.view(
        key, lambda: _map_json(project_collection(state.collection, limit, modality))
    )
    return projected


def _map_json(projection: Projection) -> dict[str, Any]:
    points = [
        {"id": p.id, "x": round(p.x, 4), "y": round(p.y, 4), "modality": p.modality}
        for p in projection.points
    ]
    return {"points": points, "sampled": len(points) < projection.total, "total": projection.total}


def _fields(state: ServerState, modality: Modality | None) -> dict[str, Any]:
    collection = state.collection
    key = "fields", collection.store.generation, modality
    return {"fields": state.view(key, lambda: _count_fields(collection, modality))}


def _count_fields(collection: Collection, modality: Modality | None) -> Sequence[dict[str, Any]]:
    counts: defaultdict[str, Counter[tuple[type, Any]]] = defaultdict(Counter)
    for item in islice(collection.items(modality), _FIELD_ITEMS):
        for name, value in visible(item.metadata).items():
            for each in value if isinstance(value, list) else [value]:
                if name not in _FILE_FACTS and _is_short(each):
                    counts[name][type(each), each] += 1
    return [
        {
            "key": name,
            "values": [{"value": value, "count": n} for (_, value), n in values.most_common()],
        }
        for name, values in sorted(counts.items())
        if len(values) <= _FIELD_VALUES and (len(values) > 1 or name in _MARKS)
    ]


def _is_short(value: object) -> bool:
    return isinstance(value, str | int | float) and len(str(value)) <= _FIELD_LENGTH
