"""URLs of collections on a server."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from visavis.errors import CollectionError

_SECRET = re.compile(r"(?<![^&])((?:ssl)?password=)[^&]*")


def split_url(url: str) -> SplitResult:
    """Return the parts of a URL.

    Raises CollectionError for one that cannot be read, also where a password has characters that
    end it too early: the rest would be taken for the name of a server, and be shown.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise CollectionError(f"the URL of the collection cannot be read: {error}") from None
    user, at, _ = parts.netloc.rpartition("@")
    after = parts.path + parts.query.partition("=")[0] + parts.fragment
    ends_early = not at and "@" in after
    if "@" in user or ends_early or re.search(r"%(?![0-9A-Fa-f]{2})", user):
        raise CollectionError(
            f"{parts.scheme}://…: in a user or a password, write @ as %40, / as %2F, ? as %3F, "
            "# as %23 and % as %25"
        )
    return parts


def without_password(url: str) -> str:
    """Return a URL as it may be shown, without passwords; raises CollectionError as `split_url`."""
    parts = split_url(url)
    user, at, server = parts.netloc.rpartition("@")
    if parts.password is not None:
        user = f"{user.partition(':')[0]}:***"
    return join_url(parts, f"{user}{at}{server}", _SECRET.sub(r"\1***", parts.query))


def join_url(parts: SplitResult, netloc: str, query: str) -> str:
    """Return a URL with another server or query.

    `urlunsplit` leaves out the two slashes of a URL that names no server.
    """
    return f"{parts.scheme}://{netloc}{parts.path}{'?' if query else ''}{query}"
