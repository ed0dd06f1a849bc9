from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from visavis.cli.options import json_option, model_option


@click.command("evaluate")
@click.option("--data", required=True, metavar="SPEC", help="A dataset, such as flickr8k:PATH.")
@click.option("--split", default="test", metavar="NAME", help="The part to measure on.")
@click.option("--lang", default="", metavar="en,fr", help="Languages; all there are by default.")
@json_option
@model_option
def command(*, data: str, split: str, lang: str, as_json: bool, model: str | None) -> None:
    """Measure a model on a dataset.

    Tells recall at 1, 5 and 10 and the median rank, both ways, for each language.
    """
    from visavis.cli.output import print_json
    from visavis.datasets import load_dataset
    from visavis.encoders import load_encoder
    from visavis.evaluation import evaluate

    langs = [code.strip() for code in lang.split(",") if code.strip()] or None
    dataset = load_dataset(data)
    reports = [r.to_json() for r in evaluate(load_encoder(model), dataset, split, langs)]
    if dataset.problems:
        count, first = len(dataset.problems), dataset.problems[0]
        click.echo(f"{data}: rows skipped: {count:,}, the first: {first}", err=True)
    if as_json:
        print_json(reports)
    else:
        print_reports(reports)


def print_reports(reports: Sequence[dict[str, Any]]) -> None:
    """Print one line a language and direction, with what the figures were taken on."""
    from visavis.cli.output import print_table

    figures = ("R@1", "R@5", "R@10", "median_rank")
    facts = ("dataset", "split", "lang", "images", "captions")
    rows = [
        (
            *(str(report[fact]) for fact in facts),
            way.replace("_", " "),
            *(f"{report[way][figure]:.1f}" for figure in figures),
        )
        for report in reports
        for way in ("image_to_text", "text_to_image")
    ]
    title = f"model {reports[0]['model']}" if reports else "nothing measured"
    print_table((*facts, "direction", "R@1 %", "R@5 %", "R@10 %", "median rank"), rows, title)
