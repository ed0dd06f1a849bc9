"""The catalogue of models, weights to train from and word vectors."""

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
    """An entry of the catalogue; fields are empty where nothing is known.

    `pull` is a repository of the hub with ready exports, `import_` one of transformers (with
    `image`, a text tower and the image tower it belongs to). `url` is a single file elsewhere,
    of `size` bytes, with its `checksum` (`md5:…`, `sha256:…`) if one is published.
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
    """Return the models to search with, by name."""
    return _section("models")


def weights() -> dict[str, Entry]:
    """Return the weights to train from, by name."""
    return _section("weights")


def word_vectors() -> dict[str, Entry]:
    """Return the word vectors to train from, by name."""
    return _section("word_vectors")


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Return the error for an unknown name, with the nearest known one."""
    return UnknownNameError(f"unknown {kind} {name!r}; {suggest(name, known)}")


@cache
def _section(name: str) -> dict[str, Entry]:
    import tomllib  # never needed with the bundled model

    entries = tomllib.loads(_FILE.read_text("utf-8"))[name]
    return {name: _entry(name, about) for name, about in entries.items()}


def _entry(name: str, about: dict[str, Any]) -> Entry:
    lists = {key: tuple(value) for key, value in about.items() if isinstance(value, list)}
    about = {**about, **lists}
    about["import_"] = about.pop("import", "")
    return Entry(name=name, **about)
