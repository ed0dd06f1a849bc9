"""Request bodies, JSON or a form: bounded in size and time, kept in memory only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect

from visavis.server import limits
from visavis.server.body_memory import BodyMemory, too_large
from visavis.server.problems import Problem

_JSON, _FORM = "application/json", "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form, with the name that the client gave it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class RequestBody:
    """JSON, or a form: its fields and files by the names of their parts."""

    is_form: bool
    json: bytes = b""
    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    """All files of a form of many, whose parts may have the same name."""

    def part(self, name: str) -> bytes | None:
        """Return the content of a part, field or file: some clients send JSON as a file."""
        if name in self.files:
            return self.files[name].data
        return self.fields[name].encode(errors="replace") if name in self.fields else None


def json_of(body: RequestBody) -> bytes:
    """Return the JSON of a body; raises Problem 415 for a form."""
    if body.is_form:
        raise Problem("media-type-wrong", expected=_JSON)
    return body.json


class BodyReader:
    """Reads request bodies, and bounds the memory that they use together."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.memory = BodyMemory()

    @asynccontextmanager
    async def reading(self, request: Request, *, many: bool = False) -> AsyncIterator[RequestBody]:
        """Read a body and count its memory until the request has ended; raises Problem.

        A form of `many` files may be larger, and each file is checked where it is used.
        """
        most = limits.BATCH_BYTES if many else limits.BODY_BYTES
        with self.memory.body(_client(request), most) as hold:
            try:
                async with asyncio.timeout(self._seconds):
                    body = await _read(request, hold, most, many=many)
            except ClientDisconnect:
                raise Problem("request-cut-off") from None
            except TimeoutError:
                raise Problem("request-slow", seconds=self._seconds) from None
            yield body


def _client(request: Request) -> str:
    """Return what tells clients apart: their key, or their address where there are no keys."""
    address = request.client.host if request.client else ""
    return request.headers.get("authorization") or address


async def _read(
    request: Request, hold: Callable[[int], None], most: int, *, many: bool
) -> RequestBody:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in {_JSON, _FORM}:
        raise Problem("media-type-wrong", expected=f"{_JSON} or {_FORM}")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:12]) > most:
        raise too_large(most)
    if media_type == _JSON:
        return RequestBody(is_form=False, json=b"".join([c async for c in _chunks(request, hold)]))
    return await _read_form(request.headers, _chunks(request, hold), most, many=many)


async def _chunks(request: Request, hold: Callable[[int], None]) -> AsyncGenerator[bytes, None]:
    async for chunk in request.stream():
        hold(len(chunk))
        yield chunk


async def _read_form(
    headers: Headers, chunks: AsyncGenerator[bytes, None], most: int, *, many: bool
) -> RequestBody:
    parser = _InMemory(
        headers,
        chunks,
        max_files=limits.BATCH_FILES if many else limits.TERMS,
        max_fields=limits.FIELDS,
        max_part_size=most,
    )
    try:
        form = await parser.parse()
        return await (_parts_of_many(form) if many else _parts(form))
    except (Problem, TimeoutError, ClientDisconnect):
        raise
    except Exception as error:  # noqa: BLE001 - a parser of what strangers send
        reason = " ".join(str(error).split())[:100]
        raise Problem("form-broken", reason=reason) from None
    finally:
        parser.close()


async def _parts(form: FormData) -> RequestBody:
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for name, value in form.multi_items():
        if name in fields or name in files:
            raise Problem("part-repeated", name=name)
        if isinstance(value, UploadFile):
            files[name] = Upload(value.filename or "", await _file(value))
        else:
            fields[name] = value
    return RequestBody(is_form=True, fields=fields, files=files)


async def _parts_of_many(form: FormData) -> RequestBody:
    """Return a form whose files may all be called `file`."""
    uploads: list[Upload] = []
    others: list[tuple[str, UploadFile | str]] = []
    for name, value in form.multi_items():
        if name == "file" and isinstance(value, UploadFile):
            uploads.append(Upload(value.filename or "", await value.read()))
        else:
            others.append((name, value))
    return replace(await _parts(FormData(others)), uploads=uploads)


async def _file(part: UploadFile) -> bytes:
    if (part.size or 0) > limits.UPLOAD_BYTES:
        raise too_large()
    return await part.read()


class _InMemory(MultiPartParser):
    """Parses a form without temporary files: within the limits, all fits in memory."""

    spool_max_size = limits.BATCH_BYTES + 1

    def close(self) -> None:
        """Close all files, also those of unfinished parts."""
        for file in self._files_to_close_on_error:
            file.close()


async def read_body(request: Request) -> AsyncIterator[RequestBody]:
    """Yield the body of a request."""
    async with request.app.state.server.bodies.reading(request) as body:
        yield body


async def read_batch(request: Request) -> AsyncIterator[RequestBody]:
    """Yield the body of a request with many files."""
    async with request.app.state.server.bodies.reading(request, many=True) as body:
        yield body


BodyDep = Annotated[RequestBody, Depends(read_body)]
BatchBodyDep = Annotated[RequestBody, Depends(read_batch)]
