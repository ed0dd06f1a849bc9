"""Images that a dataset names by their web address, and the files they are kept in."""

from __future__ import annotations

import hashlib
from pathlib import Path

from visavis.cache import cache_folder

SCHEMES = ("http://", "https://")


class NotFetchedError(ValueError):
    """An image at a web address that has not been fetched."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address[:200]} is not fetched yet: see visavis fetch")
        self.address = address


def is_address(name: str) -> bool:
    """Tell whether the name of an image is a web address."""
    return name[:8].lower().startswith(SCHEMES)


def kept_file(address: str) -> Path:
    """Return the file in the cache for the image at an address; it may not exist yet."""
    digest = hashlib.sha256(address.encode()).hexdigest()[:32]
    return cache_folder("fetched", digest[:2], f"{digest}.jpg")


def fetched_file(address: str) -> Path:
    """Return the file of a fetched image; raise NotFetchedError if it is not there."""
    file = kept_file(address)
    if not file.is_file():
        raise NotFetchedError(address)
    return file
