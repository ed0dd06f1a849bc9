from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from visavis.cli.options import collection_option, json_option
from visavis.cli.output import print_json, say, tell
from visavis.cli.skipped import SOME_SKIPPED, list_skipped


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--regions", is_flag=True, help="Add rows for the regions to a table.")
@json_option
@collection_option
def command(*, file: Path, regions: bool, as_json: bool, collection: str) -> None:
    """Write a collection into one file.

    \b
    visavis export photos.sqlite     to search elsewhere, or as a backup
    visavis export photos.parquet    a table of items and vectors
    visavis export photos.npz        the same for NumPy

    A .sqlite file can be searched as it is (--collection photos.sqlite); `visavis copy` makes
    a collection of it that can be changed. Other commands may write to the collection meanwhile.
    Damaged items are listed; the exit code is then 3.
    """  # noqa: D301 - \b tells click not to wrap these lines
    from visavis.cli.progress import count_bar
    from visavis.stores import open_store
    from visavis.upkeep import export

    with closing(open_store(collection)) as store, count_bar("exporting") as progress:
        report = export(store, file, regions=regions, progress=progress)
    list_skipped("not exported:", report.skipped)
    if report.changing:
        tell("the collection was changed meanwhile; export it again", "visavis: ")
    if as_json:
        print_json(
            {
                "file": str(file),
                "rows": report.rows,
                "bytes": report.bytes,
                "regions_left_out": report.regions,
                "skipped": [{"where": p.where, "reason": p.reason} for p in report.skipped],
                "changing": report.changing,
                "seconds": round(report.seconds, 3),
            }
        )
    else:
        left_out = f", {report.regions:,} regions left out" if report.regions else ""
        size = f"{report.bytes / 1e6:,.1f} MB"
        say(f"{report.rows:,} rows{left_out}, {size} in {report.seconds:,.1f} s: {file}")
    if report.skipped or report.changing:
        click.get_current_context().exit(SOME_SKIPPED)
