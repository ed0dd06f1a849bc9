from __future__ import annotations

from collections import Counter
from contextlib import closing

import click

from visavis.cli.options import collection_option, json_option
from visavis.cli.output import print_json, say, tell
from visavis.cli.skipped import LISTED, SOME_SKIPPED

DAMAGED = 1


@click.command("verify")
@click.option(
    "--files/--no-files",
    default=True,
    show_default=False,
    help="Check the files as well, or only the collection. [default: files as well]",
)
@click.option("--contents", is_flag=True, help="Read all images, and compare their contents.")
@json_option
@collection_option
def command(*, files: bool, contents: bool, as_json: bool, collection: str) -> None:
    """Verify a collection: database, caches, vectors, and the files it was made from.

    Files should be there, with the size and modification time they had when they were indexed;
    --contents also finds images that have changed although both are the same. Nothing is changed:
    `visavis index` brings a collection up to date, and caches are rebuilt when they are needed.

    The exit code is 1 if the collection is damaged, and 3 if only caches or files are not as they
    should be.
    """
    if contents and not files:
        raise click.UsageError("--contents reads files; drop --no-files")
    from visavis.cli.progress import count_bar
    from visavis.stores import open_store
    from visavis.upkeep import verify

    with closing(open_store(collection)) as store, count_bar("verifying") as progress:
        report = verify(store, files=files, contents=contents, progress=progress)
    if as_json:
        print_json(
            {
                "collection": store.location,
                "sound": report.sound,
                "sources": report.sources,
                "missing": report.missing,
                "vectors": report.vectors,
                "files": report.files,
                "caches": dict(report.caches),
                "problems": [
                    {"kind": p.kind, "where": p.where, "reason": p.reason} for p in report.problems
                ],
                "seconds": round(report.seconds, 3),
            }
        )
    else:
        for problem in report.problems[:LISTED]:
            tell(f"{problem.kind}: {problem}")
        if len(report.problems) > LISTED:
            more = len(report.problems) - LISTED
            tell(f"{more:,} more problems; --json lists all")
        kinds = Counter(problem.kind for problem in report.problems)
        found = (
            ", ".join(f"{count:,} {kind}" for kind, count in kinds.items()) or "all as it should be"
        )
        looked = f"{report.sources:,} sources ({report.missing:,} of them missing)"
        looked += f", {report.vectors:,} vectors, {report.files:,} files"
        say(f"{found}: {looked} in {report.seconds:,.1f} s")
    if report.problems:
        click.get_current_context().exit(SOME_SKIPPED if report.sound else DAMAGED)
