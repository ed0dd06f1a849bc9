from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from visavis.cli.options import CollectionType, json_option
from visavis.cli.output import print_json, say, tell
from visavis.cli.skipped import SOME_SKIPPED, list_skipped, resumable

if TYPE_CHECKING:
    from visavis.distributed import MergeReport
    from visavis.stores import VectorStore
    from visavis.upkeep import CopyReport


@click.command("copy")
@click.argument("origin", metavar="FROM", type=CollectionType())
@click.argument("target", metavar="TO", type=CollectionType())
@json_option
def command(*, origin: str, target: str, as_json: bool) -> None:
    """Copy a collection to another place or engine; nothing is encoded again.

    \b
    visavis copy .visavis 'postgresql://me@db/archive?collection=photos'
    visavis copy photos.sqlite .visavis

    FROM and TO are folders, URLs or, for FROM, a file that `visavis export` wrote or a folder of
    shards, which `visavis embed` wrote. What TO has
    already is not written again, so run the command again to resume, or to bring TO up to date;
    what only TO has stays. What cannot be copied is listed; the exit code is then 3.
    """  # noqa: D301 - \b tells click not to wrap these lines
    from visavis.cli.known_collections import remember
    from visavis.distributed import shards_in
    from visavis.errors import CollectionError
    from visavis.stores import open_store
    from visavis.upkeep import copy

    if target.endswith(".sqlite"):
        raise CollectionError(f"{target}: one file is written by `visavis export {target}`")
    if shards := shards_in(origin):
        _merge(shards, target, as_json=as_json)
        return
    with closing(open_store(origin)) as read, _writing(read, target) as (written, progress):
        report = copy(read, written, progress)
    remember(target)
    list_skipped("not copied:", report.skipped)
    if report.changing:
        tell(f"{origin} is being changed; copy it again when it is not", "visavis: ")
    if as_json:
        print_json(
            {
                "copied": report.copied,
                "unchanged": report.unchanged,
                "skipped": [{"where": p.where, "reason": p.reason} for p in report.skipped],
                "changing": report.changing,
                "seconds": round(report.seconds, 3),
            }
        )
    else:
        say(_summary(report))
    if report.skipped or report.changing:
        click.get_current_context().exit(SOME_SKIPPED)


def _merge(shards: Sequence[Path], target: str, *, as_json: bool) -> None:
    """Merge the shards of a folder, and tell which of them are not complete."""
    from visavis.cli.known_collections import remember
    from visavis.distributed import merge
    from visavis.stores import open_store

    with closing(open_store(str(shards[0]))) as first, _writing(first, target) as (to, progress):
        report = merge(shards, to, progress)
    remember(target)
    list_skipped("not copied:", report.skipped)
    list_skipped("skipped", report.refused)
    if report.incomplete:
        tell(f"shards that are not complete: {', '.join(report.incomplete)}", "visavis: ")
    if as_json:
        print_json(asdict(report))
    else:
        say(_summary(report))
    if report.skipped or report.refused or report.incomplete:
        click.get_current_context().exit(SOME_SKIPPED)


@contextmanager
def _writing(
    origin: VectorStore, target: str
) -> Iterator[tuple[VectorStore, Callable[[int, int], None]]]:
    """Open the collection to write into, or make it; yields it and a function of progress."""
    from visavis.cli.progress import count_bar
    from visavis.indexing import only_run
    from visavis.stores import create_store, engine_of, open_store

    there = engine_of(target).exists(target)
    written = open_store(target) if there else create_store(target, origin.model_id, origin.dim)
    with resumable(), closing(written), only_run(target), count_bar("copying") as progress:
        yield written, progress


def _summary(report: CopyReport | MergeReport) -> str:
    counts = {
        "copied": report.copied,
        "unchanged": report.unchanged,
        "not copied": len(report.skipped),
    }
    done = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    return f"{done or 'nothing to copy'} in {report.seconds:,.1f} s"
