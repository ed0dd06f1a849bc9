"""Bring collections up to date with folders, files and datasets."""

from visavis.indexing.finding import Findings, find
from visavis.indexing.lock import only_run
from visavis.indexing.migrating import MigrationReport, migrate
from visavis.indexing.progress_file import (
    read_progress,
    read_uploads,
    share_progress,
    share_uploads,
)
from visavis.indexing.report import IndexProgress, IndexReport
from visavis.indexing.run import changed_sources, index
from visavis.indexing.watching import watch

__all__ = [
    "Findings",
    "IndexProgress",
    "IndexReport",
    "MigrationReport",
    "changed_sources",
    "find",
    "index",
    "migrate",
    "only_run",
    "read_progress",
    "read_uploads",
    "share_progress",
    "share_uploads",
    "watch",
]
