"""Plots drawn with matplotlib, as PNG files and as SVG for the HTML report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from io import StringIO
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.errors import MissingExtraError, VisavisError, reason
from visavis.evaluation.curves import LAST, Curve, curve
from visavis.evaluation.report import DIRECTIONS, Report
from visavis.evaluation.semantic_qrels import LEVELS, Calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT = "#1d1c1a", "#6b6862"
COLOURS = ("#a8431f", "#1f6aa8", "#3f7d3a", "#7a4a9e", "#8a6d1a", "#444444")
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and copied
    "svg.hashsalt": "visavis",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e1da",
    "xtick.color": FAINT,
    "ytick.color": FAINT,
}


def draw_curves(title: str, curves: Mapping[str, Curve]) -> Figure:
    """Draw recall and precision at every k."""
    figure, axes = _figure(title)
    for colour, (name, one) in zip(COLOURS, curves.items(), strict=False):
        ks = np.arange(1, len(one.recall) + 1)
        axes.plot(ks, one.recall, color=colour, label=f"recall, {name}")
        axes.plot(ks, one.precision, color=colour, linestyle="--", label=f"precision, {name}")
    axes.set(xlabel="k", ylabel="mean over images, %", ylim=(0, 100))
    axes.set_xlim(1, ks[-1])
    axes.legend(frameon=False)
    return figure


def draw_tau(calibration: Calibration, relevance_model: str) -> Figure:
    """Draw the shares of pairs that each threshold accepts, and the threshold chosen."""
    figure, axes = _figure(f"Choosing τ for {relevance_model} on {calibration.split}")
    shown = LEVELS >= 0
    axes.plot(
        LEVELS[shown], 100 * calibration.others[shown], color=COLOURS[1], label="of other images"
    )
    if not np.isnan(calibration.own).any():
        axes.plot(
            LEVELS[shown], 100 * calibration.own[shown], color=COLOURS[0], label="of its own image"
        )
    axes.axvline(calibration.tau, color=INK, linewidth=1)
    axes.axhline(100 * calibration.rate, color=FAINT, linewidth=1, linestyle=":")
    # Half-way between the curves: below, the lower one would run through it.
    axes.annotate(f"  τ = {calibration.tau:.3f}", (calibration.tau, 1.2), color=INK)
    axes.set(
        xlabel="similarity of a caption to the most similar other caption of an image",
        ylabel="captions accepted, %",
        yscale="log",
        xlim=(0, 1),
        ylim=(0.001, 100),
    )
    axes.yaxis.set_major_formatter("{x:g}")
    axes.legend(loc="lower left", frameon=False)
    return figure


def plot_comparison(reports: Sequence[Report], path: Path) -> None:
    """Write recall at every k as PNG, a row for each language and a column for each direction.

    Raises VisavisError if the file cannot be written.
    """
    langs = sorted({report.embedded.lang for report in reports})
    with _settings():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 3.6 * len(langs)), layout="constrained")
        rows = figure.subplots(len(langs), len(DIRECTIONS), squeeze=False)
        for lang, row in zip(langs, rows, strict=True):
            own = [report for report in reports if report.embedded.lang == lang]
            for direction, axes in zip(DIRECTIONS, row, strict=True):
                _draw_recalls(axes, own, direction)
    try:
        save_png(figure, path)
    except OSError as error:
        raise VisavisError(f"{path}: cannot be written ({reason(error)})") from None


def _draw_recalls(axes: Axes, reports: Sequence[Report], direction: str) -> None:
    for colour, report in zip(cycle(COLOURS), reports, strict=False):
        hits = curve(getattr(report, direction)).hit_rate
        axes.plot(np.arange(1, len(hits) + 1), hits, color=colour, label=report.embedded.model)
    embedded = reports[0].embedded
    title = f"{embedded.dataset} {embedded.split}, {embedded.lang}: {direction.replace('_', ' ')}"
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    axes.set(xlabel="k", ylabel="recall at k, %", xlim=(1, LAST), ylim=(0, 100))
    axes.legend(loc="lower right", frameon=False)


def save_png(figure: Figure, path: Path) -> None:
    """Write a plot as a PNG file."""
    with _settings():
        figure.savefig(path, format="png", dpi=160)


def as_svg(figure: Figure) -> str:
    """Return a plot as an SVG element for an HTML page."""
    text = StringIO()
    with _settings():
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def _figure(title: str) -> tuple[Figure, Axes]:
    with _settings():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.6, 3.6), layout="constrained")
        axes = figure.subplots()
        axes.set_title(title, loc="left", color=INK, fontsize=11)
        return figure, axes


def check_drawing() -> None:
    """Raise MissingExtraError if matplotlib is not installed."""
    with _settings():
        pass


def _settings() -> AbstractContextManager[None]:
    try:
        from matplotlib import rc_context
    except ImportError:
        raise MissingExtraError("drawing curves", "plot") from None
    return rc_context(SETTINGS)
