"""Adding many images in one request, one after the other: each is added, or refused by name."""

from __future__ import annotations

from functools import partial
from typing import Any

from visavis.indexing import share_uploads
from visavis.server.adding import add_upload, clean_name
from visavis.server.problems import Problem, problem_of
from visavis.server.request_body import Upload
from visavis.server.responses import item_json
from visavis.server.state import ServerState
from visavis.types import Metadata

_UNAVAILABLE = {429, 503, 504, 507}
"""Statuses that further images of the batch would have as well."""


async def add_batch(
    state: ServerState, uploads: list[Upload], given: Metadata, *, location: bool
) -> list[dict[str, Any]]:
    """Add images; return for each what a client is told of it.

    Other requests that write are answered in between. If the collection cannot be written to,
    the rest is refused without a try.
    """
    results: list[dict[str, Any]] = []
    refusal: Problem | None = None
    with share_uploads(state.settings.folder, len(uploads)) as share:
        for upload in uploads:
            result: dict[str, Any] = {"name": clean_name(upload.name)}
            if refusal is None:
                try:
                    add = partial(add_upload, state, upload, given, location=location)
                    item, is_new = await state.writes.run(add)
                except Exception as error:  # noqa: BLE001 - each becomes a problem
                    problem = problem_of(error)
                    refusal = problem if problem.status in _UNAVAILABLE else None
                    result |= _refused(problem)
                else:
                    result |= {
                        "status": 201 if is_new else 200,
                        "item": item_json(item),
                        "problem": None,
                    }
            else:
                result |= _refused(refusal)
            results.append(result)
            share(len(results))
    return results


def _refused(problem: Problem) -> dict[str, Any]:
    return {"status": problem.status, "item": None, "problem": problem.details()}
