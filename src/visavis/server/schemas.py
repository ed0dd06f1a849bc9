"""Schemas of requests and responses, the source of the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    WithJsonSchema,
)

from visavis.server import limits
from visavis.server.problems import ProblemDetails
from visavis.types import Modality

_AN_ID = "b5bb9d8014a0f9b1d61e21e796d78dcc"
ID = r"^[0-9a-zA-Z_.-]{1,128}$"
CURSOR = r"^[A-Za-z0-9_-]{1,400}$"
Month: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
OrderName: TypeAlias = Literal["id", "-id", "taken", "-taken", "added", "-added"]
_KINDS = ("text", "item", "upload", "image_base64")

Weight: TypeAlias = Annotated[float, Field(ge=-1000, le=1000)]
Pixel: TypeAlias = Annotated[int, Field(ge=0, le=100_000)]
Length: TypeAlias = Annotated[int, Field(ge=1, le=100_000)]
Box: TypeAlias = tuple[Pixel, Pixel, Length, Length]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=100)]
ItemId: TypeAlias = Annotated[str, Field(pattern=ID)]
Text: TypeAlias = Annotated[str, Field(pattern=r"\S", max_length=limits.TEXT)]
Base64: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
Language: TypeAlias = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
ConditionText: TypeAlias = Annotated[str, Field(pattern=r"\S", max_length=limits.CONDITION)]

_JSON: list[dict[str, Any]] = [{"type": kind} for kind in ("string", "number", "boolean", "null")]
_JSON += [{"type": "array", "items": {}}, {"type": "object", "additionalProperties": True}]
Json: TypeAlias = Annotated[JsonValue, WithJsonSchema({"anyOf": _JSON})]
"""Any JSON; its schema says what it may be, where that of JsonValue would say nothing."""
MetadataValues: TypeAlias = Annotated[dict[str, Json], Field(max_length=limits.METADATA)]


class _Strict(BaseModel):
    """Refuses unknown keys, numbers as strings, and NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _examples(*examples: dict[str, Any]) -> ConfigDict:
    """Return the configuration of a schema that shows examples."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


class _Term(_Strict):
    weight: Weight = 1.0


class TextTerm(_Term):
    """A text."""

    text: Text


class ItemTerm(_Term):
    """An item of the collection, image or text; only an image may have a box."""

    item: ItemId
    box: Box | None = None


class UploadTerm(_Term):
    """An image in the form, by the name of its part."""

    upload: Name
    box: Box | None = None


class Base64Term(_Term):
    """An image in base64."""

    image_base64: Base64
    box: Box | None = None


def _kind(value: Any) -> str | None:
    keys = value if isinstance(value, dict) else getattr(value, "model_fields_set", ())
    kinds = [kind for kind in _KINDS if kind in keys]
    return kinds[0] if len(kinds) == 1 else None


ImageTerm: TypeAlias = ItemTerm | UploadTerm | Base64Term
Term: TypeAlias = Annotated[
    Annotated[TextTerm, Tag("text")]
    | Annotated[ItemTerm, Tag("item")]
    | Annotated[UploadTerm, Tag("upload")]
    | Annotated[Base64Term, Tag("image_base64")],
    Discriminator(
        _kind,
        custom_error_type="term",
        custom_error_message="a term has one of text, item, upload or image_base64",
    ),
]
Terms: TypeAlias = Annotated[list[Term], Field(min_length=1, max_length=limits.TERMS)]


class SearchRequest(_Strict):
    """A search; `balance` goes from images only (0) to texts only (1).

    `fusion` joins several terms: `centred` (the default), `calibrated`, `sum`, or that of a plugin.
    `sort` orders the hits of each response, the best ones first found, by a value of their
    metadata: `taken`, or `-taken` for the newest first.
    `min_relevance` leaves out less relevant images; it is for one text and images only.
    """

    model_config = _examples(
        {"terms": [{"text": "a dog"}]},
        {
            "terms": [{"text": "a dog"}, {"text": "snow", "weight": -1}, {"item": _AN_ID}],
            "k": 10,
            "where": ["taken>=2023", "favourite=true"],
            "sort": "-taken",
        },
    )

    terms: Terms
    k: Annotated[int, Field(ge=1, le=limits.RESULTS)] = 24
    modality: Modality | None = "image"
    where: Annotated[list[ConditionText], Field(max_length=limits.CONDITIONS)] = []
    lang: Language | None = None
    balance: Annotated[float, Field(ge=0, le=1)] = 0.5
    fusion: Name | None = None
    regions: bool = False
    sort: Annotated[str, Field(pattern=r"^-?[^-]", max_length=limits.CONDITION)] | None = None
    min_relevance: Annotated[float, Field(ge=0, le=1)] | None = None
    cursor: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] | None = None


class DescribeRequest(_Strict):
    """An image, or a region of it, to find texts for: item, upload or image_base64."""

    model_config = _examples({"item": _AN_ID, "box": [0, 0, 200, 150], "k": 3, "lang": "fr"})

    item: ItemId | None = None
    upload: Name | None = None
    image_base64: Base64 | None = None
    box: Box | None = None
    k: Annotated[int, Field(ge=1, le=limits.RESULTS)] = 5
    lang: Language | None = None


class EmbedRequest(_Strict):
    """A query to embed."""

    model_config = _examples({"terms": [{"text": "a dog"}]})

    terms: Terms


class _Chosen(BaseModel):
    """Which items are meant: those of a modality that meet all conditions."""

    model_config = ConfigDict(extra="forbid")

    modality: Modality | None = None
    where: Annotated[list[ConditionText], Field(max_length=limits.CONDITIONS)] = []
    lang: Language | None = None


class ListParameters(_Chosen):
    """Parameters of a list, in the address."""

    order: OrderName = "id"
    limit: Annotated[int, Field(ge=1, le=limits.RESULTS)] = 12
    cursor: Annotated[str, Field(pattern=CURSOR)] | None = None
    before: Month | None = None
    since: Month | None = None


class TimelineParameters(_Chosen):
    """Parameters of a timeline, in the address."""

    by: Literal["taken", "added"] = "taken"


class ChangesParameters(BaseModel):
    """Parameters of changes, in the address."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[str, Field(pattern=CURSOR)] | None = None
    limit: Annotated[int, Field(ge=1, le=limits.MANY)] = 100


class TextItem(_Strict):
    """A text to add; `lang` in the metadata is its language, and part of its identity."""

    model_config = _examples({"text": "un chien", "metadata": {"lang": "fr"}})

    text: Text
    metadata: MetadataValues = {}


Mark: TypeAlias = str | float | bool | None
MarkValues: TypeAlias = Annotated[
    dict[str, Mark | list[str | float | bool]], Field(max_length=limits.METADATA)
]
Albums: TypeAlias = Annotated[
    list[Annotated[str, Field(pattern=r"\S", max_length=limits.NAME)]],
    Field(max_length=limits.METADATA),
]


class MarkRequest(_Strict):
    """Metadata to set on an item, null to remove it, and albums to put it into or take it out of.

    Filters find it: `favourite=true`, `album=Summer`. It stays when files are indexed again.
    """

    model_config = _examples({"metadata": {"favourite": True}, "add_to_albums": ["Summer"]})

    metadata: MarkValues = {}
    add_to_albums: Albums = []
    remove_from_albums: Albums = []


class MarkManyRequest(MarkRequest):
    """The same for many items."""

    model_config = _examples({"ids": [_AN_ID], "add_to_albums": ["Summer"]})

    ids: Annotated[list[ItemId], Field(min_length=1, max_length=limits.MANY)]


class MarkManyResponse(BaseModel):
    """How many items were changed; `unknown` are ids that the collection does not have."""

    changed: int
    unknown: list[str]


class DownloadRequest(_Strict):
    """Images whose original files are asked for."""

    ids: Annotated[list[ItemId], Field(min_length=1, max_length=limits.MANY)]


class SignRequest(_Strict):
    """Images whose thumbnails are to have signed addresses, valid for some `seconds`."""

    model_config = _examples({"ids": [_AN_ID], "size": 256, "seconds": 3600})

    ids: Annotated[list[ItemId], Field(min_length=1, max_length=limits.MANY)]
    size: Literal[128, 192, 256, 512] = 256
    seconds: Annotated[int, Field(ge=60, le=604_800)] = 3600


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
