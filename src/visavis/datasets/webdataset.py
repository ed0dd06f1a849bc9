"""WebDataset shards: tar files in which the members of a sample share a name up to the first dot.

    000000.jpg   000000.txt        captions, one per line
    000001.jpg   000001.json       {"caption": …, "lang": …, "split": …}, names as in tables

PATH is a shard, a folder of shards, or a pattern such as `shards/{000..009}.tar`. Images are
unpacked once, into the cache.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

from visavis.cache import cache_folder
from visavis.datasets.base import DATASETS, NO_SPLIT, Caption, Dataset, Skipped
from visavis.datasets.columns import find_columns
from visavis.errors import DatasetError, first_line, reason
from visavis.files import replacing
from visavis.image_formats import IMAGE_SUFFIXES

_BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}")


@DATASETS.register("webdataset")
def read_webdataset(path: str) -> Dataset:
    """Read shards; unusable samples, and the rest of damaged shards, are skipped.

    Raises DatasetError if there are no shards.
    """
    images: dict[str, Path] = {}
    splits: dict[str, str] = {}
    captions: list[Caption] = []
    skipped: list[Skipped] = []
    for shard in _shards(path):
        for key, members in _samples(shard, skipped):
            suffix = next((each for each in members if f".{each}" in IMAGE_SUFFIXES), None)
            where = f"{shard}: {key}"
            if suffix is None:
                skipped.append(Skipped(where, f"no image, only {', '.join(sorted(members))}"))
                continue
            name = f"{shard.stem}/{key}"
            try:
                texts, lang, split = _texts(members)
            except ValueError as error:
                skipped.append(Skipped(where, str(error)))
                continue
            images[name] = _unpacked(shard, key, suffix, members[suffix])
            splits[name] = split
            captions += [Caption(f"{name}#{n}", name, text, lang) for n, text in enumerate(texts)]
    return Dataset(Path(path).stem, images, tuple(captions), splits, tuple(skipped))


def _shards(path: str) -> list[Path]:
    found = [Path(path)]
    if match := _BRACES.search(path):
        first, last = match.groups()
        numbers = (str(n).zfill(len(first)) for n in range(int(first), int(last) + 1))
        found = [Path(path.replace(match[0], number)) for number in numbers]
    elif found[0].is_dir():
        found = sorted(found[0].glob("*.tar"))
    if not found:
        raise DatasetError(f"{path}: no shards, expected *.tar in it")
    if missing := [shard for shard in found if not shard.is_file()]:
        raise DatasetError(f"{missing[0]}: no such shard")
    return found


def _samples(shard: Path, skipped: list[Skipped]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield the key of each sample and its members by suffix; they are adjacent in the tar file."""
    key, members = "", dict[str, bytes]()
    try:
        with tarfile.open(shard) as tar:
            for member in tar:
                own, _, suffix = member.name.removeprefix("./").partition(".")
                if not member.isfile() or not suffix:
                    continue
                if own != key and members:
                    yield key, members
                    members = {}
                key = own
                content = tar.extractfile(member)
                members[suffix.lower()] = content.read() if content else b""
    except (tarfile.TarError, EOFError) as error:
        fault = f"damaged, read up to {key or 'its start'}: {first_line(error)}"
        skipped.append(Skipped(str(shard), fault))
    except OSError as error:
        raise DatasetError(f"{shard}: {reason(error)}") from error
    if members:
        yield key, members


def _texts(members: dict[str, bytes]) -> tuple[list[str], str, str]:
    """Return captions, language and split of a sample; raise ValueError if they are invalid."""
    row = json.loads(members["json"]) if "json" in members else {}
    if not isinstance(row, dict):
        raise ValueError("its JSON is not an object")  # noqa: TRY004
    if "txt" in members:
        row["text"] = members["txt"].decode()
    names = find_columns({**row, "image": ""})
    text, lang, split = (row.get(names.get(each, "")) or "" for each in ("text", "lang", "split"))
    if not all(isinstance(cell, str) for cell in (text, lang, split)):
        raise ValueError("text, lang or split is not a text")
    texts = [line.strip() for line in text.splitlines() if line.strip()]
    if not texts:
        raise ValueError("no text")
    return texts, lang.lower() or "en", split or NO_SPLIT


def _unpacked(shard: Path, key: str, suffix: str, data: bytes) -> Path:
    """Return the cached file of an image, and write it if it is missing."""
    digest = hashlib.sha256(data).hexdigest()[:32]
    folder = cache_folder("datasets", shard.stem)
    path = folder / f"{digest}.{suffix}"
    if not path.is_file():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(data)
        except OSError as error:
            raise DatasetError(f"{path}: {key} cannot be unpacked, {reason(error)}") from error
    return path
