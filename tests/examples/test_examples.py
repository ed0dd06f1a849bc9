"""The examples run as they stand."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest

from visavis.cli import main
from visavis.collection import Collection

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_the_shop_finds_what_is_red_and_affordable(here, monkeypatch, capsys):
    commands = re.findall(
        r"^    (.+)$", (EXAMPLES / "shop/README.md").read_text("utf-8"), re.MULTILINE
    )
    script, search = map(shlex.split, commands)
    monkeypatch.syspath_prepend(EXAMPLES / "shop")
    monkeypatch.setattr(sys, "argv", script[1:])
    runpy.run_path(str(EXAMPLES / "shop/shop.py"), run_name="__main__")
    answers = re.findall(r"^(\S.*)\n  \S+  (.+?),", capsys.readouterr().out, re.MULTILINE)
    (any_red, red), (affordable, cheap), changed = answers
    assert (any_red, affordable) == ("in red", "in red, below 50")
    assert red in {"red dress", "red T-shirt", "red trousers"}
    assert cheap in {"red T-shirt", "red trousers"}
    assert changed == ("this blue T-shirt, but in red", "red T-shirt")
    with pytest.raises(SystemExit) as ended:
        main(search[1:])
    assert not ended.value.code
    assert "t-shirt-red.png" in (here / "shop/red.html").read_text("utf-8")


def test_the_backend_has_its_own_routes_and_ours(here):
    from starlette.testclient import TestClient

    Collection.create("photos").close()
    backend = runpy.run_path(str(EXAMPLES / "app_backend.py"))["backend"]
    with TestClient(backend("photos")) as client:
        assert client.get("/albums/dogs").json() == []
        found = client.post("/search/api/v1/search", json={"terms": [{"text": "a dog"}]})
        assert (found.status_code, found.json()["hits"]) == (200, [])
        assert "<html" in client.get("/search/").text


def run_notebook(name):
    """Run the code of a notebook as it stands, and return its variables."""
    cells = json.loads((EXAMPLES / name).read_text("utf-8"))["cells"]
    names = {}
    for number, cell in enumerate(cells):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and not source.startswith("%"):
            exec(compile(source, f"{name}, cell {number}", "exec"), names)
    return names


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the exporter has a lot to say
def test_the_notebook_trains_and_measures(here, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names = run_notebook("research.ipynb")
    assert {report.embedded.lang for report in names["reports"]} == {"en", "fr"}
    assert (here / "research/recall.png").stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_classic_notebook_goes_from_data_to_the_projector(here, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.delenv("CLASSIC_DATA", raising=False)
    names = run_notebook("classic.ipynb")
    for report in names["reports"]:
        figures = report.to_json()["text_to_image"]
        assert figures["R@10"] > 1.2 * 100 * 10 / 15, "better than chance"
    assert all(len(hits) == 3 for hits in names["answers"].values())
    assert len(names["points"]) == len(names["kinds"]) == 150 + 600
    for plot in ("samples", "triplets", "curves", "space"):
        assert (here / f"classic/{plot}.png").stat().st_size > 5_000


def test_notebooks_have_no_outputs():
    for path in EXAMPLES.glob("*.ipynb"):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            assert not cell.get("outputs"), path
