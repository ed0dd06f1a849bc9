"""What whoever starts a server decides."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from visavis.server.keys import KeyRing


@dataclass(frozen=True, slots=True)
class Settings:
    """How a collection is served.

    `name` is what the collection is called on the page. With `keys`, every request needs one.
    `hosts` are the names the server answers to (all, if empty), `origins` the other sites whose
    pages may call it. `folder` is where the collection is, if it is in a folder: images that
    are added are kept below it, and `index` says there how far it is.
    """

    name: str = "collection"
    keys: KeyRing | None = None
    write: bool = False
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    folder: Path | None = None
    queries: int = 32
    """How many queries may run or wait; beyond, clients are told to come back."""
    threads: int = os.cpu_count() or 1
    body_seconds: float = 30.0
    """How long a client may take to send a request."""
    answer_seconds: float = 30.0
    """How long an answer may take once the request is there."""

    @property
    def uploads(self) -> Path | None:
        """Where images are kept that clients add."""
        return self.folder / "uploads" if self.folder else None
