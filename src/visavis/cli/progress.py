"""Progress bars on a terminal; nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from visavis.cli.language import translate

if TYPE_CHECKING:
    from visavis.indexing import IndexProgress


@contextmanager
def index_bar() -> Iterator[Callable[[IndexProgress], None] | None]:
    """Show the progress of indexing; yields the function to report it to."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(translate("indexing"), total=None, speed="")

        def advance(progress: IndexProgress) -> None:
            speed = f"{progress.encoded / progress.seconds:.0f}/s" if progress.encoded else ""
            bar.update(task, completed=progress.done, total=progress.found, speed=speed)

        yield advance


@contextmanager
def download_bar(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show the progress of a download; yields a function of bytes done and bytes in total."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, size: bar.update(task, completed=done, total=size)


@contextmanager
def count_bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many of a number of things are done; yields a function of both numbers."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    name = translate(name)
    columns = (name, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
