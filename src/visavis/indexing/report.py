"""Progress and outcome of an index run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visavis.datasets import Skipped


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """Progress of a run: of `found` files and texts, `done` are dealt with.

    Of those, `skipped` could not be read and `encoded` went through the model.
    """

    found: int
    done: int
    skipped: int
    encoded: int
    seconds: float


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Outcome of a run, counted in sources: each file or text found is one of four.

    `added`: its content is new here. `renamed`: its content was known under another name, as
    after a move or a copy. `unchanged`: nothing to do. `skipped`: named, with the reason.
    """

    added: int
    renamed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    missing: int
    """Sources that were known and have vanished."""
    images: int
    """Images that went through the model."""
    seconds: float
    images_per_second: float
    regions: int
    """Regions of those images that were given vectors of their own."""
    texts: int
    """Descriptions and keywords in the image files that were read; they are not counted above."""
    passed_over: Mapping[str, int]
    """Files of folders that are neither images nor captions, by suffix."""
    excluded: Mapping[str, int]
    """Files and folders that were left out, by the rule that excluded them."""
    frames: int
    """Frames of videos that were read, beside the first of each, which counts as the file."""
    sidecars: int = 0
    """XMP files that belong to images and were not skipped; they are not counted above."""
    mended: int = 0
    """Items whose vectors were damaged and have been encoded again."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as `--json` prints it."""
        return {
            "added": self.added,
            "renamed": self.renamed,
            "unchanged": self.unchanged,
            "missing": self.missing,
            "skipped": [{"where": each.where, "reason": each.reason} for each in self.skipped],
            "images": self.images,
            "seconds": round(self.seconds, 3),
            "images_per_second": round(self.images_per_second, 1),
            "regions": self.regions,
            "texts": self.texts,
            "passed_over": dict(self.passed_over),
            "excluded": dict(self.excluded),
            "frames": self.frames,
            "sidecars": self.sidecars,
            "mended": self.mended,
        }
