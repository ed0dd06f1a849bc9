"""Queries as arguments of a command line."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from visavis.errors import QueryError
from visavis.queries.algebra import Query, Term
from visavis.types import Box
from visavis.videos import split_moment

_IMAGE_NAME = re.compile(
    r"\S\.(apng|arw|avifs?|bmp|cr[23]|dng|gif|hei[cf]s?|jfif|jp2|jpe?g?|jxl|mpo|nef|png|p[bgnp]m"
    r"|psd|tiff?|webp|3gp|avi|m2ts|m4v|mkv|mov|mp4|mpe?g|mts|ogv|webm|wmv)$",
    re.IGNORECASE,
)
_WEIGHT = re.compile(r"((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|nan):(.*)", re.DOTALL)
_KIND = re.compile(r"(text|image):(.*)", re.DOTALL)
_BOX = re.compile(r"(\d+),(\d+),(\d+),(\d+)", re.ASCII)
_SIGNS = {"+": 1, "-": -1}


def parse_query(words: Sequence[str]) -> Query:
    """Read terms that are separated by the arguments `+` and `-`.

    The arguments between them are joined by spaces. A term is an image if there is a file of that
    name, else a text; `text:` and `image:` force it. `n:` in front gives a weight (`2:red dress`),
    so a text that starts with a number and a colon needs `text:3:2 aspect`. `@x,y,width,height`
    after an image takes a region. Raises QueryError, naming the argument it cannot read.
    """
    return Query(tuple(_term(sign, phrase) for sign, phrase in _phrases(words)))


def _phrases(words: Sequence[str]) -> list[tuple[int, str]]:
    """Return the sign of each term and its arguments as one; the first sign may be left out."""
    phrases: list[tuple[int, list[str]]] = []
    for word in words:
        if word in _SIGNS:
            phrases.append((_SIGNS[word], []))
        elif phrases:
            phrases[-1][1].append(word)
        else:
            phrases.append((1, [word]))
    for sign, phrase in phrases:
        if not phrase:
            raise QueryError(f"no term follows a {'+' if sign > 0 else '-'}; write 'a.jpg + snow'")
    return [(sign, " ".join(phrase).strip()) for sign, phrase in phrases]


def _term(sign: int, phrase: str) -> Term:
    path, box = _split_box(phrase)
    if _is_file(path):  # whatever its name looks like
        return Term(sign, "image", _existing(path), _box(box))
    weight, phrase = _split_weight(phrase)
    forced = _KIND.fullmatch(phrase)
    kind, value = forced.groups() if forced else (None, phrase)
    if kind != "text":
        path, box = _split_box(value)
        if kind == "image" or _is_file(path):
            return Term(sign * weight, "image", _existing(path), _box(box))
        _refuse_image_names(value, path)
    return Term(sign * weight, "text", value.strip())


def _split_weight(phrase: str) -> tuple[float, str]:
    match = _WEIGHT.fullmatch(phrase)
    return (float(match[1]), match[2].strip()) if match else (1.0, phrase)


def _split_box(value: str) -> tuple[str, str | None]:
    """Split at the last @, unless it is part of a file name."""
    path, at, box = value.rpartition("@")
    return (path, box) if at and not _is_file(value) else (value, None)


def _box(box: str | None) -> Box | None:
    if box is None:
        return None
    match = _BOX.fullmatch(box)
    if not match:
        raise QueryError(
            f"box {_short(box)}: write x,y,width,height in pixels, such as 120,40,300,600"
        )
    return Box(*map(int, match.groups()))


def _existing(path: str) -> str:
    if not _is_file(path):
        raise QueryError(f"no such image: {_short(path)}")
    return os.path.expanduser(path)  # noqa: PTH111


def _is_file(path: str) -> bool:
    # Unlike Path.is_file, this returns False for a text that is too long for a path.
    return os.path.isfile(os.path.expanduser(split_moment(path)[0]))  # noqa: PTH111, PTH113


def _refuse_image_names(value: str, path: str) -> None:
    """Refuse a text that is most likely a mistyped image name, a folder, or contains an image."""
    if "/" in value.rstrip() and os.path.isdir(os.path.expanduser(value)):  # noqa: PTH111, PTH112
        raise QueryError(
            f"{_short(value)} is a folder; name an image in it, or write {_short('text:' + value)}"
        )
    name, moment, _ = path.rpartition("#t=")
    if moment and _is_file(name):
        raise QueryError(f"{_short(path)}: #t=SECONDS takes a frame of a video: beach.mp4#t=12.5")
    if _IMAGE_NAME.search(name if moment else path):
        raise QueryError(
            f"no such image: {_short(path)}; if it is a text, write {_short('text:' + value)}"
        )
    for word in value.split():
        if _IMAGE_NAME.search(word) and _is_file(word):
            raise QueryError(
                f"{_short(word)} is an image within a text; put + or - between, as separate words,"
                f" or write {_short('text:' + value)}"
            )


def _short(value: str) -> str:
    return repr(value[:79] + "…" if value[80:] else value)
