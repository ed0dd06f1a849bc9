"""The messages of problem details: a stable code for each, its status and its English.

Clients translate by the code, and fill in the same values. docs/problems.md lists them.
"""

from __future__ import annotations

MESSAGES: dict[str, tuple[int, str]] = {
    # Who asks
    "api-key-needed": (401, "a key is needed"),
    "api-key-unknown": (401, "unknown key"),
    "api-key-may-only-read": (403, "this key may only read"),
    "server-read-only": (403, "this server is read-only; start it with --write to allow changes"),
    "originals-not-for-readers": (
        403,
        "originals tell where they were taken; read keys get them with --originals",
    ),
    "signature-invalid": (403, "this address has expired, or is not one that this server signed"),
    "foreign-page": (403, "pages of other sites may not call this server (--cors)"),
    "foreign-host": (421, "this server does not answer to that name (--allow-host)"),
    # What is asked for
    "not-found": (404, "nothing here"),
    "method-not-allowed": (405, "this address does not take that method"),
    "item-unknown": (404, "no item {id}"),
    "image-missing": (404, "the image of item {id} is not there"),
    "files-missing": (404, "none of these items has a file"),
    "history-lost": (410, "what has changed since then is not known any more; begin again"),
    "history-not-kept": (501, "the engine of this collection keeps no history of changes"),
    "list-not-ordered": (501, "the engine of this collection lists no items in order"),
    # How it is sent
    "request-cut-off": (400, "the request ended early"),
    "json-broken": (400, "{reason}"),
    "form-broken": (400, "the form cannot be read ({reason})"),
    "request-slow": (408, "the request was not complete within {seconds:g} seconds"),
    "media-type-wrong": (415, "send {expected}"),
    "image-too-large": (413, "too large: at most {megabytes} MB an image"),
    "image-too-many-pixels": (413, "{width} x {height} pixels: at most {megapixels} million"),
    "request-too-large": (413, "too large: at most {megabytes} MB in one request"),
    # What it says
    "request-invalid": (422, "{reason}"),
    "value-invalid": (422, "{field}: {reason}"),
    "part-missing": (422, "the form lacks a part {name!r}, or it is empty"),
    "part-repeated": (422, "the form has two parts {name!r}"),
    "part-unknown": (422, "the form has a part {name!r}; there may be {known}"),
    "upload-unknown": (422, "no file {name!r} in the form; there: {known}"),
    "cursor-invalid": (422, "{field}: not a cursor that this server gave for this list"),
    "page-ambiguous": (422, "cursor, before, since: a page begins at one of them"),
    "month-needs-order": (422, "{field}: for order {order}"),
    "key-not-shown": (422, "{key}: not shown by this server, and no filter or order here"),
    "item-is-text": (422, "item {id} is a text; only images are described"),
    "metadata-too-long": (422, "metadata: at most {most:,} characters"),
    "text-too-long": (422, "text: {length:,} characters; at most {most:,} are read"),
    "image-unusable": (422, "the image cannot be used: {reason}"),
    "regions-missing": (409, "there are no regions here; the collection needs index --regions"),
    "folder-needed": (409, "images can only be added to a collection in a folder"),
    # How the server is
    "busy": (429, "too much to do; try again in a second"),
    "memory-full": (429, "too much to read; try again"),
    "listeners-full": (429, "too many clients listen; try again later"),
    "unexpected": (500, "unexpected error; the server's log says more"),
    "starting-or-stopping": (503, "starting or stopping"),
    "model-changed": (503, "{reason}"),
    "collection-unavailable": (503, "the collection cannot be used at the moment"),
    "answer-slow": (504, "no answer within {seconds:g} seconds"),
    "disk-full": (507, "the server's disk is full"),
    # Queries that make no sense: their English is that of the library, which says more
    "query-invalid": (422, "{reason}"),
    "query-empty": (422, "the query is empty"),
    "terms-cancel-out": (422, "the terms of the query cancel each other out"),
    "condition-invalid": (422, "condition {condition!r} is not 'key=value'"),
    "key-unknown": (422, "no item has a key {key!r}"),
    "types-differ": (422, "the values of {key!r} are of another type than {value!r}"),
    "near-invalid": (422, "near {near!r}: write latitude,longitude,distance"),
    "coordinates-missing": (422, "no item has coordinates: nothing is near"),
}
"""Status and English by code."""
