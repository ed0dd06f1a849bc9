"""Bearer authentication: which key may read, and which may write."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from visavis.server.keys import KeyRing, Scope
from visavis.server.problems import Problem
from visavis.server.state import StateDep

_bearer = HTTPBearer(auto_error=False, description="A key made with `visavis keys add`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


async def require_read(credentials: Credentials, state: StateDep) -> None:
    """Require a known key, if the server has keys; raises Problem."""
    if state.settings.keys is not None:
        scope_of(state.settings.keys, credentials)


async def require_write(credentials: Credentials, state: StateDep) -> None:
    """Require a key with scope `write` and a server that allows writing; raises Problem."""
    keys = state.settings.keys
    if keys is not None and scope_of(keys, credentials) != "write":
        raise Problem("api-key-may-only-read")
    if not state.settings.write:
        raise Problem("server-read-only")


async def require_read_or_signature(
    credentials: Credentials, state: StateDep, request: Request
) -> None:
    """Require a known key, or a signed address, if the server has keys; raises Problem."""
    if "signature" not in request.query_params:
        await require_read(credentials, state)


def scope_of(keys: KeyRing, credentials: HTTPAuthorizationCredentials | None) -> Scope:
    """Return the scope of a request's key; raises Problem 401 without a known key."""
    if credentials is None:
        raise Problem("api-key-needed", headers={"WWW-Authenticate": "Bearer"})
    scope = keys.scope_of(credentials.credentials)
    if scope is None:
        raise Problem(
            "api-key-unknown", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}
        )
    return scope


READ, WRITE = Depends(require_read), Depends(require_write)
SIGNED = Depends(require_read_or_signature)
"""For routes that check the signature themselves."""
