from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from visavis.cli.options import collection_option, json_option
from visavis.cli.output import print_json, say, tell
from visavis.cli.skipped import SOME_SKIPPED, list_skipped

if TYPE_CHECKING:
    from visavis.upkeep import DeviceReport, ExportReport


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--regions", is_flag=True, help="Add rows for the regions to a table.")
@click.option("--for-device", is_flag=True, help="Write a file for a browser or a phone.")
@click.option(
    "--vectors",
    type=click.Choice(["float16", "int8"]),
    help="Precision of the vectors in it: float16 by default; int8 takes half the space.",
)
@click.option(
    "--thumbnails",
    type=click.IntRange(16, 2048),
    metavar="PIXELS",
    help="Add JPEG thumbnails to it, with this longer side.",
)
@json_option
@collection_option
def command(
    *,
    file: Path,
    regions: bool,
    for_device: bool,
    vectors: str | None,
    thumbnails: int | None,
    as_json: bool,
    collection: str,
) -> None:
    """Write a collection into one file.

    \b
    visavis export photos.sqlite     to search elsewhere, or as a backup
    visavis export photos.parquet    a table of items and vectors
    visavis export photos.npz        the same for NumPy
    visavis export photos.device --for-device    for a browser or a phone

    A .sqlite file can be searched as it is (--collection photos.sqlite); `visavis copy` makes
    a collection of it that can be changed. Other commands may write to the collection meanwhile.
    Damaged items are listed; the exit code is then 3.
    """  # noqa: D301 - \b tells click not to wrap these lines
    from visavis.cli.progress import count_bar
    from visavis.stores import open_store
    from visavis.upkeep import export, export_for_device

    if for_device and regions:
        raise click.UsageError("a file for a device holds no regions: leave --regions out")
    if not for_device and (vectors or thumbnails):
        raise click.UsageError("--vectors and --thumbnails go with --for-device")
    report: ExportReport | DeviceReport
    with closing(open_store(collection)) as store, count_bar("exporting") as progress:
        if for_device:
            report = export_for_device(
                store, file, vectors=vectors or "float16", thumbnails=thumbnails, progress=progress
            )
        else:
            report = export(store, file, regions=regions, progress=progress)
    list_skipped("not exported:", report.skipped)
    if report.changing:
        tell("the collection was changed meanwhile; export it again", "visavis: ")
    if as_json:
        print_json({"file": str(file)} | _as_json(report))
    else:
        say(f"{_summary(report)} in {report.seconds:,.1f} s: {file}")
    if report.skipped or report.changing:
        click.get_current_context().exit(SOME_SKIPPED)


def _summary(report: ExportReport | DeviceReport) -> str:
    from visavis.upkeep import ExportReport

    size = f"{report.bytes / 1e6:,.1f} MB"
    regions = f", {report.regions:,} regions left out" if report.regions else ""
    if isinstance(report, ExportReport):
        return f"{report.rows:,} rows{regions}, {size}"
    copies = f", {report.copies:,} copies left out" if report.copies else ""
    missing = f", {report.missing:,} missing files left out" if report.missing else ""
    jpegs = (
        f", {report.thumbnail_bytes / 1e6:,.1f} MB of thumbnails" if report.thumbnail_bytes else ""
    )
    return f"{report.items:,} items{regions}{copies}{missing}{jpegs}, {size}"


def _as_json(report: ExportReport | DeviceReport) -> dict[str, Any]:
    fields = asdict(report)
    fields["regions_left_out"] = fields.pop("regions")
    fields["seconds"] = round(report.seconds, 3)
    return fields
