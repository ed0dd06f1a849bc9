"""Schemas of requests: bodies, and parameters in the address."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, WithJsonSchema

from visavis.server import limits
from visavis.server.schemas.json_value import Json
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


Number: TypeAlias = Annotated[int | float, WithJsonSchema({"type": "number"})]
"""A number as it was sent: as floats, whole ones would become 4.0, and long ones lose digits."""
Mark: TypeAlias = str | Number | bool | None
MarkValues: TypeAlias = Annotated[
    dict[str, Mark | list[str | Number | bool]], Field(max_length=limits.METADATA)
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


class DownloadRequest(_Strict):
    """Images whose original files are asked for."""

    ids: Annotated[list[ItemId], Field(min_length=1, max_length=limits.MANY)]


class SignRequest(_Strict):
    """Images whose thumbnails are to have signed addresses, valid for some `seconds`."""

    model_config = _examples({"ids": [_AN_ID], "size": 256, "seconds": 3600})

    ids: Annotated[list[ItemId], Field(min_length=1, max_length=limits.MANY)]
    size: Literal[128, 192, 256, 512] = 256
    seconds: Annotated[int, Field(ge=60, le=604_800)] = 3600
