from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from visavis.server import adding
from visavis.server.access import READ, WRITE, ServiceOf
from visavis.server.answers import answer, item_answer
from visavis.server.asking import find_item
from visavis.server.bodies import BodyOf
from visavis.server.captions import images_of
from visavis.server.limits import RESULTS
from visavis.server.openapi import described, takes_item
from visavis.server.schemas import ID, ItemAnswer, ItemsAnswer
from visavis.server.service import Service
from visavis.types import Modality

router = APIRouter(tags=["items"])
Id = Annotated[str, Path(pattern=ID)]


@router.get(
    "/items",
    response_model=ItemsAnswer,
    responses=described(401, 422, 429, 503, 504),
    dependencies=[READ],
)
async def sample_items(
    service: ServiceOf,
    modality: Annotated[Modality | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=RESULTS)] = 12,
) -> Response:
    """Return some items, always the same: what there is, for someone who has not asked yet."""
    return answer(await service.images.run(_sample, service, modality, limit))


def _sample(service: Service, modality: Modality | None, limit: int) -> dict[str, object]:
    collection = service.collection
    key = "sample", collection.store.generation, modality
    items = service.view(key, lambda: tuple(islice(collection.items(modality), RESULTS)))[:limit]
    images = images_of(collection, items)
    return {"items": [item_answer(item, images.get(item.id)) for item in items]}


@router.get(
    "/items/{id}",
    response_model=ItemAnswer,
    responses=described(401, 404, 422, 429, 503, 504),
    dependencies=[READ],
)
async def get_item(id: Id, service: ServiceOf) -> Response:  # noqa: A002 - the name in the URL
    """Return one item."""
    return answer(await service.queries.run(_item, service, id))


def _item(service: Service, name: str) -> dict[str, object]:
    item = find_item(service.collection, name)
    return item_answer(item, images_of(service.collection, [item]).get(name))


@router.post(
    "/items",
    status_code=201,
    response_model=ItemAnswer,
    responses=described(400, 401, 403, 408, 409, 413, 415, 422, 429, 503, 504),
    dependencies=[WRITE],
    openapi_extra=takes_item(),
)
async def add_item(body: BodyOf, service: ServiceOf) -> Response:
    """Add an image or a text."""
    return answer(await service.writes.run(adding.add, service, body), 201)


@router.delete(
    "/items/{id}",
    status_code=204,
    responses=described(401, 403, 404, 422, 429, 503, 504),
    dependencies=[WRITE],
)
async def remove_item(id: Id, service: ServiceOf) -> Response:  # noqa: A002 - the name in the URL
    """Remove an item from the collection; a file that was indexed stays where it is."""
    await service.writes.run(adding.remove, service, id)
    return Response(status_code=204)
