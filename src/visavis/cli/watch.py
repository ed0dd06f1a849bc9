from __future__ import annotations

import json
import sys
import warnings
from datetime import datetime
from typing import TYPE_CHECKING

import click

from visavis.cli.options import (
    collection_option,
    exclude_option,
    json_option,
    model_option,
)
from visavis.cli.output import say, tell
from visavis.cli.skipped import list_skipped

if TYPE_CHECKING:
    from visavis.datasets import Skipped
    from visavis.indexing import IndexReport


@click.command("watch")
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...")
@click.option("--regions", is_flag=True, help="Index regions of the images too.")
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    default=3600,
    metavar="SECONDS",
    help="Check the folders at least this often, for drives that do not report changes.",
)
@exclude_option
@json_option
@collection_option
@model_option
def command(
    folders: tuple[str, ...],
    *,
    regions: bool,
    every: float,
    exclude: tuple[str, ...],
    as_json: bool,
    collection: str,
    model: str | None,
) -> None:
    """Index folders, and keep the collection up to date as files come, go and change.

    It starts with what has changed since the last time, so it may be stopped and started at any
    time; Ctrl-C stops it. If another command writes to the collection, or a disk is unplugged, it
    waits. A line is printed for each change, with --json an object.
    """
    warnings.filterwarnings("ignore", module="PIL")  # of damaged tags: the image may be sound
    from visavis.cli.known_collections import remember
    from visavis.encoders import load_encoder
    from visavis.indexing import watch

    encoder = load_encoder(model)
    printer = _Printer(encoder.dim, as_json=as_json)

    def done(report: IndexReport) -> None:
        printer.show(report)
        remember(collection)

    watch(
        folders,
        collection,
        model=encoder,
        regions=regions,
        exclude=exclude,
        every=every,
        done=done,
        trouble=lambda message: tell(message, "visavis: "),
    )


class _Printer:
    """Prints what has changed, and each skipped file once."""

    def __init__(self, dim: int, *, as_json: bool) -> None:
        self._dim, self._as_json = dim, as_json
        self._is_first = True
        self._skipped: set[Skipped] = set()

    def show(self, report: IndexReport) -> None:
        """Print a run, unless nothing has changed."""
        from visavis.cli.index import summary

        new = [skipped for skipped in report.skipped if skipped not in self._skipped]
        self._skipped = set(report.skipped)
        list_skipped("skipped", new)
        if new or self._is_first or report.added or report.renamed or report.missing:
            if self._as_json:
                print(json.dumps(report.to_json()))
            else:
                say(summary(report, self._dim), f"{datetime.now().astimezone():%H:%M:%S} ")
            sys.stdout.flush()
        self._is_first = False
