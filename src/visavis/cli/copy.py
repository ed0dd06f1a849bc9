from __future__ import annotations

from contextlib import closing

import click

from visavis.cli.options import CollectionType, json_option
from visavis.cli.output import print_json, say, tell
from visavis.cli.skipped import SOME_SKIPPED, list_skipped, resumable


@click.command("copy")
@click.argument("origin", metavar="FROM", type=CollectionType())
@click.argument("target", metavar="TO", type=CollectionType())
@json_option
def command(*, origin: str, target: str, as_json: bool) -> None:
    """Copy a collection to another place or engine; nothing is encoded again.

    \b
    visavis copy .visavis 'postgresql://me@db/archive?collection=photos'
    visavis copy photos.sqlite .visavis

    FROM and TO are folders, URLs or, for FROM, a file that `visavis export` wrote. What TO has
    already is not written again, so run the command again to resume, or to bring TO up to date;
    what only TO has stays. What cannot be copied is listed; the exit code is then 3.
    """  # noqa: D301 - \b tells click not to wrap these lines
    from visavis.cli.known_collections import remember
    from visavis.cli.progress import count_bar
    from visavis.errors import CollectionError
    from visavis.indexing import only_run
    from visavis.stores import create_store, engine_of, open_store
    from visavis.upkeep import copy

    if target.endswith(".sqlite"):
        raise CollectionError(f"{target}: one file is written by `visavis export {target}`")
    with closing(open_store(origin)) as read:
        there = engine_of(target).exists(target)
        written = open_store(target) if there else create_store(target, read.model_id, read.dim)
        with (
            resumable(),
            closing(written),
            only_run(target),
            count_bar("copying") as progress,
        ):
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
        counts = {
            "copied": report.copied,
            "unchanged": report.unchanged,
            "not copied": len(report.skipped),
        }
        done = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
        say(f"{done or 'nothing to copy'} in {report.seconds:,.1f} s")
    if report.skipped or report.changing:
        click.get_current_context().exit(SOME_SKIPPED)
