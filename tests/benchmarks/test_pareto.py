import json
import sys
from dataclasses import asdict

import pytest

import pareto
from pareto import Point, front


def test_the_front_is_what_nothing_beats_in_both():
    costs, gains = [3, 1, 2, 2, 5, 4], [10, 5, 7, 8, 9, 12]
    assert front(costs, gains) == [1, 3, 0, 5]


def test_kept_measurements_are_drawn_without_measuring_again(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib")
    points = [
        Point("small", "a@1", 311.7, {"1": 12.3, "16": 10.1}, 13.2),
        Point("large", "b@2", 344.0, {"1": 30.0, "16": 25.5}, 23.9),
    ]
    kept, plot = tmp_path / "kept.json", tmp_path / "plot.png"
    kept.write_text(json.dumps([asdict(each) for each in points]))
    monkeypatch.setattr(
        sys, "argv", ["pareto.py", "small=nowhere", "--keep", str(kept), "--out", str(plot)]
    )
    pareto.main()
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| small | 311.7 | 12.3 | 10.1 | 13.2 |",
        "| large | 344.0 | 30.0 | 25.5 | 23.9 |",
    ]
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert pareto.read(kept) == points
