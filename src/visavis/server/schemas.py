"""What requests and answers look like: from these the OpenAPI document is made."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    field_validator,
)

from visavis.server import limits
from visavis.types import Modality

ID = r"^[0-9a-zA-Z_.-]{1,128}$"
_KINDS = ("text", "item", "upload", "image_base64")

Weight: TypeAlias = Annotated[float, Field(ge=-1000, le=1000)]
Pixel: TypeAlias = Annotated[int, Field(ge=0, le=100_000)]
Side: TypeAlias = Annotated[int, Field(ge=1, le=100_000)]
Rectangle: TypeAlias = tuple[Pixel, Pixel, Side, Side]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=100)]
ItemId: TypeAlias = Annotated[str, Field(pattern=ID)]
Words: TypeAlias = Annotated[str, Field(pattern=r"\S", max_length=limits.TEXT)]
Base64: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
Language: TypeAlias = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Word: TypeAlias = Annotated[str, Field(pattern=r"\S", max_length=limits.CONDITION)]

MetadataValues: TypeAlias = Annotated[dict[str, JsonValue], Field(max_length=limits.METADATA)]


class _Strict(BaseModel):
    """Takes what it says and nothing else: no unknown keys, no "1" for 1, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _Term(_Strict):
    weight: Weight = 1.0

    @field_validator("weight")
    @classmethod
    def _counts(cls, weight: float) -> float:
        if weight == 0:
            raise ValueError("a weight of 0 asks for nothing")
        return weight


class TextTerm(_Term):
    """Words."""

    text: Words


class ItemTerm(_Term):
    """An item of the collection: its image or its text. Only images have boxes."""

    item: ItemId
    box: Rectangle | None = None


class UploadTerm(_Term):
    """An image in the part of the form that has this name."""

    upload: Name
    box: Rectangle | None = None


class Base64Term(_Term):
    """An image in base64."""

    image_base64: Base64
    box: Rectangle | None = None


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
    """What to look for. `balance` goes from images only (0) to texts only (1)."""

    terms: Terms
    k: Annotated[int, Field(ge=1, le=limits.RESULTS)] = 24
    modality: Modality | None = "image"
    where: Annotated[list[Word], Field(max_length=limits.CONDITIONS)] = []
    lang: Language | None = None
    balance: Annotated[float, Field(ge=0, le=1)] = 0.5
    fusion: Name | None = None
    regions: bool = False
    cursor: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] | None = None


class DescribeRequest(_Strict):
    """One image, or a part of it, to find texts for."""

    item: ItemId | None = None
    upload: Name | None = None
    image_base64: Base64 | None = None
    box: Rectangle | None = None
    k: Annotated[int, Field(ge=1, le=limits.RESULTS)] = 5
    lang: Language | None = None


class EmbedRequest(_Strict):
    """Terms whose weighted sum is asked for."""

    terms: Terms


class TextItem(_Strict):
    """A text to add; `lang` in the metadata is part of what the text is."""

    text: Words
    metadata: MetadataValues = {}


class ItemAnswer(BaseModel):
    """An item. `source` is a name, never a path; `image` is the image a caption belongs to."""

    id: str
    modality: Modality
    source: str
    text: str | None
    image: str | None
    metadata: dict[str, JsonValue]
    width: int | None
    height: int | None


class ItemsAnswer(BaseModel):
    """Some items."""

    items: list[ItemAnswer]


class HitAnswer(ItemAnswer):
    """A result; `box` is the part that was found, [x, y, width, height] in pixels."""

    score: float
    box: tuple[int, int, int, int] | None


class SearchAnswer(BaseModel):
    """Results, best first; `cursor` asks for more of them."""

    hits: list[HitAnswer]
    cursor: str | None
    took_ms: float


class DescribeAnswer(BaseModel):
    """Texts, best first."""

    hits: list[HitAnswer]


class EmbedAnswer(BaseModel):
    """A unit vector."""

    model: str
    dim: int
    vector: list[float]


class Indexing(BaseModel):
    """How far an index run is that works beside the server."""

    done: int
    total: int


class CollectionAnswer(BaseModel):
    """What is there; `generation` grows with every change."""

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


class PointAnswer(BaseModel):
    """An item's place on the map."""

    id: str
    x: float
    y: float
    modality: Literal["image", "text"]


class MapAnswer(BaseModel):
    """A map of the collection, x and y in [0, 1]."""

    points: list[PointAnswer]
    sampled: bool
    total: int


class ValueCount(BaseModel):
    """How many items have a value."""

    value: str | float | bool
    count: int


class FieldAnswer(BaseModel):
    """A key of the metadata that has few values."""

    key: str
    values: list[ValueCount]


class FieldsAnswer(BaseModel):
    """What results can be filtered by."""

    fields: list[FieldAnswer]


class HealthAnswer(BaseModel):
    """Whether the server is well."""

    status: Literal["ok"]
