"""Encode one shard of the sources into a small collection of its own."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from visavis.collection import Collection
from visavis.encoders import Encoder
from visavis.errors import DatasetError
from visavis.files import replacing
from visavis.indexing import Findings, IndexProgress, IndexReport, index, only_run

REPORT = "report.json"
"""The file in the folder of a shard that appears when the shard is complete."""
_NAME = re.compile(r"shard-(?P<number>\d+)-of-(?P<count>\d+)")


@dataclass(frozen=True, slots=True)
class Shard:
    """The share `number` of `count`, counted from 1, of all sources.

    A hash of its path decides which shard a source belongs to: every machine that sees the same
    paths divides them alike, and a new file moves no other one.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `3/16`; raises DatasetError."""
        match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text.strip())
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise DatasetError(f"shard {text!r}: write 3/16 for the third of sixteen")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of_folder(cls, folder: Path) -> Self | None:
        """Return the shard that the name of a folder tells, if it does."""
        match = _NAME.fullmatch(folder.name)
        return cls(int(match["number"]), int(match["count"])) if match else None

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def name(self) -> str:
        """The name of its folder, such as `shard-03-of-16`."""
        return f"shard-{self.number:0{len(str(self.count))}}-of-{self.count}"

    def holds(self, source: str) -> bool:
        """Tell whether a source belongs to this shard."""
        digest = hashlib.sha256(source.encode(errors="surrogatepass")).digest()
        return int.from_bytes(digest[:8]) % self.count == self.number - 1


def embed(
    findings: Findings,
    out: str | Path,
    shard: Shard,
    *,
    model: Encoder | str | Path | None = None,
    regions: bool = False,
    threads: int | None = None,
    progress: Callable[[IndexProgress], None] | None = None,
) -> IndexReport:
    """Encode one shard of what was found into a folder in `out`; call again to resume.

    The folder is a collection like any other: `merge` brings it into another one. It holds a
    `report.json` once the shard is complete. What is no image or was excluded is counted by the
    first shard alone, so that the counts of all shards add up.

    Raises what `index` raises, and UnavailableError while another process encodes this shard.
    """
    folder = Path(out, shard.name)
    findings.restrict(shard.holds)
    with Collection.open_or_create(folder, model) as collection, only_run(str(folder)):
        (folder / REPORT).unlink(missing_ok=True)
        report = index(findings, collection, regions=regions, threads=threads, progress=progress)
        if shard.number > 1:
            report = replace(report, passed_over={}, excluded={})
        with replacing(folder / REPORT) as file:
            file.write(json.dumps(report.to_json()).encode())
    return report
