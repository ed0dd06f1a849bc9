"""API keys: random, shown once, kept as hashes in a file.

SHA-256 without salt or stretching is enough: a key is 32 random bytes and cannot be guessed, as
a password could.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from visavis.errors import VisavisError, reason
from visavis.files import replacing

Scope: TypeAlias = Literal["read", "write"]
FILE = "keys.json"
_PREFIX = "vsv_"


class KeyFileError(VisavisError):
    """An unusable key file, or a key name that is taken or unknown."""


@dataclass(frozen=True, slots=True)
class Key:
    """A stored key: its name, its scope and its hash."""

    name: str
    scope: Scope
    sha256: str
    created: str


class KeyRing:
    """The keys in a file; changes by other processes take effect at once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._stamp: tuple[int, int] | None = None
        self._keys: tuple[Key, ...] = ()
        self._read()

    @property
    def keys(self) -> tuple[Key, ...]:
        """All keys, in the order of addition."""
        self._read()
        return self._keys

    def add(self, name: str, scope: Scope) -> str:
        """Create a key and return its secret, which is not kept. Raises KeyFileError."""
        if not name.strip():
            raise KeyFileError("a key needs a name, such as the device that will use it")
        if any(key.name == name for key in self.keys):
            raise KeyFileError(f"{self.file}: there is a key {name!r} already; remove it first")
        secret = _PREFIX + secrets.token_urlsafe(32)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        self._write((*self._keys, Key(name, scope, hash_of(secret), created)))
        return secret

    def remove(self, name: str) -> None:
        """Remove a key by its name; raises KeyFileError if there is none."""
        left = tuple(key for key in self.keys if key.name != name)
        if len(left) == len(self._keys):
            known = ", ".join(key.name for key in self._keys) or "none"
            raise KeyFileError(f"{self.file}: no key {name!r}; known: {known}")
        self._write(left)

    def scope_of(self, secret: str) -> Scope | None:
        """Return the scope of a key, None if it is unknown, in constant time."""
        digest, scope = hash_of(secret), None
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
            raise KeyFileError(f"{self.file}: not a key file ({error})") from None

    def _write(self, keys: tuple[Key, ...]) -> None:
        text = json.dumps({"keys": [asdict(key) for key in keys]}, indent=2) + "\n"
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self.file) as draft:
                Path(draft.name).chmod(0o600)
                draft.write(text.encode())
        except OSError as error:
            raise KeyFileError(f"{self.file}: {reason(error)}") from error
        self._keys, self._stamp = keys, None


def open_keys(location: str | Path, file: Path | None = None) -> KeyRing:
    """Return the keys in a file, by default in the collection's folder; raises VisavisError."""
    folder = collection_folder(location)
    if file is None and folder is None:
        raise VisavisError(f"{location} is not a folder: name a file with --keys")
    if file is None and folder and not folder.is_dir():
        raise VisavisError(f"{location}: no collection here; name one, or a file with --keys")
    return KeyRing(file or Path(location) / "keys.json")


def collection_folder(location: str | Path) -> Path | None:
    """Return the folder of a collection, None for a collection in one file or at a server."""
    path = Path(location)
    return None if "://" in str(location) or path.is_file() else path.absolute()


def hash_of(secret: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()


def _parse(text: str) -> tuple[Key, ...]:
    keys = tuple(Key(**key) for key in json.loads(text)["keys"])
    if any(key.scope not in get_args(Scope) for key in keys):
        raise ValueError("a scope is read or write")
    return keys
