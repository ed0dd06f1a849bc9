"""Find the images at a URL: an object or all below a prefix, by the rules for folders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from visavis.datasets import Skipped
from visavis.datasets.exclusion import Exclusion
from visavis.errors import DatasetError, reason
from visavis.image_formats import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from visavis.remote import list_files, read_bytes

_NO_VIDEOS = "videos are read from disks only; copy it to one"


@dataclass
class RemoteFiles:
    """The images below a URL, their common beginning, and what was left out or skipped."""

    root: str
    images: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    excluded: dict[str, str] = field(default_factory=dict)


def find_remote(url: str, exclude: Sequence[str] = ()) -> RemoteFiles | None:
    """List the images at a URL; None if there is nothing.

    Texts beside images are not read from there. Raises DatasetError for a URL that cannot be
    read, and MissingExtraError without fsspec.
    """
    try:
        root, urls = list_files(url)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatasetError(f"{url}: {reason(error)}") from error
    if urls == [root]:
        return RemoteFiles(root, images=[root])
    exclusion = Exclusion(root, exclude, read=_read_rules)
    found = RemoteFiles(f"{root}/", excluded=exclusion.excluded)
    for file in _kept(root, urls, exclusion):
        suffix = PurePosixPath(file).suffix.lower()
        if suffix in IMAGE_SUFFIXES:
            found.images.append(file)
        elif suffix in VIDEO_SUFFIXES:
            found.skipped.append(Skipped(file, _NO_VIDEOS))
        else:
            found.passed_over[suffix] += 1
    return found


def _kept(root: str, urls: Sequence[str], exclusion: Exclusion) -> Iterator[str]:
    """Yield the files that no rule excludes, folder by folder from the top down."""
    files: dict[str, list[str]] = defaultdict(list)
    folders: dict[str, set[str]] = defaultdict(set)
    for url in urls:
        folder, _, name = url.rpartition("/")
        files[folder].append(name)
        while len(folder) > len(root):
            folder, _, name = folder.rpartition("/")
            folders[folder].add(name)
    waiting = [root]
    while waiting:
        folder = waiting.pop(0)
        exclusion.enter(folder, files[folder])
        inner = exclusion.kept(folder, sorted(folders[folder]), folders=True)
        waiting += [f"{folder}/{name}" for name in inner]
        names = exclusion.kept(folder, files[folder], folders=False)
        yield from (f"{folder}/{name}" for name in names)


def _read_rules(url: str) -> str:
    try:
        return read_bytes(url).decode(errors="surrogateescape").removeprefix("\ufeff")
    except OSError as error:
        raise DatasetError(f"{url}: {reason(error)}") from error
