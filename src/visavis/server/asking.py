"""From terms of a request to a query: items, uploads and base64 become images and texts."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from visavis.collection import Collection, image_id
from visavis.images import measure
from visavis.queries import Query, Term
from visavis.server import limits, schemas
from visavis.server.bodies import Body, Upload
from visavis.server.problems import Problem
from visavis.types import Box, Item


@dataclass(frozen=True, slots=True)
class Asking:
    """Reads terms with a collection's items and a request's files at hand."""

    collection: Collection
    body: Body

    def query(self, terms: Sequence[schemas.Term]) -> Query:
        """Return the query that terms mean; raises Problem and QueryError."""
        return Query(tuple(self._term(term) for term in terms))

    def image(self, asked: schemas.DescribeRequest) -> Query:
        """Return the query for the one image of a request; raises Problem."""
        given = asked.model_dump(exclude_none=True, exclude={"k", "lang", "box"})
        if len(given) != 1:
            raise Problem(422, "name one image: item, upload or image_base64")
        if asked.item is not None:
            term: schemas.ImageTerm = schemas.ItemTerm(item=asked.item, box=asked.box)
        elif asked.upload is not None:
            term = schemas.UploadTerm(upload=asked.upload, box=asked.box)
        else:
            term = schemas.Base64Term(image_base64=asked.image_base64 or "", box=asked.box)
        query = self.query([term])
        if query.terms[0].modality != "image":
            raise Problem(422, f"item {asked.item} is a text; only images are described")
        return query

    def _term(self, term: schemas.Term) -> Term:
        if isinstance(term, schemas.TextTerm):
            return Term(term.weight, "text", term.text)
        box = Box(*term.box) if term.box else None
        if isinstance(term, schemas.ItemTerm):
            return self._item(term, box)
        if isinstance(term, schemas.UploadTerm):
            return Term(term.weight, "image", checked(self._upload(term.upload).data), box)
        return Term(term.weight, "image", checked(_decoded(term.image_base64)), box)

    def _item(self, term: schemas.ItemTerm, box: Box | None) -> Term:
        item = find_item(self.collection, term.item)
        if item.modality == "text":
            if box:
                raise Problem(422, f"item {item.id} is a text; only images have boxes")
            return Term(term.weight, "text", item.text or "")
        return Term(term.weight, "image", str(image_file(item)), box)

    def _upload(self, name: str) -> Upload:
        try:
            return self.body.files[name]
        except KeyError:
            known = ", ".join(map(repr, self.body.files)) or "none"
            raise Problem(422, f"no file {name!r} in the form; there: {known}") from None


def checked(data: bytes) -> bytes:
    """Return the bytes of an image that a client sent; raises ImageError, Problem if too large."""
    if len(data) > limits.UPLOAD_BYTES:
        raise Problem(413, f"too large: at most {limits.UPLOAD_BYTES // 1_000_000} MB an image")
    width, height = measure(data)
    if width * height > limits.UPLOAD_PIXELS:
        most = limits.UPLOAD_PIXELS // 1_000_000
        raise Problem(413, f"{width} x {height} pixels: at most {most} million")
    return data


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise Problem(422, f"image_base64 is not base64: {error}") from None


def find_item(collection: Collection, name: str) -> Item:
    """Return an item of the collection; raises Problem if there is none."""
    items = collection.get([name])
    if not items:
        raise Problem(404, f"no item {name}")
    return items[0]


def image_file(item: Item) -> Path:
    """Return the file of an image in the collection; raises Problem where none is."""
    file = Path(item.source)
    if item.modality != "image" or not file.is_absolute() or not file.is_file():
        raise Problem(404, f"the image of item {item.id} is not there")
    return file


def key_of(query: Query) -> Hashable:
    """Return what makes a query the same as another, without holding its images."""
    return tuple(
        (term.weight, term.modality, _digest(term.value), term.box) for term in query.terms
    )


def _digest(value: str | bytes) -> str:
    return image_id(value) if isinstance(value, bytes) else value
