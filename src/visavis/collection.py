"""Collections: images and texts with their vectors, at one location, to be searched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CollectionError, ImageError, ModelMismatchError, QueryError, reason
from visavis.moments import Moments
from visavis.queries import (
    DEFAULT_FUSION,
    FUSIONS,
    LinearQuery,
    MomentsOf,
    Query,
    Term,
    Terms,
    Where,
    check_filter,
    image,
    in_order,
    parse_filter,
    text,
)
from visavis.queries.algebra import check_unicode
from visavis.relevance import check_least, with_relevance
from visavis.stores import Record, Stats, VectorStore, create_store, engine_of, open_store
from visavis.types import Box, Filter, Hits, Item, Modality, Pixels, Vectors

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

    Without a model, the one that ships with visavis is used. It is loaded when it is first
    needed. One collection may serve several threads. `len` counts the items that can be
    found. Once closed, a collection raises CollectionError.
    """

    def __init__(self, store: VectorStore, encoder: Encoder | None = None) -> None:
        self.store = store
        self._encoder = encoder
        self._sizes: dict[Modality, tuple[int, int]] = {}
        if encoder:
            self._check(encoder)

    @classmethod
    def open(cls, location: str | Path, model: Encoder | str | Path | None = None) -> Self:
        """Open the collection in a folder or at the URL of a database server.

        A `model` is an encoder or what `load_encoder` takes. Raises CollectionError if there is
        no collection that can be read, ModelMismatchError if it was made with another model.
        """
        encoder = None if model is None else _load(model)
        store = open_store(str(location))
        try:
            return cls(store, encoder)
        except BaseException:
            store.close()
            raise

    @classmethod
    def create(cls, location: str | Path, model: Encoder | str | Path | None = None) -> Self:
        """Make an empty collection; raises CollectionError if there is one already."""
        encoder = _load(model)
        return cls(create_store(str(location), encoder.id, encoder.dim), encoder)

    @classmethod
    def open_or_create(
        cls, location: str | Path, model: Encoder | str | Path | None = None
    ) -> Self:
        """Open the collection there, or make one if there is none."""
        engine = engine_of(str(location))
        if engine.exists(str(location)):
            return cls.open(location, model)
        try:
            return cls.create(location, model)
        except CollectionError:
            if engine.exists(str(location)):  # another process was faster
                return cls.open(location, model)
            raise

    def __len__(self) -> int:
        return self.store.count()

    def __repr__(self) -> str:
        return f"<Collection {self.store.location!r} of model {self.store.model_id!r}>"

    @property
    def encoder(self) -> Encoder:
        """The model; raises ModelMismatchError if the vectors are not its own."""
        if self._encoder is None:
            encoder = _load(None)
            self._check(encoder)
            self._encoder = encoder
        return self._encoder

    def _check(self, encoder: Encoder) -> None:
        if (encoder.id, encoder.dim) != (self.store.model_id, self.store.dim):
            raise ModelMismatchError(
                f"{self.store.location}: made with model {self.store.model_id!r}, and cannot be "
                f"used with {encoder.id!r}: name its own model, migrate it with `index "
                "--reencode`, or index into a new collection"
            )

    def search(
        self,
        query: Query | str | Path,
        k: int = 10,
        modality: Modality | None = "image",
        where: Where = (),
        *,
        fusion: str = DEFAULT_FUSION,
        regions: bool = False,
        min_relevance: float | None = None,
        exact: bool = False,
        sort: str | None = None,
    ) -> Hits:
        """Return the k images (or texts, or both for None) nearest to the query, best first.

        A string is a text, a Path an image. `where` are conditions on metadata that must all
        hold, such as `["split=train", "width>=800"]`. The score of a query of one term is a
        cosine; several terms are joined by a `fusion`: see `visavis.queries.fusion`. With
        `regions` an image is as good as its best region, which is the hit's `box`, or as the
        full image if that is better, without a box. A large collection may have an approximate
        index, which `exact` leaves aside; the hits' own `exact` says whether all were compared.

        Images found by one text have a `relevance`, if the model was calibrated: how probable it
        is that such a score belongs to an image that fits, and not to the best of as many images
        that do not. Hits below `min_relevance` are left out. Other hits have none: it was not
        measured for texts, for regions, and for queries of an image or of several terms.

        `sort`, such as `taken` or `-taken` (descending), puts these k best hits in the order of
        a value of their metadata; those without it come last.

        Raises QueryError for a wrong argument, terms that cancel out, and a condition that nothing
        can meet (an unknown key, a number compared with texts) if nothing is found; ImageError for
        an image that cannot be opened, UnknownNameError for an unknown fusion, and
        CollectionError if there are no regions.
        """
        if k < 1:
            raise QueryError(f"k is {k}; ask for at least 1 result")
        if modality not in {*get_args(Modality), None}:
            raise QueryError(f"modality {modality!r}: ask for 'image', 'text' or None")
        fuse, conditions = FUSIONS.get(fusion), parse_filter(where)
        query = _query(query)
        check_least(min_relevance, self.encoder, query, modality, regions=regions)
        terms = self._encode(query.terms)
        total = _total(terms)
        if len(terms.vectors) == 1:
            one = total[np.newaxis]
            (hits,) = self.store.search(one, k, modality, conditions, regions=regions, exact=exact)
            hits = self._explained(hits, modality, conditions)
            if not regions:
                hits = self._relevant(hits, query, min_relevance or 0)
            return self.sorted(hits, sort, modality) if sort is not None else hits

        def search(each: Modality) -> Hits:
            linear = fuse(terms, self._moments_of(each, regions=regions))
            one, length = _unit(linear.vector)
            (hits,) = self.store.search(one, k, each, conditions, regions=regions, exact=exact)
            scored = (replace(hit, score=_score(linear, length * hit.score)) for hit in hits)
            return Hits(scored, exact=hits.exact)

        parts = [search(each) for each in ((modality,) if modality else get_args(Modality))]
        hits = self._explained(Hits.merged(parts, k), modality, conditions)
        return self.sorted(hits, sort, modality) if sort is not None else hits

    def sorted(self, hits: Hits, sort: str, modality: Modality | None = None) -> Hits:
        """Return hits in the order of a value of their metadata, as `search` does."""
        ordered = in_order(hits, sort, lambda: self.store.metadata_types(modality))
        return Hits(ordered, exact=hits.exact)

    def _relevant(self, hits: Hits, query: Query, least: float) -> Hits:
        """Return the hits with their relevance, those of at least `least`."""
        known = with_relevance(hits, self.encoder, query, lambda: self._size("image"))
        return Hits((hit for hit in known if (hit.relevance or 0) >= least), exact=hits.exact)

    def unknown_words(self, query: Query | str | Path) -> list[str]:
        """Return the words of a query that the model has not learned, so far as it can tell."""
        words = (word for text in _query(query).texts for word in self.encoder.unknown_words(text))
        return list(dict.fromkeys(words))

    def _size(self, modality: Modality) -> int:
        """Count the items of a modality, once for each generation."""
        generation = self.store.generation
        known = self._sizes.get(modality)
        if known is None or known[0] != generation:
            known = self._sizes[modality] = generation, self.store.size(modality)
        return known[1]

    def _explained(self, hits: Hits, modality: Modality | None, where: Filter) -> Hits:
        """Return the hits; if there are none, raise QueryError for a filter that cannot be met."""
        if not hits and where and self.store.count(modality):
            check_filter(where, self.store.metadata_types(modality))
        return hits

    def _moments_of(self, ranked: Modality, *, regions: bool) -> MomentsOf:
        @cache  # for one search: the same may be asked for twice
        def of(modality: Modality, *, with_regions: bool) -> Moments:
            return self.store.moments(modality, regions=with_regions)

        def moments(modality: Modality | None = None) -> Moments:
            return of(modality or ranked, with_regions=regions and modality is None)

        return moments

    def describe(self, source: str | Path | bytes, k: int = 5, where: Where = ()) -> Hits:
        """Return the k texts nearest to an image: a file, or the bytes of one."""
        return self.search(image(source), k, "text", where)

    def vector(self, query: Query | str | Path) -> Vectors:
        """Return the unit vector (dim,) of a query: the weighted sum of its terms."""
        return _total(self._encode(_query(query).terms))

    def _encode(self, terms: Sequence[Term]) -> Terms:
        texts = [str(term.value) for term in terms if term.modality == "text"]
        images = [self._image(term.value, term.box) for term in terms if term.modality == "image"]
        vectors = np.empty((len(terms), self.encoder.dim), np.float32)
        is_text = np.array([term.modality == "text" for term in terms])
        if texts:
            vectors[is_text] = self.encoder.encode_texts(texts)
        if images:
            vectors[~is_text] = self.encoder.encode_images(images)
        weights = np.array([term.weight for term in terms])
        modalities = [term.modality for term in terms]
        return Terms(vectors, weights, modalities, self.encoder.text_mean)

    def _image(self, source: str | bytes, box: Box | None = None, name: str = "") -> Pixels:
        from visavis.images import open_image

        opened = open_image(source, size=self.encoder.image_size, box=box, name=name)
        return self.encoder.prepare(opened)

    def add_image(
        self,
        image: str | Path | bytes,
        source: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> Item:
        """Add one image: a file, or the bytes of one. For many files there is `index`.

        `source` says where it comes from: by default the file's absolute path, for bytes the
        item's id. Raises ImageError, and CollectionError for metadata that JSON cannot hold,
        such as NaN.
        """
        data = image if isinstance(image, bytes) else _read(Path(image))
        name = image_id(data)
        file = "" if isinstance(image, bytes) else str(Path(image).absolute())
        source = source or file or name
        try:
            vector = self.encoder.encode_images([self._image(data, name=file)])[0]
        except ImageError as error:
            raise ImageError(source, error.reason) from error
        return self._add(Item(name, "image", source, None, metadata or {}), vector)

    def add_text(
        self, text: str, source: str = "", metadata: Mapping[str, Any] | None = None
    ) -> Item:
        """Add one text. `source` says where it comes from: by default its id.

        `lang` in the metadata is part of what the text is: "chat" in French and in English are
        two items; "FR" is kept as "fr". Raises QueryError for a text that is empty or not UTF-8,
        and CollectionError for metadata that JSON cannot hold, such as NaN.
        """
        if not text.strip():
            raise QueryError("the text is empty")
        check_unicode(text)
        metadata = lower_language(metadata or {})
        name = text_id(text, str(metadata.get("lang", "")))
        vector = self.encoder.encode_texts([text])[0]
        return self._add(Item(name, "text", source or name, text, metadata), vector)

    def _add(self, item: Item, vector: Vectors) -> Item:
        self.store.upsert([Record(item, vector)])
        return item

    def get(self, ids: Sequence[str]) -> list[Item]:
        """Return the items that exist, in the order asked."""
        return self.store.get(ids)

    def items(self, modality: Modality | None = None) -> Iterator[Item]:
        """Iterate over the items that can be found, in order of their ids.

        Ids are hashes, so the first ones are a fair sample, and the same every time.
        """
        page = self.store.ids(modality)
        while page:
            yield from self.store.get(page)
            page = self.store.ids(modality, after=page[-1])

    def remove(self, *, ids: Iterable[str] = (), sources: Iterable[str] = ()) -> int:
        """Remove items by id, and sources; return how many items are gone for good.

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
    """Return the id of an image: a hash of the bytes of its file."""
    return hashlib.sha256(data).hexdigest()[:32]


def lower_language(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata with `lang`, the code of a language, in lower case, as filters ask for it."""
    lang = metadata.get("lang")
    return {**metadata, "lang": lang.strip().lower()} if isinstance(lang, str) else dict(metadata)


def text_id(text: str, lang: str = "") -> str:
    """Return the id of a text in a language: a hash of both."""
    return hashlib.sha256(f"{lang}\n{text}".encode()).hexdigest()[:32]


def _total(terms: Terms) -> Vectors:
    """Return the unit vector (dim,) of the weighted sum; raises QueryError if there is none."""
    weights = terms.weights / np.abs(terms.weights).max()
    total = weights @ terms.vectors
    length = np.linalg.norm(total)
    if length < _NOTHING_LEFT * np.abs(weights).sum():
        raise QueryError(
            "the terms of the query cancel each other out: nothing to look for", "terms-cancel-out"
        )
    unit: Vectors = (total / length).astype(np.float32)
    return unit


def _unit(vector: NDArray[np.float64]) -> tuple[Vectors, float]:
    """Return a vector as one row of unit length (1, dim), and its length."""
    length = float(np.linalg.norm(vector)) or 1.0
    return (vector / length).astype(np.float32)[np.newaxis], length


def _score(query: LinearQuery, product: float) -> float:
    return round(query.score(product), 6)


def _query(query: Query | str | Path) -> Query:
    if isinstance(query, str):
        return text(query)
    if isinstance(query, Path):
        return image(query)
    if not isinstance(query, Query):
        raise QueryError(f"query {query!r}: give a text, a Path, or a sum of text(…) and image(…)")
    return query


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ImageError(str(file), reason(error)) from error


def _load(model: Encoder | str | Path | None) -> Encoder:
    from visavis.encoders import load_encoder

    return load_encoder(model)
