"""Files to index, and what became of them."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image


def paint(path, colour, size=(12, 8)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def touch(path, seconds=10):
    """Give a file another time of change, and leave its content."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + seconds * 10**9))


def counts(report):
    return report.added, report.renamed, report.unchanged, len(report.skipped), report.missing


def names(collection, modality="image"):
    hits = collection.search("red", k=100, modality=modality)
    return sorted(Path(hit.source).name for hit in hits)
