"""The OpenAPI document: request bodies in two forms, and problem details for every error."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from visavis.server import limits
from visavis.server.problems import MEDIA_TYPE, ProblemDetails
from visavis.server.schemas.requests import (
    DescribeRequest,
    DownloadRequest,
    EmbedRequest,
    MarkManyRequest,
    MarkRequest,
    MetadataValues,
    SearchRequest,
    SignRequest,
    TextItem,
)

_TEMPLATE = "#/components/schemas/{model}"
_MODELS: tuple[type[BaseModel], ...] = (
    SearchRequest,
    DescribeRequest,
    EmbedRequest,
    TextItem,
    MarkRequest,
    MarkManyRequest,
    DownloadRequest,
    SignRequest,
    ProblemDetails,
)
_FILE = {"contentMediaType": "application/octet-stream"}
"""A file in a form, as OpenAPI 3.1 writes it: generators then take a Blob, and no string."""
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` argument of a route that may fail with these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _TEMPLATE.format(model=ProblemDetails.__name__)}}}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": content,
            **({"headers": _RETRY} if status in {429, 503} else {}),
        }
        for status in statuses
    }


def query_body(model: type[BaseModel]) -> dict[str, Any]:
    """Describe a body: JSON, or a form with the JSON in `query` and images beside it."""
    reference = {"$ref": _TEMPLATE.format(model=model.__name__)}
    form = {
        "type": "object",
        "properties": {"query": reference},
        "required": ["query"],
        "additionalProperties": _FILE,
    }
    return _body(reference, form, "query")


def item_body() -> dict[str, Any]:
    """Describe the body that adds an item: a text as JSON, or an image in a form."""
    form = {
        "type": "object",
        "properties": {
            "file": _FILE,
            **_options(),
        },
        "required": ["file"],
        "additionalProperties": False,
    }
    return _body({"$ref": _TEMPLATE.format(model=TextItem.__name__)}, form, "metadata")


def batch_body() -> dict[str, Any]:
    """Describe the body that adds many images: a form."""
    files = {"type": "array", "items": _FILE, "minItems": 1, "maxItems": limits.BATCH_FILES}
    form = {
        "type": "object",
        "properties": {"file": files, **_options()},
        "required": ["file"],
        "additionalProperties": False,
    }
    encoding = {"metadata": {"contentType": "application/json"}}
    content = {"multipart/form-data": {"schema": form, "encoding": encoding}}
    return {"requestBody": {"required": True, "content": content}}


def _options() -> dict[str, Any]:
    location = "Whether to keep where images were taken, if their files tell. Default: false"
    return {
        "metadata": TypeAdapter(MetadataValues).json_schema(),
        "location": {"enum": ["true", "false"], "description": location},
    }


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """Describe a body that is JSON alone."""
    schema = {"$ref": _TEMPLATE.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _body(json: dict[str, Any], form: dict[str, Any], part: str) -> dict[str, Any]:
    encoding = {part: {"contentType": "application/json"}}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": json},
                "multipart/form-data": {"schema": form, "encoding": encoding},
            },
        }
    }


def operation_id(route: APIRoute) -> str:
    """Return the name of an operation in generated clients: `search`, `listItems`."""
    first, *others = route.name.split("_")
    return first + "".join(word.capitalize() for word in others)


def install(app: FastAPI) -> None:
    """Add the schemas of request bodies, and the server, to an application's document."""
    generate = app.openapi

    def completed() -> dict[str, Any]:
        document = generate()
        _, definitions = models_json_schema(
            [(model, "validation") for model in _MODELS], ref_template=_TEMPLATE
        )
        requests = definitions["$defs"]
        for schema in requests.values():
            _explain_defaults(schema)
        document.setdefault("components", {}).setdefault("schemas", {}).update(requests)
        document["components"]["schemas"].pop("JsonValue", None)  # nothing refers to it
        document["servers"] = [{"url": "/", "description": "This server."}]
        return document

    app.openapi = completed  # type: ignore[method-assign]


def _explain_defaults(schema: dict[str, Any]) -> None:
    """Tell defaults in words: generators take a key with a default as one that is always there."""
    for value in schema.get("properties", {}).values():
        if "default" in value:
            default = json.dumps(value.pop("default"))
            value["description"] = f"{value.get('description', '')} Default: {default}.".strip()
