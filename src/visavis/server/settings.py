"""Server settings."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes

from visavis.encoders import Encoder
from visavis.server.keys import KeyRing


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a server.

    `name` is the title of the page. With `keys`, every request needs one. `hosts` are the host
    names that the server answers to (empty: any), `origins` the other sites whose pages may call
    the API. `folder` is the collection's folder, if it has one: uploaded images are kept in it,
    and the progress of `visavis index` is read from it.
    """

    name: str = "collection"
    keys: KeyRing | None = None
    write: bool = False
    originals: bool = False
    """Whether keys that may only read get original files, which tell where they were taken."""
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    folder: Path | None = None
    model: Encoder | str | Path | None = None
    """What `load_encoder` takes, for a collection that is migrated while it is served."""
    signing: Path | None = None
    """The file with the secret that signs addresses of thumbnails; made when it is needed."""
    secret: bytes = field(default_factory=lambda: token_bytes(32), repr=False)
    """The secret without such a file."""
    queries: int = 32
    """Queries that may run or wait; beyond, the server answers 429."""
    threads: int = os.cpu_count() or 1
    body_seconds: float = 30.0
    """Time limit for receiving a request."""
    answer_seconds: float = 30.0
    """Time limit for a response once the request is received."""

    @property
    def uploads(self) -> Path | None:
        """The folder for uploaded images."""
        return self.folder / "uploads" if self.folder else None
