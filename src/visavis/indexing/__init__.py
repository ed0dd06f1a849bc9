"""Bring collections up to date with folders, files and datasets."""

from visavis.indexing.finding import find
from visavis.indexing.reencode import MoveReport, reencode
from visavis.indexing.report import IndexReport, Progress
from visavis.indexing.run import index
from visavis.indexing.sharing import progress_of, shared

__all__ = [
    "IndexReport",
    "MoveReport",
    "Progress",
    "find",
    "index",
    "progress_of",
    "reencode",
    "shared",
]
