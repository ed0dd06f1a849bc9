"""The folder of uploaded images: each file is named after its content."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from time import time

from visavis.collection import Collection
from visavis.files import replacing

_NAME = re.compile(r"[0-9a-f]{32}(\.\d+-\d+\.tmp)?")
_SECONDS = 120
"""Younger files may belong to an upload that another server is about to add."""


def write_upload(file: Path, data: bytes) -> bool:
    """Write an uploaded file unless it exists; return whether it is new."""
    if file.exists():
        return False
    file.parent.mkdir(exist_ok=True)
    with replacing(file) as draft:
        draft.write(data)
    return True


def sweep_uploads(folder: Path, collection: Collection) -> int:
    """Remove files whose items are not in the collection; return how many.

    A server that was killed between writing a file and adding its item leaves one behind. Files
    of other names are not touched.
    """
    names = [file.name for file in folder.glob("*") if _NAME.fullmatch(file.name)]
    known = {item.id for item in collection.get(names)}
    swept = 0
    for name in names:
        file = folder / name
        with suppress(OSError):  # another server may be sweeping as well
            if name not in known and file.stat().st_mtime < time() - _SECONDS:
                file.unlink()
                swept += 1
    return swept
