"""The image files of a collection, as they are on the disk now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from visavis.collection import Collection
from visavis.remote import status_of
from visavis.stores import SourceState
from visavis.types import Item
from visavis.videos import is_video, split_moment

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """Files by the id of their content, best content first.

    The best has the most pixels, then the most bytes. Videos are among them, without their
    moments. `gone` are not there any more, `changed` have another size or time than when they
    were indexed. A file that is reached by several links is there once.
    """

    paths: dict[str, list[str]]
    items: dict[str, Item]
    gone: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, collection: Collection) -> ImageFiles:
        """Look at all sources of images that are not marked as missing."""
        items = {item.id: item for item in collection.items("image")}
        files = cls(defaultdict(list), items)
        seen: set[Hashable] = set()
        for source, state in collection.store.iter_sources():
            if state.id in items and not state.missing and split_moment(source)[1] is None:
                files._add(source, state, seen)
        best = sorted(files.paths, key=lambda name: (-_pixels(items[name]), -_bytes(items[name])))
        return cls({name: files.paths[name] for name in best}, items, files.gone, files.changed)

    def images(self) -> dict[str, str]:
        """Return one file of each content that is an image, by id."""
        return {name: paths[0] for name, paths in self.paths.items() if not is_video(paths[0])}

    def _add(self, source: str, state: SourceState, seen: set[Hashable]) -> None:
        try:
            status = status_of(source)
        except (OSError, ValueError):
            self.gone.append(source)
            return
        if state.stamp and (status.size, status.mtime_ns) != (
            state.stamp.size,
            state.stamp.mtime_ns,
        ):
            self.changed.append(source)
        elif status.identity not in seen:
            seen.add(status.identity)
            self.paths[state.id].append(source)


def pages(names: list[str]) -> Iterator[list[str]]:
    """Yield ids, a page at a time."""
    yield from (names[start : start + _PAGE] for start in range(0, len(names), _PAGE))


def _pixels(item: Item) -> int:
    width, height = item.metadata.get("width"), item.metadata.get("height")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _bytes(item: Item) -> int:
    size = item.metadata.get("bytes")
    return size if isinstance(size, int) else 0
