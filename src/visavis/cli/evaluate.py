from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from visavis.cli.options import (
    columns_option,
    data_option,
    folds_option,
    format_option,
    json_option,
    langs_option,
    model_option,
    overlap_option,
    read_langs,
    split_option,
)
from visavis.cli.output import tell

if TYPE_CHECKING:
    from visavis.datasets import Dataset
    from visavis.evaluation import ClassificationReport

METRICS = ("R@1", "R@5", "R@10", "median_rank")


@click.command("evaluate")
@click.option(
    "--task",
    type=click.Choice(["retrieve", "classify"]),
    default="retrieve",
    help="Search images and texts, or classify images.",
)
@data_option
@columns_option
@split_option
@langs_option
@folds_option
@click.option(
    "--relevance-model",
    metavar="NAME|FOLDER",
    help="Add semantic figures, by tfidf, minilm or a model folder.",
)
@click.option(
    "--report",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write an HTML report with curves, examples and semantic figures (tfidf by default).",
)
@overlap_option
@format_option
@json_option
@model_option
@click.pass_context
def command(
    context: click.Context,
    *,
    task: str,
    data: str,
    columns: str,
    split: str,
    langs: str,
    folds: int,
    relevance_model: str | None,
    folder: Path | None,
    allow_overlap: bool,
    style: str,
    as_json: bool,
    model: str | None,
) -> None:
    """Measure a model on a dataset.

    Prints recall at 1, 5 and 10 and the median rank, by language and direction. --json and
    --report give all figures, with 95 % confidence intervals.

    --task classify prints the top-1 and top-5 accuracy of zero-shot classification, with intervals,
    on images in folders that are named after their classes: see classes:FOLDER.
    """
    from visavis.cli.output import print_json
    from visavis.datasets import load_dataset
    from visavis.evaluation import evaluate, evaluate_classification

    if task == "classify" and (folds > 1 or relevance_model or folder):
        raise click.UsageError("--folds, --relevance-model and --report are for --task retrieve")
    dataset = load_dataset(data, columns)
    if task == "classify":
        found = evaluate_classification(
            model, dataset, split, read_langs(langs), allow_overlap=allow_overlap
        )
        report_skipped(data, dataset)
        for one in found:
            print_notes(one.lang, one.notes)
        if as_json:
            print_json([one.to_json() for one in found])
        else:
            print_classification(found, style)
        return
    if folder:
        from visavis.evaluation.report_folder import prepare_folder, write_report

        prepare_folder(folder)
    reports = evaluate(
        model,
        dataset,
        split,
        read_langs(langs),
        folds=folds,
        relevance_model=relevance_model or ("tfidf" if folder and folds == 1 else None),
        allow_overlap=allow_overlap,
    )
    report_skipped(data, dataset)
    for report in reports:
        print_notes(report.embedded.lang, report.notes)
    if folder:
        write_report(folder, reports, _facts(context))
        click.echo(folder / "report.html", err=True)
    details = [report.details() for report in reports]
    print_json(details) if as_json else print_reports(details, style)


def print_notes(where: str, notes: Sequence[str]) -> None:
    """Print notes on a measurement to stderr."""
    for note in notes:
        tell(f"note, {where}: {note}")


def report_skipped(data: str, dataset: Dataset) -> None:
    """Print to stderr how many rows of a dataset were skipped, and the first of them."""
    if dataset.skipped:
        count, first = len(dataset.skipped), dataset.skipped[0]
        tell(f"{data}: rows skipped: {count:,}, the first: {first}")


def print_reports(reports: Sequence[dict[str, Any]], style: str = "table") -> None:
    """Print a row for each language and direction, with the dataset, split and counts."""
    from visavis.cli.language import translate
    from visavis.cli.output import print_table

    facts = ("dataset", "split", "lang", "images", "captions")
    rows = [
        (
            *(str(report[fact]) for fact in facts),
            translate(direction),
            *(f"{figures[name]:.1f}" for name in METRICS),
        )
        for report in reports
        for direction, figures in _directions(report)
    ]
    title = f"model {reports[0]['model']}"
    if reports[0]["folds"] > 1:
        title += f", {reports[0]['folds']} folds"
    print_table(
        (*facts, "direction", "R@1 %", "R@5 %", "R@10 %", "median rank"),
        rows,
        translate(title),
        style,
    )


def print_classification(reports: Sequence[ClassificationReport], style: str = "table") -> None:
    """Print a row for each language, with the dataset, split, counts and intervals."""
    from visavis.cli.language import translate
    from visavis.cli.output import print_table

    facts = ("dataset", "split", "lang", "images", "classes")
    accuracies = ("top-1", "top-5")
    rows = []
    for report in (one.to_json() for one in reports):
        figures = ((report[name], report["intervals"][name]) for name in accuracies)
        cells = (f"{value:.1f} ({low:.1f} to {high:.1f})" for value, (low, high) in figures)
        rows.append((*(str(report[fact]) for fact in facts), *cells))
    title = translate(f"model {reports[0].model}, zero-shot classification")
    print_table((*facts, *(f"{name} % (95 % interval)" for name in accuracies)), rows, title, style)


def _directions(report: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    both = {"image to text": "image_to_text", "text to image": "text_to_image"}
    texts = report["text_to_text"].items()
    rows = [(direction, report[key]) for direction, key in both.items()]
    rows += [(f"text to text {lang}", figures) for lang, figures in texts]
    if semantic := report.get("semantic"):
        suffix = f", semantic ({semantic['relevance_model']}, τ {semantic['tau']:.3f})"
        rows += [(direction + suffix, semantic[key]) for direction, key in both.items()]
    return rows


def _facts(context: click.Context) -> dict[str, str]:
    from datetime import UTC, datetime

    from visavis.version import __version__

    return {
        "Date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Command": _command_line(context),
        "Made by": f"visavis {__version__}",
    }


def _command_line(context: click.Context) -> str:
    """Return the command as typed, without options that have their default."""
    words = ["visavis", "evaluate"]
    for option in context.command.params:
        value = context.params.get(str(option.name))
        if value in {None, False} or value == option.get_default(context):
            continue
        words += [option.opts[0]] if value is True else [option.opts[0], str(value)]
    return shlex.join(words)
