"""Errors as problem details (RFC 9457)."""

from __future__ import annotations

import errno
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError, WithJsonSchema
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from visavis.errors import (
    DiskFullError,
    ImageError,
    ModelMismatchError,
    QueryError,
    UnknownNameError,
    VisavisError,
)
from visavis.server.messages import MESSAGES

MEDIA_TYPE = "application/problem+json"
TYPES = "https://visavis-search.github.io/visavis/problems/#"
"""Where each code is explained."""
_METHOD = 405
_log = logging.getLogger("visavis.server")


Value: TypeAlias = str | int | float
Code: TypeAlias = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(MESSAGES)})]


class ProblemDetails(BaseModel):
    """Problem details (RFC 9457), with what a client needs to say them in its own words.

    `code` does not change; `values` are what `detail` quotes, by name.
    """

    type: str
    title: str
    status: int
    detail: str
    code: Code
    values: dict[str, Value]


class Problem(Exception):  # noqa: N818 - the RFC's name
    """An error that is answered with problem details: a code of `MESSAGES` and its values.

    `detail` says more than the message of the code.
    """

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        **values: Value,
    ) -> None:
        self.status, message = MESSAGES[code]
        self.code, self.values = code, values
        self.detail = message.format(**values) if detail is None else detail
        self.headers = dict(headers or {})
        super().__init__(self.detail)

    def details(self) -> dict[str, Any]:
        """Return the problem details as JSON values."""
        title = HTTPStatus(self.status).phrase
        return ProblemDetails(
            type=TYPES + self.code,
            title=title,
            status=self.status,
            detail=self.detail,
            code=self.code,
            values=self.values,
        ).model_dump()

    def response(self) -> Response:
        """Return it as a response."""
        return JSONResponse(
            self.details(), self.status, headers=self.headers, media_type=MEDIA_TYPE
        )


def problem_of(error: Exception) -> Problem:
    """Return the problem that an exception is answered with."""
    match error:
        case Problem():
            return error
        case HTTPException():
            code = "method-not-allowed" if error.status_code == _METHOD else "not-found"
            return Problem(code, headers=error.headers)
        case RequestValidationError() | ValidationError():
            return _invalid(error.errors())
        case QueryError() | UnknownNameError():
            return _of_query(error)
        case ImageError():  # its message may name a file of the server
            return Problem("image-unusable", reason=error.reason)
    return _of_server(error)


def _of_query(error: QueryError | UnknownNameError) -> Problem:
    if isinstance(error, QueryError) and error.code:
        problem = Problem(error.code, str(error))
        problem.values.update(error.values)
        return problem
    return Problem("query-invalid", reason=str(error))


def _of_server(error: Exception) -> Problem:
    """Return the problem for what no client can do anything about; it is logged."""
    match error:
        case ModelMismatchError():
            return Problem("model-changed", reason=str(error))
        case DiskFullError() | OSError(errno=errno.ENOSPC | errno.EDQUOT):
            _log.error("%s", error)
            return Problem("disk-full")
        case VisavisError() | OSError(errno=errno.EROFS | errno.EACCES | errno.EPERM):
            # its message may name a path
            _log.error("%s", error)
            return Problem("collection-unavailable", headers={"Retry-After": "5"})
    _log.error("unexpected error", exc_info=error)
    return Problem("unexpected")


def _invalid(errors: Any) -> Problem:
    first = errors[0]
    field, reason = ".".join(map(str, first["loc"])), str(first["msg"])
    if first["type"] == "json_invalid":
        return Problem("json-broken", reason=reason)
    if not field:
        return Problem("request-invalid", reason=reason)
    return Problem("value-invalid", field=field, reason=reason)


def install(app: FastAPI) -> None:
    """Answer every exception of an application with problem details."""

    async def handle(_: Request, error: Exception) -> Response:
        return problem_of(error).response()

    expected = (Problem, HTTPException, RequestValidationError, ValidationError, VisavisError)
    for kind in (*expected, OSError, Exception):
        app.add_exception_handler(kind, handle)
