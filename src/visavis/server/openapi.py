"""The OpenAPI document: request bodies in two forms, and problem details for every error."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from visavis.server.limits import METADATA
from visavis.server.problems import MEDIA_TYPE, ProblemDetails
from visavis.server.schemas import DescribeRequest, EmbedRequest, SearchRequest, TextItem

_TEMPLATE = "#/components/schemas/{model}"
_MODELS: tuple[type[BaseModel], ...] = (
    SearchRequest,
    DescribeRequest,
    EmbedRequest,
    TextItem,
    ProblemDetails,
)
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what FastAPI wants to know of a route's errors."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _TEMPLATE.format(model=ProblemDetails.__name__)}}}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": content,
            **({"headers": _RETRY} if status in {429, 503} else {}),
        }
        for status in statuses
    }


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """Describe a body of JSON, or of a form that holds the JSON in `query` beside images."""
    reference = {"$ref": _TEMPLATE.format(model=model.__name__)}
    form = {
        "type": "object",
        "properties": {"query": reference},
        "required": ["query"],
        "additionalProperties": {"type": "string", "format": "binary"},
    }
    return _body(reference, form, "query")


def takes_item() -> dict[str, Any]:
    """Describe a body that brings an item: a text as JSON, or an image as a form."""
    form = {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "metadata": {"type": "object", "maxProperties": METADATA},
        },
        "required": ["file"],
        "additionalProperties": False,
    }
    return _body({"$ref": _TEMPLATE.format(model=TextItem.__name__)}, form, "metadata")


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


def install(app: FastAPI) -> None:
    """Add to an application's document the models that routes only mention."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        document = plain()
        _, definitions = models_json_schema(
            [(model, "validation") for model in _MODELS], ref_template=_TEMPLATE
        )
        document.setdefault("components", {}).setdefault("schemas", {}).update(definitions["$defs"])
        return document

    app.openapi = whole  # type: ignore[method-assign]
