"""Commands that go through many files: what they skip, and what an interruption costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from visavis.cli.output import tell, without_noise

if TYPE_CHECKING:
    from visavis.datasets import Skipped

SOME_SKIPPED = 3
LISTED = 50
"""Skipped files that are listed one by one."""


def list_skipped(what: str, files: Sequence[Skipped]) -> None:
    """List files on stderr, with their reasons; of very many the first."""
    for file in files[:LISTED]:
        tell(f"{what} {file}")
    if len(files) > LISTED:
        more = len(files) - LISTED
        tell(f"{what} {more:,} more files; --json lists all")


@contextmanager
def resumable() -> Iterator[None]:
    """Tell on Ctrl-C that nothing is lost; what decoders print of damaged files is not shown."""
    try:
        with without_noise():
            yield
    except KeyboardInterrupt:
        tell("interrupted; what was done is kept, run the command again to go on", "visavis: ")
        raise
