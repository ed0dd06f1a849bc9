"""Signed addresses: they open one thumbnail without a key, until they expire.

A signature is an HMAC by a secret of the server and the hash of the key that asked for it, so that
it ends with that key. All processes of a server, and its next start, have the same secret.
"""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from time import time

from visavis.server.keys import KeyFileError, KeyRing

FILE = "signing.key"
_BYTES = 32
_STEP = 60
"""Seconds that times of expiry are rounded up to: the same address is cached for a while."""


class Signer:
    """Signs addresses, and checks them.

    The secret is in `file`, made when it is first needed; `fallback` is used without a file, or
    where none can be written.
    """

    def __init__(self, file: Path | None, fallback: bytes, keys: KeyRing | None) -> None:
        self._file, self._fallback, self._keys = file, fallback, keys

    def expiry(self, seconds: int) -> int:
        """Return when an address expires that is to be valid for so long, in Unix time."""
        return -(-(int(time()) + seconds) // _STEP) * _STEP

    def sign(self, item_id: str, size: int, expires: int, key_hash: str) -> str:
        """Return the signature of a thumbnail's address for the key with a hash."""
        message = f"thumbnail\n{item_id}\n{size}\n{expires}".encode()
        own = hmac.digest(self._secret, key_hash.encode(), "sha256")
        return urlsafe_b64encode(hmac.digest(own, message, "sha256")).decode().rstrip("=")

    def is_valid(self, item_id: str, size: int, expires: int, signature: str) -> bool:
        """Tell whether a signature is that of a key that is still there, and not expired."""
        hashes = [key.sha256 for key in self._keys.keys] if self._keys else [""]
        given = signature.encode()
        found = False
        for key_hash in hashes:
            expected = self.sign(item_id, size, expires, key_hash).encode()
            found |= hmac.compare_digest(expected, given)
        return found and time() < expires

    @cached_property
    def _secret(self) -> bytes:
        return (load_secret(self._file) if self._file else None) or self._fallback


def load_secret(file: Path) -> bytes | None:
    """Return the secret in a file, made if there is none; None where it cannot be written.

    Only its owner may read the file. Raises KeyFileError if it holds something else.
    """
    with suppress(OSError):
        if not file.exists():
            _make(file)
    try:
        secret = bytes.fromhex(file.read_text("ascii"))
    except OSError:
        return None
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise KeyFileError(f"{file}: not a secret for signing; remove it, and a new one is made")
    return secret


def _make(file: Path) -> None:
    """Write a new secret, unless another process has just done so."""
    draft = file.with_name(f"{file.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as opened:
            opened.write(secrets.token_hex(_BYTES))
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
