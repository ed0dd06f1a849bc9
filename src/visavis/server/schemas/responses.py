"""Schemas of responses."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from visavis.server.problems import ProblemDetails
from visavis.server.schemas.json_value import Json
from visavis.types import Modality


class MarkManyResponse(BaseModel):
    """How many items were changed; `unknown` are ids that the collection does not have."""

    changed: int
    unknown: list[str]


class SignedThumbnail(BaseModel):
    """An address that needs no key, relative to that of the request."""

    id: str
    url: str


class SignedThumbnails(BaseModel):
    """Signed addresses, valid until `expires` in Unix time; `unknown` are no images here."""

    thumbnails: list[SignedThumbnail]
    expires: int
    unknown: list[str]


class ItemResponse(BaseModel):
    """An item; `source` is a name, never a path, `image` the image that a caption describes."""

    id: str
    modality: Modality
    source: str
    text: str | None
    image: str | None
    metadata: dict[str, Json]
    width: int | None
    height: int | None


class ListedItem(ItemResponse):
    """An item of a list; `date` is when it was taken or added, whichever the list is ordered by.

    `thumbnail` is an address relative to that of the list.
    """

    date: str | None
    thumbnail: str | None


class ListResponse(BaseModel):
    """A page of items; `cursor` in the next request continues after them."""

    items: list[ListedItem]
    cursor: str | None


class BatchResult(BaseModel):
    """What became of an image, by the name of its file: its item, or why it was refused.

    `status` is 201 for a new item, 200 for one that was there, or that of the problem.
    """

    name: str
    status: int
    item: ItemResponse | None
    problem: ProblemDetails | None


class BatchResponse(BaseModel):
    """What became of each image, in the order of the form."""

    results: list[BatchResult]
    added: int
    refused: int


class ItemChange(BaseModel):
    """What has become of an item; one that was removed is null.

    An item may be told as added though you have it, if it was removed and has come back.
    """

    id: str
    change: Literal["added", "changed", "removed"]
    item: ItemResponse | None


class ChangesResponse(BaseModel):
    """A page of changes; `cursor` is where the next one begins, at once if there is `more`."""

    changes: list[ItemChange]
    cursor: str
    more: bool


class MonthCount(BaseModel):
    """How many items are of a month, such as 2026-05."""

    month: str
    count: int


class TimelineResponse(BaseModel):
    """Counts by month, the first month first; `undated` have no date. Months without are left out.

    To begin with a month, ask for `order=taken&since=MONTH`, or for `order=-taken&before=` the
    month after it.
    """

    months: list[MonthCount]
    undated: int
    total: int


class HitResponse(ItemResponse):
    """A hit; `box` is the region that was found, [x, y, width, height] in pixels.

    `relevance` is how probable it is that the image fits: 0.5 means that such a score is as
    common for the best image where something fits as where nothing does. It is null for texts,
    for regions, for queries that are not one text, and for models that are not calibrated.
    """

    score: float
    box: tuple[int, int, int, int] | None
    relevance: float | None


class SearchResponse(BaseModel):
    """Hits, best first; `cursor` in the next request continues after them.

    `exact` tells whether all vectors were compared, or the candidates of an approximate index.

    `unknown_words` are words of the query that the model does not know. Hits of a relevance below
    `relevance_cut` probably do not fit; it is null for models that are not calibrated.
    """

    hits: list[HitResponse]
    cursor: str | None
    exact: bool
    took_ms: float
    unknown_words: list[str]
    relevance_cut: float | None


class DescribeResponse(BaseModel):
    """Texts, best first."""

    hits: list[HitResponse]


class EmbedResponse(BaseModel):
    """A unit vector."""

    model: str
    dim: int
    vector: list[float]


class Indexing(BaseModel):
    """Progress of an index run."""

    done: int
    total: int


class CollectionResponse(BaseModel):
    """The collection; `generation` grows with every change."""

    name: str
    model: str
    dim: int
    languages: list[str]
    images: int
    texts: int
    regions: int
    missing: int
    writable: bool
    generation: int
    indexing: Indexing | None


class Point(BaseModel):
    """An item on the map."""

    id: str
    x: float
    y: float
    modality: Literal["image", "text"]


class MapResponse(BaseModel):
    """A map of the collection, x and y in [0, 1]."""

    points: list[Point]
    sampled: bool
    total: int


class ValueCount(BaseModel):
    """How many items have a value."""

    value: str | float | bool
    count: int


class MetadataField(BaseModel):
    """A metadata key with few values."""

    key: str
    values: list[ValueCount]


class FieldsResponse(BaseModel):
    """Metadata that results can be filtered by."""

    fields: list[MetadataField]


class HealthResponse(BaseModel):
    """Health of the server."""

    status: Literal["ok"]
