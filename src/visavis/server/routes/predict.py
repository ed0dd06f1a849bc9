"""The protocol of immich's machine-learning service, so far as it encodes images and texts.

Photo servers that speak it can use the model of a collection for their own search. See
https://immich.app/docs/guides/remote-machine-learning.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from fastapi import APIRouter, Response
from starlette.responses import PlainTextResponse

from visavis.images import measure
from visavis.queries import image, text
from visavis.server import limits
from visavis.server.auth import READ
from visavis.server.problems import Problem
from visavis.server.request_body import BodyDep, RequestBody
from visavis.server.responses import json_response
from visavis.server.state import ServerState, StateDep
from visavis.server.terms import check_image

LENGTH = 512
"""Length of the vectors of immich's default model; shorter ones are filled up with zeros.

That changes no inner product and no cosine.
"""
_TASK, _VISUAL, _TEXTUAL = "clip", "visual", "textual"

# The contract is another program's: our OpenAPI document promises nothing about it.
router = APIRouter(include_in_schema=False)


@router.get("/ping")
async def ping() -> Response:
    """Tell that the server runs, in immich's way."""
    return PlainTextResponse("pong")


@router.post("/predict", dependencies=[READ])
async def predict(body: BodyDep, state: StateDep) -> Response:
    """Return the vector of an image or a text."""
    return json_response(await state.queries.run(_predict, state, body))


def _predict(state: ServerState, body: RequestBody) -> dict[str, Any]:
    kind, name = _entry(body.part("entries"))
    if kind == _TEXTUAL:
        return {_TASK: _vector(state, text(_text(body)), name)}
    data = body.part("image")
    if data is None:
        raise Problem("part-missing", name="image")
    width, height = measure(check_image(data))
    vector = _vector(state, image(data), name)
    return {_TASK: vector, "imageHeight": height, "imageWidth": width}


def _entry(entries: bytes | None) -> tuple[str, str]:
    """Return the kind of encoder that a request asks for, and the name of its model."""
    try:
        tasks = json.loads(entries or b"")
        ((kind, entry),) = tasks[_TASK].items()
        name = entry["modelName"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        tasks, kind, name = {}, "", ""
    if tasks.keys() != {_TASK} or kind not in {_VISUAL, _TEXTUAL} or not isinstance(name, str):
        expected = (
            "expected one task as JSON, such as "
            '{"clip": {"visual": {"modelName": "ViT-B-32__openai"}}}, visual or textual'
        )
        raise Problem("value-invalid", field="entries", reason=expected)
    return kind, name


def _text(body: RequestBody) -> str:
    given = (body.part("text") or b"").decode(errors="replace")
    if not given.strip():
        raise Problem("part-missing", name="text")
    if len(given) > limits.TEXT:
        raise Problem("text-too-long", length=len(given), most=limits.TEXT)
    return given


def _vector(state: ServerState, query: Any, model: str) -> str:
    """Return the vector of a query as immich expects it: a list of numbers, in a string."""
    vector = state.collection.vector(query)
    if model != state.collection.store.model_id:
        vector = np.pad(vector, (0, max(0, LENGTH - len(vector))))
    return f"[{','.join(map(str, vector))}]"
