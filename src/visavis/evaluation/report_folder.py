"""The report folder: an HTML page, JSON, and curves as PNG and CSV."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from visavis.errors import VisavisError, reason
from visavis.evaluation.curves import Curve, curve, write_csv
from visavis.evaluation.html_report import write_html
from visavis.evaluation.plots import as_svg, check_drawing, draw_curves, draw_tau, save_png
from visavis.evaluation.report import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def prepare_folder(folder: Path) -> None:
    """Make the folder, and raise what `write_report` would only raise after a long evaluation."""
    check_drawing()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VisavisError(f"{folder}: cannot be written ({reason(error)})") from None


def write_report(folder: Path, reports: Sequence[Report], facts: Mapping[str, str]) -> None:
    """Write `report.html`, `report.json`, and curves for each language into a folder.

    `reports` are of one model; `facts` are more lines for the head of the page, such as the date
    and the command. Raises VisavisError if the folder cannot be written, and
    MissingExtraError without matplotlib.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawings = {report.embedded.lang: _draw(folder, report) for report in reports}
        details = [report.details() for report in reports]
        keys = {name.lower().replace(" ", "_"): fact for name, fact in facts.items()}
        (folder / "report.json").write_text(
            json.dumps({**keys, "reports": details}, ensure_ascii=False, indent=2) + "\n", "utf-8"
        )
        write_html(folder / "report.html", reports, details, drawings, facts)
    except OSError as error:
        raise VisavisError(f"{folder}: cannot be written ({reason(error)})") from None


def _draw(folder: Path, report: Report) -> list[str]:
    lang = report.embedded.lang
    curves: dict[str, Curve] = {"classic": curve(report.image_to_text)}
    if report.semantic:
        curves["semantic"] = curve(report.semantic.image_to_text)
    write_csv(folder / f"curve-{lang}.csv", curves)
    embedded = report.embedded
    title = (
        f"{embedded.dataset} {embedded.split}, {lang}: {len(report.image_to_text.queries):,} images"
    )
    figures = {"curve": draw_curves(title, curves)}
    if report.semantic:
        figures["tau"] = draw_tau(report.semantic.calibration, report.semantic.relevance_model)
    return [_save(figure, folder / f"{name}-{lang}.png") for name, figure in figures.items()]


def _save(figure: Figure, path: Path) -> str:
    save_png(figure, path)
    return as_svg(figure)
