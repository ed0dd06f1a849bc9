from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import click

from visavis.cli.options import (
    collection_option,
    columns_option,
    exclude_option,
    json_option,
    model_option,
)
from visavis.cli.output import say, tell
from visavis.cli.skipped import SOME_SKIPPED, list_skipped, resumable

if TYPE_CHECKING:
    from visavis.indexing import IndexReport

RULES = 5
"""Rules that the summary names."""
FLOAT_BYTES = 4


@click.command("index")
@click.argument("sources", nargs=-1)
@click.option(
    "--regions",
    is_flag=True,
    help="Index regions of the images too, for search --regions.",
)
@click.option(
    "--reencode",
    is_flag=True,
    help="Migrate the collection to --model; searches use the old model until the end.",
)
@click.option(
    "--ray",
    "cluster",
    is_flag=False,
    flag_value="local",
    metavar="[ADDRESS]",
    help="Encode on a Ray cluster: its address, auto for this machine's, or nothing to start one here.",
)
@click.option(
    "--vanished",
    is_flag=True,
    help="Accept sources that are gone, and mark their files as missing.",
)
@exclude_option
@columns_option
@json_option
@collection_option
@model_option
def command(
    sources: tuple[str, ...],
    *,
    regions: bool,
    reencode: bool,
    vanished: bool,
    cluster: str | None,
    exclude: tuple[str, ...],
    columns: str,
    as_json: bool,
    collection: str,
    model: str | None,
) -> None:
    """Add images and texts to a collection.

    SOURCES are folders, files, URLs, such as s3://bucket/photos, or datasets, such as
    flickr8k:PATH. Run the command again to add what is new; moved files are recognised by their
    content. Unreadable files are skipped and listed, images and videos of kinds that are not read
    are counted; the exit code is then 3. Dates, cameras, places, ratings, descriptions and
    keywords in image files and their XMP side-cars are kept as metadata.

    Hidden files, system folders such as @eaDir or $RECYCLE.BIN, and what --exclude or a file called
    .visavisignore names are left out, and counted.

    With --ray, the workers of a cluster of Ray decode and encode; they must see the same paths or
    URLs. If one of them dies, nothing is lost or indexed twice.

    --reencode takes no sources: it encodes all items with another model. Run the command again
    to resume after an interruption. Images that no longer exist keep their metadata but are not
    found any more, and are listed; the exit code is then 3.
    """
    if reencode == bool(sources):
        raise click.UsageError(
            "--reencode takes no sources" if reencode else "Missing argument 'SOURCES...'."
        )
    if reencode and cluster:
        raise click.UsageError("--reencode runs on this machine; leave --ray out")
    if reencode:
        _migrate(collection, model, as_json=as_json)
        return
    warnings.filterwarnings("ignore", module="PIL")  # of damaged tags: the image may be sound
    from visavis.cli.known_collections import remember
    from visavis.cli.progress import index_bar
    from visavis.collection import Collection
    from visavis.indexing import find, index, only_run, share_progress

    found = find(sources, vanished=vanished, columns=columns, exclude=exclude)
    with (
        resumable(),
        Collection.open_or_create(collection, model) as opened,
        only_run(collection),
        index_bar() as advance,
        share_progress(collection, advance) as progress,
    ):
        if cluster:
            from visavis.distributed import index_on_ray

            run: Callable[..., IndexReport] = partial(index_on_ray, address=cluster, model=model)
        else:
            run = index
        report = run(found, opened, progress=progress, regions=regions)
    remember(opened.store.location)
    print_report(report, opened.store.dim, as_json=as_json)


def print_report(report: IndexReport, dim: int, *, as_json: bool) -> None:
    """Print what came of a run; if something was skipped or passed over, exit with 3."""
    from visavis.cli.output import print_json
    from visavis.datasets.passed_over import describe_passed_over

    list_skipped("skipped", report.skipped)
    passed_over = describe_passed_over(report.passed_over)
    for kind in passed_over:
        tell(f"passed over {kind}")
    if as_json:
        print_json(report.to_json())
    else:
        say(summary(report, dim))
    if report.skipped or passed_over:
        click.get_current_context().exit(SOME_SKIPPED)


def _migrate(collection: str, model: str | None, *, as_json: bool) -> None:
    from visavis.cli.output import print_json
    from visavis.cli.progress import index_bar
    from visavis.encoders import load_encoder
    from visavis.indexing import migrate, only_run, share_progress
    from visavis.stores import open_store

    encoder = load_encoder(model)
    with (
        resumable(),
        closing(open_store(collection)) as store,
        only_run(collection),
        index_bar() as advance,
        share_progress(collection, advance) as progress,
    ):
        report = migrate(store, encoder, progress=progress)
    list_skipped("not encoded:", report.lost)
    if as_json:
        print_json(
            {
                "model": encoder.id,
                "encoded": report.encoded,
                "resumed": report.resumed,
                "missing": report.missing,
                "lost": [{"where": p.where, "reason": p.reason} for p in report.lost],
                "seconds": round(report.seconds, 3),
            }
        )
    else:
        counts = {
            "encoded": report.encoded,
            "encoded earlier": report.resumed,
            "missing": report.missing,
            "not encoded": len(report.lost),
        }
        done = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
        say(f"{done or 'nothing to do'} in {report.seconds:,.1f} s; the model is now {encoder.id}")
    if report.lost:
        click.get_current_context().exit(SOME_SKIPPED)


def summary(report: IndexReport, dim: int) -> str:
    """Summarise a run in one line: counts, speed, and the size of the regions."""
    counts = {
        "added": report.added,
        "renamed or copied": report.renamed,
        "unchanged": report.unchanged,
        "missing": report.missing,
        "skipped": len(report.skipped),
        "passed over": sum(report.passed_over.values()),
        _excluded(report): sum(report.excluded.values()),
    }
    done = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    frames = f", {report.frames:,} more frames of videos" if report.frames else ""
    speed = f", {report.images_per_second:,.0f} images/s" if report.images else ""
    size = report.regions * dim * FLOAT_BYTES / 1e6
    regions = f", {report.regions:,} regions ({size:,.1f} MB)" if report.regions else ""
    texts = f", {report.texts:,} texts in image files" if report.texts else ""
    sidecars = "XMP side-car" if report.sidecars == 1 else "XMP side-cars"
    beside = f", {report.sidecars:,} {sidecars}" if report.sidecars else ""
    one = report.mended == 1
    again = "damaged item encoded again" if one else "damaged items encoded again"
    mended = f", {report.mended:,} {again}" if report.mended else ""
    time = f"{report.seconds:,.1f} s"
    return f"{done or 'nothing found'} in {time}{frames}{speed}{regions}{texts}{beside}{mended}"


def _excluded(report: IndexReport) -> str:
    """Return "excluded" with the rules that exclude most: `excluded (2 @eaDir, 1 *.png)`."""
    rules = sorted(report.excluded.items(), key=lambda rule: (-rule[1], rule[0]))
    named = [f"{count:,} {rule}" for rule, count in rules[:RULES]]
    more = len(rules) - RULES
    return f"excluded ({', '.join([*named, *([f'{more} more rules'] if more > 0 else [])])})"
