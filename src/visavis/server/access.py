"""Who may call a route: anyone who reached the server, or holders of a key."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from visavis.server.keys import KeyRing, Scope
from visavis.server.problems import Problem
from visavis.server.service import Service

_bearer = HTTPBearer(auto_error=False, description="A key made with `visavis keys add`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


async def service_of(request: Request) -> Service:
    """Return the service behind an application."""
    service: Service = request.app.state.service
    return service


ServiceOf = Annotated[Service, Depends(service_of)]


async def may_read(credentials: Credentials, service: ServiceOf) -> None:
    """Let through who may read."""
    if service.settings.keys is not None:
        _scope(service.settings.keys, credentials)


async def may_write(credentials: Credentials, service: ServiceOf) -> None:
    """Let through who may change the collection, if that is enabled at all."""
    keys = service.settings.keys
    if keys is not None and _scope(keys, credentials) != "write":
        raise Problem(403, "this key may only read")
    if not service.settings.write:
        raise Problem(403, "this server does not write; it would have to be started with --write")


def _scope(keys: KeyRing, credentials: HTTPAuthorizationCredentials | None) -> Scope:
    if credentials is None:
        raise Problem(401, "a key is needed", {"WWW-Authenticate": "Bearer"})
    scope = keys.scope_of(credentials.credentials)
    if scope is None:
        raise Problem(
            401, "this key is not known", {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        )
    return scope


READ, WRITE = Depends(may_read), Depends(may_write)
