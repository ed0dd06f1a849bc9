"""Read what a client sends: within limits of size and time, into memory only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect

from visavis.server import limits
from visavis.server.problems import Problem

_JSON, _FORM = "application/json", "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form, and what the client calls it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """What a request says: JSON, in a form also texts and files by the names of their parts."""

    is_form: bool
    json: bytes = b""
    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def words(self, name: str) -> bytes | None:
        """Return what a part says; some clients send JSON as a file."""
        if name in self.files:
            return self.files[name].data
        return self.fields[name].encode(errors="replace") if name in self.fields else None


class Bodies:
    """Reads bodies, and knows how much of them is in memory."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._held = 0

    @asynccontextmanager
    async def reading(self, request: Request) -> AsyncIterator[Body]:
        """Read a body and hold it for as long as the request lasts; raises Problem."""
        held = 0

        def hold(count: int) -> None:
            nonlocal held
            if held + count > limits.BODY_BYTES:
                raise _too_large()
            if self._held + count > limits.HELD_BYTES:
                raise Problem(429, "too much to read; try again", {"Retry-After": "2"})
            held += count
            self._held += count

        try:
            async with asyncio.timeout(self._seconds):
                body = await _read(request, hold)
        except ClientDisconnect:
            self._held -= held
            raise Problem(400, "the request ended early") from None
        except TimeoutError:
            self._held -= held
            raise Problem(408, f"nothing whole came within {self._seconds:g} seconds") from None
        except BaseException:
            self._held -= held
            raise
        try:
            yield body
        finally:
            self._held -= held


async def _read(request: Request, hold: Callable[[int], None]) -> Body:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {_JSON, _FORM}:
        raise Problem(415, f"send {_JSON} or {_FORM}")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:12]) > limits.BODY_BYTES:
        raise _too_large()
    if kind == _JSON:
        return Body(is_form=False, json=b"".join([c async for c in _chunks(request, hold)]))
    return await _read_form(request.headers, _chunks(request, hold))


async def _chunks(request: Request, hold: Callable[[int], None]) -> AsyncGenerator[bytes, None]:
    async for chunk in request.stream():
        hold(len(chunk))
        yield chunk


async def _read_form(headers: Headers, chunks: AsyncGenerator[bytes, None]) -> Body:
    parser = _InMemory(
        headers,
        chunks,
        max_files=limits.TERMS,
        max_fields=limits.FIELDS,
        max_part_size=limits.BODY_BYTES,
    )
    try:
        return await _parts(await parser.parse())
    except (Problem, TimeoutError, ClientDisconnect):
        raise
    except Exception as error:  # noqa: BLE001 - a parser of what strangers send
        reason = " ".join(str(error).split())[:100]
        raise Problem(400, f"the form cannot be read ({reason})") from None
    finally:
        parser.close()


async def _parts(form: FormData) -> Body:
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for name, value in form.multi_items():
        if name in fields or name in files:
            raise Problem(422, f"the form has two parts {name!r}")
        if isinstance(value, UploadFile):
            files[name] = Upload(value.filename or "", await _file(value))
        else:
            fields[name] = value
    return Body(is_form=True, fields=fields, files=files)


async def _file(part: UploadFile) -> bytes:
    if (part.size or 0) > limits.UPLOAD_BYTES:
        raise _too_large()
    return await part.read()


class _InMemory(MultiPartParser):
    """Never writes a file: all that fits the limits also fits in memory."""

    spool_max_size = limits.BODY_BYTES + 1

    def close(self) -> None:
        """Let go of all files, those of parts that never ended included."""
        for file in self._files_to_close_on_error:
            file.close()


def _too_large() -> Problem:
    megabytes = limits.UPLOAD_BYTES // 1_000_000
    return Problem(413, f"too large: at most {megabytes} MB an image")


async def read_body(request: Request) -> AsyncIterator[Body]:
    """Give a route the body of its request."""
    async with request.app.state.service.bodies.reading(request) as body:
        yield body


BodyOf = Annotated[Body, Depends(read_body)]
