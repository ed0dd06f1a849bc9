"""Errors as problem details (RFC 9457)."""

from __future__ import annotations

import errno
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
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

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("visavis.server")


class ProblemDetails(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


class Problem(Exception):  # noqa: N818 - the RFC's name
    """An error that is answered with problem details."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})

    def details(self) -> dict[str, Any]:
        """Return the problem details as JSON values."""
        title = HTTPStatus(self.status).phrase
        return ProblemDetails(
            type="about:blank", title=title, status=self.status, detail=self.detail
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
            problem = error
        case HTTPException():
            problem = Problem(error.status_code, error.detail, error.headers)
        case RequestValidationError():
            problem = Problem(422, _first(error.errors()))
        case ValidationError():
            problem = _unreadable(error)
        case QueryError() | UnknownNameError():
            problem = Problem(422, str(error))
        case ImageError():  # its message may name a file of the server
            problem = Problem(422, f"the image cannot be used: {error.reason}")
        case DiskFullError() | OSError(errno=errno.ENOSPC | errno.EDQUOT):
            _log.error("%s", error)
            problem = Problem(507, "the server's disk is full")
        case ModelMismatchError():
            problem = Problem(503, str(error))
        case VisavisError():  # so may the others: log them
            _log.error("%s", error)
            detail = "the collection cannot be used at the moment"
            problem = Problem(503, detail, {"Retry-After": "5"})
        case _:
            _log.error("unexpected error", exc_info=error)
            problem = Problem(500, "unexpected error; the server's log says more")
    return problem


def _unreadable(error: ValidationError) -> Problem:
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    broken = errors[0]["type"] == "json_invalid"
    return Problem(400 if broken else 422, _first(errors))


def _first(errors: Any) -> str:
    where = ".".join(str(part) for part in errors[0]["loc"])
    return f"{where}: {errors[0]['msg']}" if where else str(errors[0]["msg"])


def install(app: FastAPI) -> None:
    """Answer every exception of an application with problem details."""

    async def handle(_: Request, error: Exception) -> Response:
        return problem_of(error).response()

    expected = (Problem, HTTPException, RequestValidationError, ValidationError, VisavisError)
    for kind in (*expected, OSError, Exception):
        app.add_exception_handler(kind, handle)
