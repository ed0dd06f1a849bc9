"""Downloads of images from addresses that other people chose.

Only http and https are spoken. Unless asked for, no connection is made use of that leads to this
machine or its network: a table of addresses may come from a stranger. Behind a proxy, what may be
reached is for the proxy to decide.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
import urllib.request
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request

from visavis.version import __version__

AGENT = "visavis"
_BLOCK = 1 << 16
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_UNWANTED = {"noai", "noimageai", "noindex", "noimageindex"}


class DownloadError(Exception):
    """A failed download, and whether another attempt may help."""

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing


def download(address: str, *, timeout: float, most: int, private: bool = False) -> bytes:
    """Return what is at an address, up to `most` bytes, within `timeout` seconds.

    Owners who forbid such use by the header X-Robots-Tag are respected. With `private`, this
    machine and its network may be asked too. Raises DownloadError.
    """
    try:
        request = Request(_encoded(address), headers={"User-Agent": f"{AGENT}/{__version__}"})  # noqa: S310 - the opener speaks http and https alone
        with _opener(private=private).open(request, timeout=timeout) as answer:
            _check_robots(answer.headers)
            return _read(answer, time.monotonic() + timeout, most)
    except HTTPError as error:
        error.close()
        raise DownloadError(f"HTTP {error.code}", passing=error.code in _PASSING) from None
    except URLError as error:
        raise DownloadError(_reason(error.reason), passing=True) from None
    except (OSError, HTTPException) as error:
        raise DownloadError(_reason(error), passing=True) from None
    except ValueError as error:
        raise DownloadError(f"not a valid address ({error})") from None


def _encoded(address: str) -> str:
    """Percent-encode what may not stand in an address, such as spaces and accents."""
    parts = urlsplit(address)
    host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    path, query = (quote(part, safe="/%:=&?~+!$,;'@()*[]") for part in (parts.path, parts.query))
    return parts._replace(netloc=host, path=path, query=query, fragment="").geturl()


def _read(answer: HTTPResponse, deadline: float, most: int) -> bytes:
    data = bytearray()
    while block := answer.read1(_BLOCK):
        data += block
        if len(data) > most:
            raise DownloadError(f"larger than {most / 1e6:g} MB")
        if time.monotonic() > deadline:
            raise DownloadError("too slow", passing=True)
    if answer.length:
        raise DownloadError("the connection ended early", passing=True)
    return bytes(data)


def _check_robots(headers: Message) -> None:
    """Refuse what its owner forbids to all robots, or to this one by name."""
    for value in headers.get_all("X-Robots-Tag", []):
        agent, colon, directives = value.rpartition(":")
        if colon and agent.strip().lower() != AGENT:
            continue
        if found := _UNWANTED & set(re.split(r"[\s,]+", directives.lower())):
            raise DownloadError(f"its owner forbids this (X-Robots-Tag: {min(found)})")


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "unknown host"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def _check_peer(connection: HTTPConnection) -> None:
    """Close a connection that leads to this machine or its network; raise DownloadError."""
    peer = ipaddress.ip_address(connection.sock.getpeername()[0].partition("%")[0])
    if not (getattr(peer, "ipv4_mapped", None) or peer).is_global:
        connection.close()
        raise DownloadError(f"{connection.host} is in the local network: see --private")


class _PublicHTTP(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _check_peer(self)


class _PublicHTTPS(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _check_peer(self)


class _Handler(urllib.request.HTTPSHandler):
    """Opens http and https, to public addresses alone unless `private` or through a proxy."""

    def __init__(self, *, private: bool) -> None:
        super().__init__()
        self.private = private
        self.proxies = {_host(proxy) for proxy in urllib.request.getproxies().values()}

    def http_open(self, request: Request) -> HTTPResponse:
        kind = HTTPConnection if self._is_free(request) else _PublicHTTP
        return self.do_open(kind, request)

    def https_open(self, request: Request) -> HTTPResponse:
        kind = HTTPSConnection if self._is_free(request) else _PublicHTTPS
        return self.do_open(kind, request)

    http_request = urllib.request.HTTPHandler.http_request

    def _is_free(self, request: Request) -> bool:
        return self.private or request.host in self.proxies


def _host(proxy: str) -> str:
    return urlsplit(proxy if "://" in proxy else f"//{proxy}").netloc.rpartition("@")[2]


def _opener(*, private: bool) -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()  # build_opener would add file, ftp and data
    for handler in (
        urllib.request.ProxyHandler(),
        _Handler(private=private),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener
