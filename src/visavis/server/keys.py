"""API keys: random, shown once, kept as hashes in a file.

SHA-256 without salt or stretching is enough here: a key is 32 random bytes, which no one can
guess, unlike a password that a person chose.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from visavis.errors import VisavisError, reason

Scope: TypeAlias = Literal["read", "write"]
FILE = "keys.json"
_PREFIX = "vsv_"


class KeyFileError(VisavisError):
    """A file of keys that cannot be used, or a name that is taken or unknown."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key: whose it is, what it allows, and its hash."""

    name: str
    scope: Scope
    sha256: str
    created: str


class KeyRing:
    """The keys in a file; what another process changes there counts at once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._stamp: tuple[int, int] | None = None
        self._keys: tuple[Key, ...] = ()
        self._read()

    @property
    def keys(self) -> tuple[Key, ...]:
        """All keys, in the order they were added."""
        self._read()
        return self._keys

    def add(self, name: str, scope: Scope) -> str:
        """Make a key and return it; it is shown nowhere else. Raises KeyFileError."""
        if not name.strip():
            raise KeyFileError("a key needs a name, such as the device that will use it")
        if any(key.name == name for key in self.keys):
            raise KeyFileError(f"{self.file}: there is a key {name!r} already; remove it first")
        secret = _PREFIX + secrets.token_urlsafe(32)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        self._write((*self._keys, Key(name, scope, _hash(secret), created)))
        return secret

    def remove(self, name: str) -> None:
        """Remove a key by its name; raises KeyFileError if there is none."""
        left = tuple(key for key in self.keys if key.name != name)
        if len(left) == len(self._keys):
            known = ", ".join(key.name for key in self._keys) or "none"
            raise KeyFileError(f"{self.file}: no key {name!r}; known: {known}")
        self._write(left)

    def scope_of(self, secret: str) -> Scope | None:
        """Return what a key allows, None if it is not known; takes the same time for any."""
        digest, scope = _hash(secret), None
        for key in self.keys:
            if hmac.compare_digest(key.sha256, digest):
                scope = key.scope
        return scope

    def _read(self) -> None:
        try:
            status = self.file.stat()
            stamp = status.st_mtime_ns, status.st_size
            if stamp != self._stamp:
                self._keys = _parse(self.file.read_text("utf-8"))
                self._stamp = stamp
        except FileNotFoundError:
            self._keys, self._stamp = (), None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise KeyFileError(f"{self.file}: not a file of keys ({error})") from None

    def _write(self, keys: tuple[Key, ...]) -> None:
        draft = self.file.with_name(f".{self.file.name}.{os.getpid()}.tmp")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            draft.touch(0o600)
            draft.write_text(json.dumps({"keys": [asdict(key) for key in keys]}, indent=2) + "\n")
            draft.replace(self.file)
        except OSError as error:
            raise KeyFileError(f"{self.file}: {reason(error)}") from error
        self._keys, self._stamp = keys, None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()


def _parse(text: str) -> tuple[Key, ...]:
    keys = tuple(Key(**key) for key in json.loads(text)["keys"])
    if any(key.scope not in get_args(Scope) for key in keys):
        raise ValueError("a scope is read or write")
    return keys
