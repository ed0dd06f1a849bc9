from __future__ import annotations

import pytest
import torch
from accelerate import Accelerator

from visavis.errors import TrainingError
from visavis.training import checkpoint
from visavis.training.recipe import load_recipe
from visavis.training.run import fit
from visavis.training.stages import TranslationsStage
from visavis.training.state import RunState

RECIPE = """
dim = 16
[data]
pairs = "{folder}/pairs.tsv"
[[stages]]
name = "heads"
epochs = 1
[[stages]]
name = "translations"
kind = "translations"
batch = 8
epochs = 6
rate = 1e-2
text_rate = 1e-2
start_share = {share}
"""
WORDS = {"red": "rouge", "blue": "bleue", "big": "grande", "old": "vieille"}
LINES = [(f"a {english} thing", f"une chose {french}") for english, french in WORDS.items()]


@pytest.fixture(params=[0.0])
def recipe(request, tiny_changes, tmp_path):
    table = "".join("\t".join(line) + "\n" for line in LINES * 4)
    (tmp_path / "pairs.tsv").write_text(table, "utf-8")
    (tmp_path / "recipe.toml").write_text(
        RECIPE.format(folder=tmp_path, share=request.param), "utf-8"
    )
    return load_recipe(str(tmp_path / "recipe.toml"), tiny_changes)


def fitted(recipe, dataset, folder, log=lambda _: None):
    return fit(recipe, dataset, folder, Accelerator(cpu=True), log=log)


def test_translations_come_near_to_where_their_originals_were(recipe, shapes_dataset, tmp_path):
    lines: list[str] = []
    found = fitted(recipe, shapes_dataset, tmp_path / "run", lines.append)
    model, tokens = found.model.eval(), found.run.vocabulary.tokens
    original, translation = (tokens([line[column] for line in LINES]) for column in (0, 1))
    with torch.no_grad():
        after = model.encode_texts(original), model.encode_texts(translation)
        heads = checkpoint.load(tmp_path / "run" / "heads.pt")
        changed = {n for n, value in model.state_dict().items() if not torch.equal(heads[n], value)}
        model.load_state_dict(heads)
        before = model.encode_texts(original)
        apart = float((model.encode_texts(translation) * before).sum(dim=1).mean())
    assert float((after[0] * before).sum(dim=1).mean()) > 0.9
    assert float((after[1] * before).sum(dim=1).mean()) > apart + 0.1
    assert changed
    assert all(name.startswith("text.") for name in changed)
    assert sum("translations " in line and "dev en" in line for line in lines) == 6


@pytest.mark.parametrize("recipe", [0.25, 1.0], indirect=True)
def test_a_share_of_the_weights_before_is_mixed_in(recipe, shapes_dataset, tmp_path, monkeypatch):
    learned = {}
    save = RunState.save

    def remembered(self, progress):
        if progress and self.stages[self.number].name == "translations":
            learned.update({n: v.clone() for n, v in self.model.state_dict().items()})
        save(self, progress)

    monkeypatch.setattr(RunState, "save", remembered)
    found = fitted(recipe, shapes_dataset, tmp_path / "run").model.state_dict()
    heads = checkpoint.load(tmp_path / "run" / "heads.pt")
    share = recipe.stages[-1].start_share
    for name, value in found.items():
        if value.is_floating_point():
            expected = share * heads[name] + (1 - share) * learned[name]
            assert torch.allclose(value, expected, atol=1e-6), name


@pytest.mark.parametrize("recipe", [0.5], indirect=True)
def test_a_run_that_was_killed_ends_with_the_same_weights(
    recipe, shapes_dataset, tmp_path, kill_and_resume
):
    kill_and_resume(TranslationsStage, lambda name: fitted(recipe, shapes_dataset, tmp_path / name))


def test_it_needs_translations(recipe, shapes_dataset, tmp_path):
    (tmp_path / "pairs.tsv").write_text("a red thing\na blue thing\n", "utf-8")
    with pytest.raises(TrainingError, match=r"translations: no line of data\.pairs has two texts"):
        fitted(recipe, shapes_dataset, tmp_path / "run")
