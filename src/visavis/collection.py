"""Images and texts in one space, kept at a place and searched: the way in for most uses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from visavis.errors import ImageError, ModelMismatchError, QueryError, reason
from visavis.moments import Moments
from visavis.queries import (
    DEFAULT_FUSION,
    FUSIONS,
    LinearQuery,
    MomentsOf,
    Query,
    Term,
    Terms,
    image,
    text,
)
from visavis.stores import Record, Stats, VectorStore, create_store, engine_of, open_store
from visavis.types import Box, Filter, Hit, Item, Modality, Pixels, Vectors

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from visavis.encoders import Encoder

_NOTHING_LEFT = 1e-4
"""A sum this short, next to its terms, is rounding error and points nowhere."""


class Collection:
    """A store of vectors together with the model that makes them.

        with Collection.open("photos.visavis") as photos:
            for hit in photos.search("a dog on the beach"):
                print(hit.score, hit.source)

    Without an encoder, the model that ships with visavis is used. It is not loaded before it
    is needed. One collection may serve several threads.
    """

    def __init__(self, store: VectorStore, encoder: Encoder | None = None) -> None:
        self.store = store
        self._encoder = encoder
        if encoder:
            self._check(encoder)

    @classmethod
    def open(cls, location: str | Path, encoder: Encoder | None = None) -> Self:
        """Open the collection in a folder or at the URL of a database server.

        Raises CollectionError if there is none that can be read, ModelMismatchError if it was
        made with another model.
        """
        store = open_store(str(location))
        try:
            return cls(store, encoder)
        except BaseException:
            store.close()
            raise

    @classmethod
    def create(cls, location: str | Path, encoder: Encoder | None = None) -> Self:
        """Make an empty collection; raises CollectionError if there is one already."""
        encoder = encoder or _bundled()
        return cls(create_store(str(location), encoder.id, encoder.dim), encoder)

    @classmethod
    def open_or_create(cls, location: str | Path, encoder: Encoder | None = None) -> Self:
        """Open the collection there, or make one if there is none."""
        if engine_of(str(location)).exists(str(location)):
            return cls.open(location, encoder)
        return cls.create(location, encoder)

    @property
    def encoder(self) -> Encoder:
        """The model; raises ModelMismatchError if it is not the one the vectors come from."""
        if self._encoder is None:
            encoder = _bundled()
            self._check(encoder)
            self._encoder = encoder
        return self._encoder

    def _check(self, encoder: Encoder) -> None:
        if (encoder.id, encoder.dim) != (self.store.model_id, self.store.dim):
            raise ModelMismatchError(
                f"the collection was made with model {self.store.model_id!r} and cannot be used "
                f"with {encoder.id!r}: name its own model, migrate it with `index --reencode`, "
                "or index into a new collection"
            )

    def search(
        self,
        query: Query | str | Path,
        k: int = 10,
        modality: Modality | None = "image",
        where: Filter = (),
        *,
        fusion: str = DEFAULT_FUSION,
        regions: bool = False,
    ) -> list[Hit]:
        """Return the k images (or texts, or both for None) nearest to the query, best first.

        A string is a text, a Path an image. The score of a query of one term is a cosine;
        several terms are joined by a `fusion`: see `visavis.queries.fusion`. With `regions` an
        image is as good as its best region, which is the hit's `box`, or as its whole, when
        there is no box. Raises QueryError for k < 1 or a query whose terms cancel out, ImageError
        for an image that cannot be opened, UnknownNameError for a fusion nobody knows,
        CollectionError if there are no regions.
        """
        if k < 1:
            raise QueryError(f"k is {k}; ask for at least 1 result")
        fuse = FUSIONS.get(fusion)
        terms = _query(query).terms
        weights = np.array([term.weight for term in terms])
        vectors = self._term_vectors(terms)
        total = _total(vectors, weights)
        if len(terms) == 1:
            one = total[np.newaxis]
            (hits,) = self.store.search(one, k, modality, where, regions=regions)
            return hits
        joint = Terms(vectors, weights, [term.kind for term in terms])
        hits = []
        for each in (modality,) if modality else get_args(Modality):
            linear = fuse(joint, self._moments_of(each, regions=regions))
            hits += self._search_linear(linear, k, each, where, regions=regions)
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:k]

    def _moments_of(self, ranked: Modality, *, regions: bool) -> MomentsOf:
        def moments(modality: Modality | None = None) -> Moments:
            if modality:
                return self.store.moments(modality)
            return self.store.moments(ranked, regions=regions)

        return moments

    def _search_linear(
        self, query: LinearQuery, k: int, modality: Modality, where: Filter, *, regions: bool
    ) -> list[Hit]:
        length = float(np.linalg.norm(query.vector)) or 1.0
        one = (query.vector / length).astype(np.float32)[np.newaxis]
        (hits,) = self.store.search(one, k, modality, where, regions=regions)
        return [replace(hit, score=round(query.score(length * hit.score), 6)) for hit in hits]

    def describe(self, source: str | Path | bytes, k: int = 5, where: Filter = ()) -> list[Hit]:
        """Return the k texts nearest to an image: a file, or the bytes of one."""
        return self.search(image(source), k, "text", where)

    def vector(self, query: Query | str | Path) -> Vectors:
        """Return the unit vector (dim,) of a query: the weighted sum of its terms."""
        terms = _query(query).terms
        return _total(self._term_vectors(terms), np.array([term.weight for term in terms]))

    def _term_vectors(self, terms: Sequence[Term]) -> Vectors:
        texts = [str(term.value) for term in terms if term.kind == "text"]
        images = [self._image(term.value, term.box) for term in terms if term.kind == "image"]
        vectors = np.empty((len(terms), self.encoder.dim), np.float32)
        is_text = np.array([term.kind == "text" for term in terms])
        if texts:
            vectors[is_text] = self.encoder.encode_texts(texts)
        if images:
            vectors[~is_text] = self.encoder.encode_images(images)
        return vectors

    def _image(self, source: str | bytes, box: Box | None = None) -> Pixels:
        from visavis.images import open_image

        opened = open_image(source, size=self.encoder.image_size, box=box)
        return self.encoder.prepare(opened)

    def add_image(
        self,
        image: str | Path | bytes,
        source: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> Item:
        """Add one image: a file, or the bytes of one. For many files there is `index`.

        `source` says where it comes from: by default the file's absolute path, for bytes the
        item's id. Raises ImageError.
        """
        data = image if isinstance(image, bytes) else _read(Path(image))
        name = image_id(data)
        if not source:
            source = name if isinstance(image, bytes) else str(Path(image).absolute())
        try:
            vector = self.encoder.encode_images([self._image(data)])[0]
        except ImageError as error:
            raise ImageError(source, error.reason) from error
        return self._add(Item(name, "image", source, None, metadata or {}), vector)

    def add_text(
        self, words: str, source: str = "", metadata: Mapping[str, Any] | None = None
    ) -> Item:
        """Add one text. `source` says where it comes from: by default its id.

        `lang` in the metadata is part of what the text is: "chat" in French and English are
        two items. Raises QueryError for an empty text.
        """
        if not words.strip():
            raise QueryError("the text is empty")
        name = text_id(words, str((metadata or {}).get("lang", "")))
        vector = self.encoder.encode_texts([words])[0]
        return self._add(Item(name, "text", source or name, words, metadata or {}), vector)

    def _add(self, item: Item, vector: Vectors) -> Item:
        self.store.upsert([Record(item, vector)])
        return item

    def get(self, ids: Sequence[str]) -> list[Item]:
        """Return the items that exist, in the order asked."""
        return self.store.get(ids)

    def items(self, modality: Modality | None = None) -> Iterator[Item]:
        """Yield the items that can be found, in order of their ids.

        Ids are hashes, so the first ones are a fair sample, and the same every time.
        """
        page = self.store.ids(modality)
        while page:
            yield from self.store.get(page)
            page = self.store.ids(modality, after=page[-1])

    def remove(self, *, ids: Iterable[str] = (), sources: Iterable[str] = ()) -> int:
        """Remove items by id, and sources; return how many items are gone.

        An item that has another source stays.
        """
        return self.store.delete(list(ids)) + self.store.forget(list(sources))

    def stats(self) -> Stats:
        """Count what is there."""
        return self.store.stats()

    def close(self) -> None:
        """Release files and connections."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def image_id(data: bytes) -> str:
    """Return the id of an image: the same for the same bytes, wherever they lie."""
    return hashlib.sha256(data).hexdigest()[:32]


def text_id(words: str, lang: str = "") -> str:
    """Return the id of a text in a language."""
    return hashlib.sha256(f"{lang}\n{words}".encode()).hexdigest()[:32]


def _total(vectors: Vectors, weights: NDArray[np.float64]) -> Vectors:
    """Return the unit vector (dim,) of a weighted sum; raises QueryError if there is none."""
    total = weights / np.abs(weights).max() @ vectors
    length = np.linalg.norm(total)
    if length < _NOTHING_LEFT * np.abs(weights).sum() / np.abs(weights).max():
        raise QueryError("the terms of the query cancel each other out: nothing to look for")
    unit: Vectors = (total / length).astype(np.float32)
    return unit


def _query(query: Query | str | Path) -> Query:
    if isinstance(query, str):
        return text(query)
    return image(query) if isinstance(query, Path) else query


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ImageError(str(file), reason(error)) from error


def _bundled() -> Encoder:
    from visavis.encoders import load_encoder

    return load_encoder()
