"""Find the groups of duplicates in a collection."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from visavis.cache import cache_folder
from visavis.collection import Collection
from visavis.duplicates.files import ImageFiles, pages
from visavis.duplicates.fingerprints import LENGTH, SAME, comparable, read_fingerprints
from visavis.duplicates.pairs import clusters, similar_pairs
from visavis.errors import ImageError, QueryError
from visavis.images import crop, open_image
from visavis.types import Box, Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

Level: TypeAlias = Literal["bytes", "picture", "near"]
"""How alike the members of a group are."""

CROPPED = 0.9
"""Near is as similar as, for the model, an image is to this share of its width and height."""
_SAMPLE = 64
_QUANTILE = 0.05


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a group, and how similar its vector is to that of the first, in [-1, 1]."""

    source: str
    id: str
    similarity: float
    width: int | None
    height: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """Files that show the same; the first one has the most pixels, then the most bytes."""

    level: Level
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """The groups found among `files`, and the files that were left out.

    `gone` are not there any more, `changed` have another size or time than when they were
    indexed, `unreadable` are no images any more. `threshold` is the similarity that counts as
    near, None if that was not asked.
    """

    groups: tuple[Group, ...]
    files: int
    gone: tuple[str, ...]
    changed: tuple[str, ...]
    unreadable: tuple[str, ...]
    threshold: float | None


def find_duplicates(
    collection: Collection,
    level: Level = "picture",
    *,
    similarity: float | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> DuplicateReport:
    """Find the images that are in a collection more than once.

    With `level` "bytes", files of the same content, videos too; with "picture" also versions
    that were resized or re-encoded, told by fingerprints of the files; with "near" also images
    whose vectors are at least as similar as `similarity`, by default as an image is to nine
    tenths of itself. A file is in one group at most. Raises QueryError for an unknown level, and a
    similarity that is not from 0 to 1.
    """
    if level not in get_args(Level):
        raise QueryError(f"level {level!r}: ask for one of {', '.join(get_args(Level))}")
    if similarity is not None and not 0 <= similarity <= 1:
        raise QueryError(f"similarity {similarity:g}: from 0 to 1")
    files = ImageFiles.of(collection)
    groups = _Groups(name for name, paths in files.paths.items() if len(paths) > 1)
    images = files.images()
    unreadable: list[str] = []
    threshold: float | None = None
    if level != "bytes":
        cache = _cache(collection.store.location)
        prints = read_fingerprints(images, cache, threads or os.cpu_count() or 1, progress)
        unreadable = [path for name, path in images.items() if name not in prints]
        names = [name for name in images if name in prints]
        rows = np.array([prints[name] for name in names], np.uint8).reshape(-1, LENGTH)
        groups.join(names, comparable(rows), SAME, "picture")
    if level == "near":
        names = [name for name in images if name in prints and not groups.has_joined(name)]
        threshold = near_similarity(collection, images) if similarity is None else similarity
        groups.join(names, _vectors(collection, names), threshold, "near")
    return DuplicateReport(
        tuple(_group(collection, files, *each) for each in groups),
        sum(map(len, files.paths.values())),
        tuple(files.gone),
        tuple(files.changed),
        tuple(unreadable),
        threshold,
    )


def near_similarity(collection: Collection, files: dict[str, str]) -> float:
    """Return how similar a model finds images and nine tenths of them, at least.

    Measured on a few images of the collection, since each model has a scale of its own: all but
    one in twenty are more similar. Without any image it is 1.
    """
    names: list[str] = []
    cropped: list[Image] = []
    for name in sorted(files):  # ids are hashes: the first ones are a fair sample
        if len(names) == _SAMPLE:
            break
        try:
            image = open_image(files[name], size=collection.encoder.image_size)
        except ImageError:
            continue
        names.append(name)
        cropped.append(crop(image, _middle(*image.size)))
    if not names:
        return 1.0
    vectors = collection.encoder.encode_images(cropped)
    similarities = (vectors * _vectors(collection, names)).sum(axis=1)
    return round(float(np.quantile(similarities, _QUANTILE)), 6)


def _middle(width: int, height: int) -> Box:
    wide, high = (max(1, round(side * CROPPED)) for side in (width, height))
    return Box((width - wide) // 2, (height - high) // 2, wide, high)


class _Groups:
    """Groups of ids, the best first, which may be joined to larger ones."""

    def __init__(self, copied: Iterable[str]) -> None:
        self._groups: dict[str, tuple[Level, list[str]]] = {n: ("bytes", [n]) for n in copied}
        self._joined: set[str] = set()

    def __iter__(self) -> Iterator[tuple[Level, list[str]]]:
        return iter(self._groups.values())

    def has_joined(self, name: str) -> bool:
        """Tell whether an id is in a group that another one leads."""
        return name in self._joined

    def join(self, names: Sequence[str], vectors: Vectors, threshold: float, level: Level) -> None:
        """Join the ids whose vectors (n, dim) are similar, and the groups that these lead."""
        for rows in clusters(similar_pairs(vectors, threshold)):
            cluster = [names[row] for row in rows]
            known = [self._groups.pop(name, (level, [name]))[1] for name in cluster]
            members = list(chain(*known))
            self._groups[cluster[0]] = level, members
            self._joined.update(members[1:])


def _group(collection: Collection, files: ImageFiles, level: Level, names: list[str]) -> Group:
    vectors = _vectors(collection, names)
    similarities = np.clip(np.round(vectors @ vectors[0], 6), -1, 1).tolist()
    members = []
    for name, similarity in zip(names, similarities, strict=True):
        about = files.items[name].metadata
        known = (about.get("width"), about.get("height"), about.get("bytes"))
        members += [Member(path, name, similarity, *known) for path in files.paths[name]]
    return Group(level, tuple(members))


def _vectors(collection: Collection, names: list[str]) -> Vectors:
    """Return the vectors of ids (n, dim), a page at a time."""
    empty = np.empty((0, collection.store.dim), np.float32)
    return np.concatenate([empty, *map(collection.store.vectors, pages(names))])


def _cache(location: str) -> Path:
    """Return the file that keeps fingerprints: in the collection, or in the user's cache."""
    if "://" not in location:
        return Path(location, "cache", "fingerprints.npz")
    name = hashlib.sha256(location.encode()).hexdigest()[:16]
    return cache_folder("fingerprints", f"{name}.npz")
