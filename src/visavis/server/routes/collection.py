from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from visavis.indexing import read_progress
from visavis.server import fields
from visavis.server.access import READ, ServiceOf
from visavis.server.answers import answer
from visavis.server.limits import POINTS
from visavis.server.openapi import described
from visavis.server.plotting import plot
from visavis.server.schemas import CollectionAnswer, FieldsAnswer, MapAnswer
from visavis.server.service import Service
from visavis.types import Modality

router = APIRouter(dependencies=[READ], tags=["collection"])
_PROBLEMS = described(401, 422, 429, 503, 504)


@router.get("/collection", response_model=CollectionAnswer, responses=_PROBLEMS)
async def get_collection(service: ServiceOf) -> Response:
    """Say what the collection holds."""
    return answer(await service.queries.run(_collection, service))


def _collection(service: Service) -> dict[str, Any]:
    generation, stats = service.stats()
    folder = service.settings.folder
    progress = read_progress(folder) if folder else None
    return {
        "name": service.settings.name,
        "model": stats.model_id,
        "dim": stats.dim,
        "languages": list(service.collection.encoder.languages),
        "images": stats.images,
        "texts": stats.texts,
        "regions": stats.regions,
        "missing": stats.missing,
        "writable": service.settings.write,
        "generation": generation,
        "indexing": {"done": progress[0], "total": progress[1]} if progress else None,
    }


@router.get("/map", response_model=MapAnswer, responses=_PROBLEMS)
async def get_map(
    service: ServiceOf,
    limit: Annotated[int, Query(ge=1, le=POINTS)] = 5000,
    modality: Annotated[Modality | None, Query()] = None,
) -> Response:
    """Return the collection's items on a plane: what is alike lies close."""
    return answer(await service.images.run(plot, service, limit, modality))


@router.get("/fields", response_model=FieldsAnswer, responses=_PROBLEMS)
async def get_fields(service: ServiceOf) -> Response:
    """List metadata that results can be filtered by."""
    return answer(await service.images.run(fields.list_fields, service))
