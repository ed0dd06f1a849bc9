"""From a recipe and a dataset to a model folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator

from visavis.datasets import Dataset, load_dataset
from visavis.encoders import load_encoder
from visavis.encoders.onnx import MODEL_FILE
from visavis.errors import TrainingError
from visavis.training import checkpoint
from visavis.training.allocator import keep_freed_memory
from visavis.training.checks import check_recipe, without_missing_data
from visavis.training.data import LEAST_IMAGES, TrainingData, read_pairs
from visavis.training.dev import DevResult
from visavis.training.examples import Examples, extract_features
from visavis.training.export import export_model
from visavis.training.materials import open_materials
from visavis.training.model import TwoTowers
from visavis.training.parallel import Device, open_accelerator
from visavis.training.projector import project
from visavis.training.recipe import Recipe, flatten, load_recipe
from visavis.training.stages import run_stages
from visavis.training.state import BOARD, RunState
from visavis.training.text_tables import vocabulary_texts
from visavis.training.tokenizer import SPECIAL
from visavis.training.towers.backbones import open_backbone
from visavis.training.towers.heads import LinearHead
from visavis.training.towers.image import ImageTower
from visavis.training.towers.words import WordTower
from visavis.training.trackers import check_trackers
from visavis.training.vocabulary import Vocabulary, VocabularyTexts, build_vocabulary
from visavis.wordvectors.vectors import WORDS_FILE

RUN = "run"
CENTRED_BY = 2000
"""Training images whose mean a centred head starts from."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained model, the vocabulary it reads, what it learned from and its recalls on dev."""

    model: TwoTowers
    vocabulary: Vocabulary
    dataset: Dataset
    data: TrainingData
    dev: DevResult


def train(
    recipe: Recipe | str | Path,
    dataset: Dataset | str | Path,
    out: str | Path,
    *,
    columns: str = "",
    langs: list[str] | None = None,
    device: Device = "auto",
    projector: bool = False,
    trackers: Sequence[str] = (),
    log: Callable[[str], None] = lambda _: None,
) -> DevResult | None:
    """Train a model and write its folder to `out`; return its recalls on dev.

    `recipe` may be what `load_recipe` takes, a name or a file, and `dataset` what `load_dataset`
    takes, such as `flickr8k:PATH`, with the same `columns`. All of the recipe is checked before any
    data are read. With `projector`, all images and captions of the dataset are written for
    TensorBoard at the end; `trackers`, such as `wandb` and `mlflow`, get the curves too. Of several
    processes the first writes and logs, and the others return None.

    The run's state is kept in `out/run`: after a kill, the same call resumes at the last
    checkpoint and ends with the same weights. On glibc the process keeps freed memory from then
    on (see `allocator`). Raises TrainingError.
    """
    recipe = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    out = Path(out)
    if (out / MODEL_FILE).exists():
        raise TrainingError(f"{out} already holds a model: name another --out, or remove it")
    check_trackers(trackers)
    keep_freed_memory()
    accelerator = open_accelerator(device)
    fitted = fit(
        recipe,
        dataset,
        out / RUN,
        accelerator,
        columns=columns,
        langs=langs,
        trackers=trackers,
        log=log,
    )
    if not accelerator.is_main_process:
        return None
    _export(recipe, fitted, out)
    if projector:
        log("encoding the whole dataset for TensorBoard's projector")
        project(out / RUN / BOARD, fitted.dataset, load_encoder(out))
    return fitted.dev


def fit(
    recipe: Recipe,
    dataset: Dataset | str | Path,
    folder: Path,
    accelerator: Accelerator,
    *,
    columns: str = "",
    langs: list[str] | None = None,
    trackers: Sequence[str] = (),
    log: Callable[[str], None] = lambda _: None,
) -> Fitted:
    """Train a model, with the run's state in `folder`; see `train`. Raises TrainingError."""
    log = log if accelerator.is_main_process else lambda _: None
    for line in check_recipe(recipe):
        log(line)
    recipe = without_missing_data(recipe, log)
    materials = open_materials(recipe.data)
    torch.manual_seed(recipe.seed)
    tower = _image_tower(recipe, materials).to(accelerator.device)
    dataset = load_dataset(dataset, columns)
    data = read_pairs(dataset, langs, recipe.seed)
    log(str(data))
    with accelerator.main_process_first():
        train_pairs, train_features = extract_features(tower, data.train, log)
        dev_pairs, dev_features = extract_features(tower, data.dev, log)
    if len(train_pairs.paths) < LEAST_IMAGES or not dev_pairs.texts:
        raise TrainingError("too few images can be opened: 2 to learn from and 1 for dev, at least")
    if recipe.image.centred and isinstance(tower.head, LinearHead):
        step = -(-len(train_features) // CENTRED_BY)
        tower.head.centre(train_features.take(np.arange(0, len(train_features), step)))
    data = replace(data, train=train_pairs, dev=dev_pairs)
    texts = VocabularyTexts(data.train.texts, *vocabulary_texts(materials))
    vocabulary = build_vocabulary(recipe.text, recipe.dim, texts, recipe.seed)
    folder.mkdir(parents=True, exist_ok=True)
    state = RunState(
        recipe=recipe,
        model=TwoTowers(tower, vocabulary.tower),
        train=Examples.build(data.train, train_features, vocabulary.tokens, tower.size),
        dev=Examples.build(data.dev, dev_features, vocabulary.tokens, tower.size),
        tokenize=vocabulary.tokens,
        materials=materials,
        folder=folder,
        identity=checkpoint.identity(recipe, data),
        accelerator=accelerator,
        trackers=trackers,
        log=log,
    )
    run_stages(state)
    dev = state.measure()
    return Fitted(state.model.cpu().eval(), vocabulary, dataset, data, dev)


def _image_tower(recipe: Recipe, materials: Mapping[str, Any]) -> ImageTower:
    image, drawn = recipe.image, materials.get("drawn")
    return ImageTower.build(
        open_backbone(image.backbone, image.weights),
        image.features,
        image.head,
        recipe.dim,
        width=image.width,
        dropout=image.dropout,
        classes=image.classes,
        drawn=len(drawn.labels) if drawn else 0,
        anchors=image.hubness,
    )


def _details(recipe: Recipe, fitted: Fitted) -> dict[str, Any]:
    """Return what `model.json` says about how the model was made."""
    train = fitted.data.train
    return {
        "languages": sorted(set(train.langs)),
        "licence": "that of the data and of the backbone's weights",
        "recipe": {"name": recipe.name, **flatten(recipe)},
        "dataset": {
            "name": fitted.dataset.name,
            "images": len(train.paths),
            "captions": len(train.texts),
        },
        "dev": {name: round(value, 2) for name, value in fitted.dev.figures.items()},
    }


def _export(recipe: Recipe, fitted: Fitted, out: Path) -> None:
    model, vocabulary = fitted.model, fitted.vocabulary
    export_model(
        model,
        vocabulary.tokenizer,
        out,
        name=out.resolve().name,
        details=_details(recipe, fitted),
        tables_in_bytes=recipe.text.int8_table,
    )
    if vocabulary.words:
        assert isinstance(model.text, WordTower)
        vectors = model.text.embedding.weight.detach().numpy()
        replace(vocabulary.words, vectors=vectors).save(out / WORDS_FILE, leave_out=SPECIAL)
