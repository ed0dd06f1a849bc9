"""Write a report folder: a page for people, JSON for programs, curves as PNG and CSV."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from visavis.errors import VisavisError
from visavis.evaluation.curves import Curve, curve, write_csv
from visavis.evaluation.page import write_page
from visavis.evaluation.plots import as_svg, check_drawing, draw_curves, draw_tau, save_png
from visavis.evaluation.protocol import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def prepare(folder: Path) -> None:
    """Make the folder before a long measurement; raises what `publish` would raise after it."""
    check_drawing()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VisavisError(f"{folder}: cannot be written ({error.strerror})") from None


def publish(folder: Path, reports: Sequence[Report], facts: Mapping[str, str]) -> None:
    """Write `report.html`, `report.json`, and curves for each language, into a folder.

    `reports` are of one model; `facts` are what the page says of how it was made, such as the
    date and the command. Raises VisavisError if the folder cannot be written, and
    MissingExtraError without matplotlib.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawings = {report.subject.lang: _draw(folder, report) for report in reports}
        details = [report.details() for report in reports]
        told = {name.lower().replace(" ", "_"): fact for name, fact in facts.items()}
        whole = {**told, "reports": details}
        (folder / "report.json").write_text(
            json.dumps(whole, ensure_ascii=False, indent=2) + "\n", "utf-8"
        )
        write_page(folder / "report.html", reports, details, drawings, facts)
    except OSError as error:
        raise VisavisError(f"{folder}: cannot be written ({error.strerror})") from None


def _draw(folder: Path, report: Report) -> list[str]:
    lang = report.subject.lang
    curves: dict[str, Curve] = {"classic": curve(report.image_to_text)}
    if report.semantic:
        curves["semantic"] = curve(report.semantic.image_to_text)
    write_csv(folder / f"curve-{lang}.csv", curves)
    subject = report.subject
    title = (
        f"{subject.dataset} {subject.split}, {lang}: {len(report.image_to_text.queries):,} images"
    )
    figures = {"curve": draw_curves(title, curves)}
    if report.semantic:
        figures["tau"] = draw_tau(report.semantic.calibration, report.semantic.judge)
    return [_save(figure, folder / f"{name}-{lang}.png") for name, figure in figures.items()]


def _save(figure: Figure, path: Path) -> str:
    save_png(figure, path)
    return as_svg(figure)
