"""The example of docs/losses.md runs as it stands, and no loss or miner is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path

from accelerate import Accelerator

from visavis.training.losses import LOSSES
from visavis.training.materials import MATERIALS
from visavis.training.mining import MINERS
from visavis.training.recipe import load_recipe
from visavis.training.run import fit

DOCS = (Path(__file__).parents[3] / "docs" / "losses.md").read_text("utf-8")


def test_the_example_prints_what_is_written_below_it(capsys):
    code, printed = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", DOCS, re.DOTALL)[0]
    exec(compile(code, "losses.md", "exec"), {})
    assert capsys.readouterr().out == printed


def test_a_loss_of_ones_own_trains_as_it_is_documented(
    tiny_changes, shapes_dataset, tmp_path, monkeypatch
):
    *_, own = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    for registry in (LOSSES, MATERIALS):
        monkeypatch.setattr(registry, "_objects", dict(registry._objects))
    exec(compile("import torch\n" + own, "losses.md", "exec"), {})
    lengths = {caption.text: len(caption.text) for caption in shapes_dataset.captions}
    (tmp_path / "lengths.json").write_text(json.dumps(lengths))
    changes = ["stages.heads.epochs=1", f"data.lengths={tmp_path / 'lengths.json'}"]
    recipe = load_recipe(
        "contrastive", [*tiny_changes, *changes, "training.loss=info-nce+0.1*length"]
    )
    assert fit(recipe, shapes_dataset, tmp_path / "run", Accelerator(cpu=True)).dev.recall_sum > 0


def test_each_loss_and_each_miner_has_its_section():
    sections = re.findall(r"^### (\S+)$", DOCS, re.MULTILINE)
    assert sorted(sections) == sorted(LOSSES.names() + MINERS.names())
