from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from visavis.cli.options import (
    columns_option,
    data_option,
    folds_option,
    format_option,
    json_option,
    langs_option,
    overlap_option,
    read_langs,
    split_option,
)

if TYPE_CHECKING:
    from visavis.evaluation import Report
    from visavis.evaluation.comparison import Comparison

BUNDLED = "bundled"


@click.command("compare")
@click.argument("models", nargs=-1, required=True, metavar="A B …")
@data_option
@columns_option
@split_option
@langs_option
@folds_option
@click.option(
    "--plot",
    metavar="FILE.png",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Plot recall at every k up to 50.",
)
@overlap_option
@format_option
@json_option
def command(
    *,
    models: tuple[str, ...],
    data: str,
    columns: str,
    split: str,
    langs: str,
    folds: int,
    plot: Path | None,
    allow_overlap: bool,
    style: str,
    as_json: bool,
) -> None:
    """Compare models on the same queries.

    A B … are model folders, names of pulled models (see models list), or "bundled" for the model
    inside the package. The p values come
    from a paired randomisation test over images, with Holm's correction for multiple
    comparisons; a winner is named if p < 0.05.
    """
    from visavis.cli.evaluate import print_notes, report_skipped
    from visavis.cli.output import print_json
    from visavis.datasets import load_dataset
    from visavis.encoders import load_encoder
    from visavis.evaluation import evaluate
    from visavis.evaluation.comparison import compare

    if len(models) == 1:
        raise click.UsageError("name at least two models to compare")
    dataset = load_dataset(data, columns)
    encoders = [load_encoder(None if name == BUNDLED else name) for name in models]
    reports = [
        report
        for encoder in encoders
        for report in evaluate(
            encoder, dataset, split, read_langs(langs), folds=folds, allow_overlap=allow_overlap
        )
    ]
    found = compare(reports)
    report_skipped(data, dataset)
    if plot:
        from visavis.evaluation.plots import plot_comparison

        plot_comparison(reports, plot)
    for lang, note in dict.fromkeys((one.embedded.lang, n) for one in reports for n in one.notes):
        print_notes(lang, [note])
    if as_json:
        print_json([one.to_json() for one in found])
    else:
        _print(reports[0], found, style)


def _print(report: Report, found: Sequence[Comparison], style: str) -> None:
    from visavis.cli.language import translate
    from visavis.cli.output import print_table

    embedded = report.embedded
    columns = ("lang", "direction", "k", "A", "B", "A: R@k %", "B: R@k %", "p", "winner")
    rows = [
        (
            one.lang,
            translate(one.direction.replace("_", " ")),
            str(one.k),
            one.first,
            one.second,
            f"{one.first_recall:.1f}",
            f"{one.second_recall:.1f}",
            f"{one.p:.4f}",
            one.winner or translate("not significant"),
        )
        for one in found
    ]
    title = translate(f"{embedded.dataset}, split {embedded.split}, {len(embedded.keys):,} images")
    print_table(columns, rows, title, style)
