"""Images inside of a table, as the Hugging Face hub keeps them: unpacked once, into the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis.cache import cache_folder
from visavis.errors import DatasetError, reason
from visavis.files import replacing


def unpacked_folder(name: str = "") -> Path:
    """Return the folder of unpacked images, or the file of one of them."""
    return cache_folder("datasets", "hf", *filter(None, [name]))


def with_file(cells: dict[str, Any]) -> dict[str, Any]:
    """Return the cells of a row with its image, `{"bytes": …, "path": …}`, as a file's name.

    The name is relative to `unpacked_folder`, or the path if there are no bytes. Raises
    DatasetError if the image cannot be written.
    """
    image = cells["image"]
    if not (isinstance(image, dict) and {"bytes", "path"} <= image.keys()):
        return cells
    if image["bytes"] is None:
        return cells | {"image": image["path"]}
    return cells | {"image": _unpacked(image)}


def _unpacked(image: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(image["bytes"]).hexdigest()[:32]
    name = f"{digest[:2]}/{digest}{Path(image['path'] or '').suffix.lower() or '.jpg'}"
    path = unpacked_folder(name)
    if not path.is_file():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(image["bytes"])
        except OSError as error:
            raise DatasetError(f"{path}: cannot be unpacked, {reason(error)}") from error
    return name
