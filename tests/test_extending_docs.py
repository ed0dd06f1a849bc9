"""The plugin of docs/extending.md, installed as it stands: each of its parts is used by name."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from visavis import Collection, text
from visavis.cli import main
from visavis.datasets import load_dataset
from visavis.datasets.base import DATASETS
from visavis.encoders import ENCODERS, load_encoder
from visavis.errors import DatasetError
from visavis.indexing import index
from visavis.queries.fusion import FUSIONS
from visavis.registry import Registry
from visavis.stores import STORES

PAGE = (Path(__file__).parents[1] / "docs" / "extending.md").read_text("utf-8")
FILES = dict(
    re.findall(r'^```(?:python|toml) title="(.*?)"\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)
)
PROJECT = tomllib.loads(FILES["pyproject.toml"])["project"]
GROUPS = PROJECT["entry-points"]


@pytest.fixture(scope="module")
def registries():
    """All registries that a plugin can add to, by kind."""
    from visavis.training.losses import DISTANCES, LOSSES
    from visavis.training.mining import MINERS
    from visavis.training.stages.base import STAGES
    from visavis.training.towers.backbones import BACKBONES
    from visavis.training.towers.heads import HEADS
    from visavis.training.towers.words import POOLINGS

    found = [STORES, ENCODERS, DATASETS, FUSIONS, LOSSES, DISTANCES, MINERS, STAGES, BACKBONES]
    return {registry.kind: registry for registry in [*found, HEADS, POOLINGS]}


@pytest.fixture(scope="module")
def installed(tmp_path_factory, registries):
    """The distribution on sys.path, as pip would install it; gone again at the end."""
    folder = tmp_path_factory.mktemp("site")
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, "utf-8")
    about = folder / f"{PROJECT['name'].replace('-', '_')}-{PROJECT['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: {PROJECT['name']}\nVersion: {PROJECT['version']}\n")
    lines = [
        line
        for group, entries in GROUPS.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
    ]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
    before = {kind: dict(registry._objects) for kind, registry in registries.items()}
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield folder
    sys.path.remove(str(folder))
    for kind, registry in registries.items():
        registry._objects = before[kind]
    for name in [name for name in sys.modules if name.partition(".")[0] == "visavis_colours"]:
        del sys.modules[name]


@pytest.fixture
def swatches(tmp_path):
    """Plain images of six colours in four shades, named after them."""
    folder = tmp_path / "colours"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("red", "lime", "blue", "yellow", "black", "white"):
        colour = np.array(Image.new("RGB", (1, 1), name))
        for shade in range(4):
            pixels = np.clip(colour.astype(int) + rng.integers(-20, 21, (24, 24, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{name}.{shade}.png")
    return folder


def test_the_page_has_one_plugin_for_each_kind(registries):
    assert {group.removeprefix("visavis.") for group in GROUPS} == set(registries)
    assert all(len(entries) == 1 for entries in GROUPS.values())
    assert all(isinstance(registry, Registry) for registry in registries.values())


@pytest.mark.parametrize("group", GROUPS)
def test_a_plugin_is_found_by_name(group, installed, registries):
    ((name, value),) = GROUPS[group].items()
    registry = registries[group.removeprefix("visavis.")]
    assert name in registry.names()
    assert registry.get(name).__name__ == value.partition(":")[2]


def test_a_search_with_the_encoder_and_the_store(installed, swatches, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    index(swatches, "scratch://by-colour", model="colour://", regions=True)
    with Collection.open("scratch://by-colour", "colour://") as collection:
        hits = collection.search("a lime wall", k=4, regions=True)
        assert {Path(hit.source).name.split(".")[0] for hit in hits} == {"lime"}
        query = text("red") + 9 * text("blue") - text("white")
        one, other = (
            collection.search(q, fusion="equal")
            for q in (query, text("red") + text("blue") - text("white"))
        )
        assert one == other
        assert one != collection.search(query)
    assert (tmp_path / "scratch" / "visavis-scratch" / "by-colour").is_dir()


def test_the_commands_of_the_page(installed, swatches, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    visavis ((?:index|search) .*)$", PAGE, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(command.replace("~/Pictures", str(swatches)).replace("navy", "blue")))
        assert not ended.value.code
    assert "blue." in capsys.readouterr().out


def test_a_model_folder_names_the_encoder(installed, tmp_path):
    (tmp_path / "model.json").write_text(json.dumps({"format": 1, "encoder": "colour"}))
    assert load_encoder(tmp_path).location == str(tmp_path)


def test_the_reader(installed, swatches, tmp_path):
    dataset = load_dataset(f"swatches:{swatches}")
    assert len(dataset.images) == 24
    assert dataset.captions[0].text == "black"
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="no swatches"):
        load_dataset(f"swatches:{tmp_path / 'empty'}")


def test_the_distance_is_an_angle(installed, registries):
    import torch

    scores = torch.tensor([1.0, 0.5, 0.0, -1.0])
    expected = torch.tensor([0.0, 1 / 3, 0.5, 1.0])
    assert torch.allclose(registries["distances"].get("angle")(scores), expected, atol=1e-3)


def test_the_loss_is_the_formula(installed, registries):
    import torch

    from visavis.training.losses import Scores

    scores = torch.tensor([[0.9, 0.2, 0.5], [0.1, 0.3, 0.8]])
    positives = torch.tensor([[True, False, False], [False, True, False]])
    negatives = torch.tensor([[False, True, False], [True, False, True]])
    found = registries["losses"].get("logistic")(Scores(scores, positives, negatives, scale=10.0))
    expected = np.log1p(np.exp([10 * (0.2 - 0.9), 10 * (0.8 - 0.3)])).mean()
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_the_miner_chooses_among_the_three_hardest(installed, registries):
    import torch

    from visavis.training.mining import Candidates

    scores = torch.tensor([[0.9, 0.1, 0.2, 0.3, 0.4], [0.9, 0.1, 0.2, 0.3, 0.4]])
    positives = torch.tensor([[True, False, False, False, False]] * 2)
    negatives = torch.tensor([[False, True, True, True, True], [False] * 5])
    mine, generator = registries["miners"].get("top-3"), torch.Generator().manual_seed(0)
    rows = [mine(Candidates(scores, positives, negatives, generator)).tolist() for _ in range(60)]
    assert {row[0] for row in rows} == {2, 3, 4}
    assert {row[1] for row in rows} == {-1}


@pytest.mark.filterwarnings("ignore")  # the exporter has a lot to say
def test_a_model_is_trained_with_all_the_parts(installed, swatches, tmp_path):
    from visavis.training.recipe import load_recipe
    from visavis.training.run import train

    lines = []
    recipe = load_recipe(str(installed / "recipe.toml"))
    train(recipe, f"swatches:{swatches}", tmp_path / "model", log=lines.append)
    assert any("rounded: weights rounded" in line for line in lines)
    encoder = load_encoder(tmp_path / "model")
    assert (encoder.dim, encoder.image_size) == (16, 32)
    assert encoder.encode_texts(["red"]).shape == (1, 16)
