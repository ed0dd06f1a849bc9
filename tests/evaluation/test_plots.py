from __future__ import annotations

import numpy as np
import pytest

from visavis.errors import VisavisError
from visavis.evaluation import evaluate
from visavis.evaluation.curves import curve
from visavis.evaluation.plots import as_svg, draw_curves, draw_tau, plot_comparison
from visavis.evaluation.ranks import Ranks
from visavis.evaluation.semantic_qrels import LEVELS, Calibration


def lines(figure):
    (axes,) = figure.axes
    return {line.get_label(): np.asarray(line.get_ydata()) for line in axes.get_lines()}


def test_curves_show_recall_and_precision():
    ranks = Ranks(np.arange(2), np.arange(3), np.array([1, 40]), np.full(2, 60))
    drawn = lines(draw_curves("a title", {"classic": curve(ranks)}))
    assert drawn["recall, classic"][[0, 38, 39]].tolist() == [50, 50, 100]
    assert drawn["precision, classic"][[0, 39]].tolist() == [50, 2.5]


@pytest.mark.parametrize("own", [np.nan, 0.5])
def test_tau_is_marked_and_own_images_are_shown_if_any(own):
    shares = np.linspace(1, 0, len(LEVELS))
    calibration = Calibration("dev", 1e-3, 0.25, np.full(len(LEVELS), own), shares)
    figure = draw_tau(calibration, "tfidf")
    assert ("of its own image" in lines(figure)) == (own == 0.5)
    svg = as_svg(figure)
    assert svg.startswith("<svg")
    assert "τ = 0.250" in svg, "text stays text"


def test_models_are_plotted_for_each_language_and_direction(dataset, encoder, tmp_path):
    reports = evaluate(encoder, dataset, "test")
    plot_comparison(reports, tmp_path / "a.image")
    assert (tmp_path / "a.image").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(VisavisError, match="cannot be written"):
        plot_comparison(reports, tmp_path / "gone" / "a.png")
