"""Middleware before every route: host and origin checks, security headers, metrics."""

from __future__ import annotations

from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visavis.server.metrics import Metrics
from visavis.server.problems import Problem
from visavis.server.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
DEVICE_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
"""For the page that runs the model in the browser, which is WebAssembly."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}
_SAFE = {"GET", "HEAD", "OPTIONS"}


class SecurityMiddleware:
    """Checks hosts and origins, adds security headers, and counts requests.

    A page of another site could call a server on its visitor's own machine: by DNS rebinding,
    or with a form. So only known host names are answered, and a browser that sends a request
    for another site may change nothing.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, prefix: str) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status, method = perf_counter(), 500, scope["method"]
        if method == "HEAD":  # routes answer it like GET, and the server leaves the body out
            scope = {**scope, "method": "GET"}

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                if _is_device_page(scope["path"]):
                    headers.setdefault("Content-Security-Policy", DEVICE_POLICY)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refuse(scope, Headers(scope=scope))
        app = refusal.response() if refusal else self._app
        try:
            await app(scope, receive, send_with_headers)
        finally:
            # Only known routes and methods: clients must not create series without end.
            # Some versions of FastAPI name a route with its prefix, others without.
            route = getattr(scope.get("route"), "path", "other").removeprefix(self._prefix)
            self._metrics.requests.labels(
                method if route != "other" else "other", route, status
            ).inc()
            self._metrics.seconds.labels(route).observe(perf_counter() - start)

    def _refuse(self, scope: Scope, headers: Headers) -> Problem | None:
        host = _host(headers.get("host", ""))
        if self._settings.hosts and host not in self._settings.hosts:
            return Problem("foreign-host")
        if scope["method"] not in _SAFE and self._is_foreign(scope["scheme"], headers):
            return Problem("foreign-page")
        return None

    def _is_foreign(self, scheme: str, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin in self._settings.origins:
            return False
        if site := headers.get("sec-fetch-site"):
            return site not in {"same-origin", "none"}
        return (
            origin is not None and origin.lower() != f"{scheme}://{headers.get('host', '')}".lower()
        )


def _is_device_page(path: str) -> bool:
    return path.startswith("/device/")


def _host(header: str) -> str:
    """Return the host name of a Host header, without port and brackets."""
    name, colon, port = header.lower().rpartition(":")
    if not colon or not port.isdecimal():
        name = header.lower()
    return name.removeprefix("[").removesuffix("]")
