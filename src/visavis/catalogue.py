"""What is worth pulling, as data: models, weights to train from, word vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from visavis.errors import UnknownNameError, suggest

_FILE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing of the catalogue; empty where nothing is known.

    `pull` is a repository of the hub that is ready to use, `import_` one of transformers (or,
    with `image`, a text tower and the image tower it was made for). `url` is a single file
    elsewhere, of `size` bytes, with its `checksum` (`md5:…`, `sha256:…`) if one is published.
    """

    name: str
    title: str
    pull: str = ""
    import_: str = ""
    image: str = ""
    url: str = ""
    checksum: str = ""
    size: int = 0
    files: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    dim: int = 0
    megabytes: int = 0
    licence: str = ""
    note: str = ""
    recommended: str = ""
    figures: tuple[Mapping[str, Any], ...] = field(default=())


def models() -> dict[str, Entry]:
    """Return the models that can be searched with, by name."""
    return _part("models")


def weights() -> dict[str, Entry]:
    """Return the weights that `train` can start from, by name."""
    return _part("weights")


def words() -> dict[str, Entry]:
    """Return the word vectors that `train` can start from, by name."""
    return _part("words")


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Return the error for a name nobody has, naming the nearest."""
    return UnknownNameError(f"unknown {kind} {name!r}; {suggest(name, known)}")


@cache
def _part(part: str) -> dict[str, Entry]:
    import tomllib  # a search with the bundled model never reads the catalogue

    entries = tomllib.loads(_FILE.read_text("utf-8"))[part]
    return {name: _entry(name, about) for name, about in entries.items()}


def _entry(name: str, about: dict[str, Any]) -> Entry:
    lists = {key: tuple(value) for key, value in about.items() if isinstance(value, list)}
    about = {**about, **lists}
    about["import_"] = about.pop("import", "")
    return Entry(name=name, **about)
