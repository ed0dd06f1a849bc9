from __future__ import annotations

import json
import sys

import pytest

from visavis.errors import MissingExtraError, VisavisError
from visavis.evaluation import evaluate
from visavis.evaluation.report_folder import write_report


def test_all_files_are_written(report_folder, dataset, encoder):
    assert {path.name for path in report_folder.iterdir()} == {
        "report.html",
        "report.json",
        *(f"{name}-{lang}.png" for name in ("curve", "tau") for lang in ("en", "fr")),
        "curve-en.csv",
        "curve-fr.csv",
    }
    assert (report_folder / "curve-en.png").read_bytes().startswith(b"\x89PNG")

    written = json.loads((report_folder / "report.json").read_text("utf-8"))
    expected = [r.details() for r in evaluate(encoder, dataset, "test", relevance_model="tfidf")]
    assert written["reports"] == json.loads(json.dumps(expected))
    assert written["date"] == "1 May"


def test_a_folder_that_cannot_be_made_is_named(dataset, encoder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(VisavisError, match="file: cannot be written"):
        write_report(tmp_path / "file", evaluate(encoder, dataset, "test", ["en"]), {})


def test_matplotlib_is_an_extra(dataset, encoder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"visavis\[plot\]"):
        write_report(tmp_path / "out", evaluate(encoder, dataset, "test", ["en"]), {})
