"""Fetch the images that a dataset names by web address, once, into the cache.

The rules are those of img2dataset: images are shrunk and kept as JPEG, small ones are refused,
failed downloads are tried again, and what was fetched before is not asked for again.
https://github.com/rom1504/img2dataset
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from visavis.datasets.addresses import kept_file
from visavis.datasets.base import Dataset, Skipped
from visavis.datasets.load import read_dataset
from visavis.datasets.web import DownloadError, download
from visavis.errors import DatasetError, ImageError, reason
from visavis.files import replacing
from visavis.images import open_image
from visavis.threads import map_ahead

Advance = Callable[[int, int], None]
"""Receives the addresses done and the addresses in all."""

_QUALITY = 95
_AHEAD = 4  # addresses in progress or waiting, for each thread


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRules:
    """Which images are fetched and how.

    The shortest side of an image is shrunk to `size` pixels and must have `least`. A download may
    have `most` bytes and take `timeout` seconds; if that may help, it is tried again `retries`
    times after a `pause` in seconds, doubled each time. `private` allows addresses of this
    machine and its network.
    """

    size: int = 512
    least: int = 32
    most: int = 50_000_000
    timeout: float = 10.0
    retries: int = 2
    pause: float = 1.0
    threads: int = 16
    private: bool = False


@dataclass(frozen=True, slots=True)
class FetchReport:
    """How many images were fetched now and earlier, and which addresses failed, and why."""

    fetched: int = 0
    earlier: int = 0
    failed: tuple[Skipped, ...] = ()

    @property
    def reasons(self) -> dict[str, int]:
        """Count the failures by reason, the most frequent first."""
        return dict(Counter(row.reason for row in self.failed).most_common())


def fetch_images(
    dataset: Dataset | str | Path,
    columns: str = "",
    rules: FetchRules | None = None,
    advance: Advance = lambda _done, _total: None,
) -> FetchReport:
    """Fetch the images of a dataset that are not in the cache yet.

    `dataset` and `columns` are as for `load_dataset`. An interrupted call loses nothing: the next
    one goes on. Raises DatasetError if the dataset cannot be read or the cache not be written.
    """
    found = dataset if isinstance(dataset, Dataset) else read_dataset(dataset, columns)
    addresses = list(dict.fromkeys(row.address for row in found.skipped if row.address))
    cache = kept_file("").parents[1]
    earlier = sum(path.is_relative_to(cache) for path in found.images.values())
    return _fetch(addresses, earlier, rules or FetchRules(), advance)


def _fetch(
    addresses: Sequence[str], earlier: int, rules: FetchRules, advance: Advance
) -> FetchReport:
    failed = []

    def attempt(address: str) -> tuple[str, str]:
        return address, _fetched(address, rules)

    tasks = map_ahead(attempt, addresses, threads=rules.threads, ahead=_AHEAD * rules.threads)
    for done, (address, fault) in enumerate(tasks, 1):
        if fault:
            failed.append(Skipped(address, fault))
        advance(done, len(addresses))
    return FetchReport(len(addresses) - len(failed), earlier, tuple(failed))


def _fetched(address: str, rules: FetchRules) -> str:
    """Fetch and keep one image; return what is wrong with it, or nothing."""
    try:
        _keep(_image(_download(address, rules), rules), kept_file(address))
    except DownloadError as error:
        return str(error)
    except ImageError as error:
        return error.reason
    return ""


def _download(address: str, rules: FetchRules) -> bytes:
    for attempt in range(rules.retries):
        try:
            return _download_once(address, rules)
        except DownloadError as error:
            if not error.passing:
                raise
        time.sleep(rules.pause * 2**attempt)
    return _download_once(address, rules)


def _download_once(address: str, rules: FetchRules) -> bytes:
    return download(address, timeout=rules.timeout, most=rules.most, private=rules.private)


def _image(data: bytes, rules: FetchRules) -> bytes:
    """Return an image as JPEG, shrunk; raise ImageError if it is none, or too small."""
    image = open_image(data, size=rules.size)
    width, height = image.info["full_size"]
    if min(width, height) < rules.least:
        raise ImageError("image", f"only {width} × {height} pixels")
    share = rules.size / min(image.size)
    if share < 1:
        width, height = (round(side * share) for side in image.size)
        image = image.resize((width, height), reducing_gap=3)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _keep(data: bytes, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(data)
    except OSError as error:
        raise DatasetError(f"{path}: {reason(error)}") from error
