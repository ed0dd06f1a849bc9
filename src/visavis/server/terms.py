"""Queries of requests: terms that name items, uploads or images in base64."""

from __future__ import annotations

from visavis.images import measure
from visavis.queries import Query, TermSource, decode_image, image, text
from visavis.server import limits
from visavis.server.problems import Problem
from visavis.server.request_body import RequestBody
from visavis.server.schemas.requests import DescribeRequest, EmbedRequest, SearchRequest
from visavis.server.state import ServerState, image_file


def query_of(request: SearchRequest | EmbedRequest, state: ServerState, body: RequestBody) -> Query:
    """Return the query of a request; raises Problem, QueryError and ImageError."""
    data = request.model_dump(mode="json", include={"terms", "balance"}, exclude_none=True)
    return Query.from_json(data, _sources(state, body))


def image_query_of(request: DescribeRequest, state: ServerState, body: RequestBody) -> Query:
    """Return the query for the one image of a request; raises as `query_of` does."""
    sources = _sources(state, body)
    del sources["text"]
    term = request.model_dump(mode="json", include={*sources, "box"}, exclude_none=True)
    query = Query.from_json({"terms": [term]}, sources)
    if query.terms[0].modality != "image":
        raise Problem("item-is-text", id=request.item or "")
    return query


def check_image(data: bytes) -> bytes:
    """Return the bytes of an image from a client; raises ImageError, Problem 413 if too large."""
    if len(data) > limits.UPLOAD_BYTES:
        raise Problem("image-too-large", megabytes=limits.UPLOAD_BYTES // 1_000_000)
    width, height = measure(data)
    if width * height > limits.UPLOAD_PIXELS:
        most = limits.UPLOAD_PIXELS // 1_000_000
        raise Problem("image-too-many-pixels", width=width, height=height, megapixels=most)
    return data


def _sources(state: ServerState, body: RequestBody) -> dict[str, TermSource]:
    """Return what a client's term may name. Never a path: that would read the server's files."""

    def item(item_id: str) -> Query:
        found = state.item(item_id)
        return text(found.text or "") if found.modality == "text" else image(image_file(found))

    def upload(name: str) -> Query:
        if name not in body.files:
            known = ", ".join(map(repr, body.files)) or "none"
            raise Problem("upload-unknown", name=name, known=known)
        return image(check_image(body.files[name].data))

    def image_base64(value: str) -> Query:
        return image(check_image(decode_image(value)))

    return {"text": text, "item": item, "upload": upload, "image_base64": image_base64}
