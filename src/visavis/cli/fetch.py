from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from visavis.cli.options import columns_option, json_option
from visavis.cli.output import say, tell

if TYPE_CHECKING:
    from visavis.datasets.fetching import FetchReport

SOME_FAILED = 3
LISTED = 20
"""Failed addresses that are listed one by one."""


@click.command("fetch")
@click.argument("data", metavar="SPEC")
@columns_option
@click.option(
    "--size",
    type=click.IntRange(32),
    default=512,
    help="Shortest side of the images kept, in pixels.",
)
@click.option(
    "--least", type=click.IntRange(1), default=32, help="Shortest side that is accepted, in pixels."
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    help="Seconds allowed for a download.",
)
@click.option(
    "--retries", type=click.IntRange(0), default=2, help="Further attempts after a failure."
)
@click.option("--threads", type=click.IntRange(1, 256), default=16, help="Downloads at a time.")
@click.option("--private", is_flag=True, help="Also fetch from this machine and its network.")
@json_option
def command(data: str, *, columns: str, as_json: bool, **rules: Any) -> None:
    """Fetch the images that a dataset names by web address.

    They are kept in the cache as JPEG, reduced in size; all other commands find them there and do
    not use the network. Run the command again to resume, and to try again what failed: failures are
    counted by reason and listed, and the exit code is then 3.
    """
    from visavis.cli.output import print_json
    from visavis.cli.progress import count_bar
    from visavis.datasets.fetching import FetchRules, fetch_images

    with count_bar("fetching") as advance:
        report = fetch_images(data, columns, FetchRules(**rules), advance)
    print_json(_to_json(report)) if as_json else _print(report)
    if report.failed:
        click.get_current_context().exit(SOME_FAILED)


def _print(report: FetchReport) -> None:
    for row in report.failed[:LISTED]:
        tell(f"failed {row}")
    if len(report.failed) > LISTED:
        tell(f"failed {len(report.failed) - LISTED:,} more; --json lists all")
    counts = {"fetched": report.fetched, "fetched earlier": report.earlier, **report.reasons}
    say(", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing")


def _to_json(report: FetchReport) -> dict[str, Any]:
    return {
        "fetched": report.fetched,
        "earlier": report.earlier,
        "reasons": report.reasons,
        "failed": [{"address": row.where, "reason": row.reason} for row in report.failed],
    }
