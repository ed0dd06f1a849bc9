"""Bring collections up to date with folders, files and datasets."""

from visavis.indexing.finding import find
from visavis.indexing.reencode import MoveReport, reencode
from visavis.indexing.report import IndexReport, Progress
from visavis.indexing.run import index

__all__ = ["IndexReport", "MoveReport", "Progress", "find", "index", "reencode"]
