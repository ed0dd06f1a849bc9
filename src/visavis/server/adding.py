"""Add and remove items: runs in a thread of its own, one at a time."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from visavis.collection import image_id
from visavis.images import measure
from visavis.server import limits
from visavis.server.answers import item_answer
from visavis.server.asking import checked, find_item
from visavis.server.bodies import Body, Upload
from visavis.server.problems import Problem
from visavis.server.schemas import MetadataValues, TextItem
from visavis.server.service import Service
from visavis.types import Item, Metadata

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_METADATA: TypeAdapter[dict[str, Any]] = TypeAdapter(MetadataValues)


def add(service: Service, body: Body) -> dict[str, Any]:
    """Add what a request brings and return it; raises Problem, ValidationError, VisavisError."""
    return item_answer(_add_image(service, body) if body.is_form else _add_text(service, body))


def remove(service: Service, name: str) -> None:
    """Remove an item, with its file if that was uploaded; raises Problem if there is none."""
    item = find_item(service.collection, name)
    service.collection.remove(ids=[name])
    if item.modality == "image" and service.settings.uploads is not None:
        (service.settings.uploads / name).unlink(missing_ok=True)


def _add_text(service: Service, body: Body) -> Item:
    asked = TextItem.model_validate_json(body.json)
    return service.collection.add_text(asked.text, metadata=_checked(asked.metadata))


def _add_image(service: Service, body: Body) -> Item:
    if "file" not in body.files or {*body.files, *body.fields} - {"file", "metadata"}:
        raise Problem(422, "a form has one file, file, and may have one field, metadata")
    if service.settings.uploads is None:
        raise Problem(409, "images can only be added to a collection in a folder")
    upload = body.files["file"]
    data = checked(upload.data)
    given = _checked(_METADATA.validate_json(body.words("metadata") or b"{}"))
    width, height = measure(data)
    facts = {"name": _name(upload), "width": width, "height": height, "bytes": len(data)}
    # The file is named after its content: what the client calls it decides nothing.
    file = service.settings.uploads / image_id(data)
    is_new = _keep(file, data)
    try:
        return service.collection.add_image(data, str(file), {**given, **facts})
    except BaseException:
        if is_new:
            file.unlink(missing_ok=True)
        raise


def _checked(metadata: Metadata) -> Metadata:
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise Problem(422, "metadata: NaN and Infinity are not JSON") from None
    if len(text) > limits.METADATA_TEXT:
        raise Problem(422, f"metadata: at most {limits.METADATA_TEXT:,} characters")
    return metadata


def _name(upload: Upload) -> str:
    """Return what a person may be shown as the name of an image."""
    last = PurePosixPath(upload.name.replace("\\", "/")).name
    return _UNPRINTABLE.sub("", last)[: limits.NAME] or "image"


def _keep(file: Path, data: bytes) -> bool:
    """Write a file that others see whole or not at all; return whether it is new."""
    if file.exists():
        return False
    file.parent.mkdir(exist_ok=True)
    draft = file.with_name(f".{uuid4().hex}.tmp")
    try:
        draft.write_bytes(data)
        draft.replace(file)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return True
