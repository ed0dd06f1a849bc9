"""From a recipe and a dataset to a model folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator

from visavis.datasets import Dataset, load_datasets
from visavis.encoders import load_encoder
from visavis.encoders.onnx import MODEL_FILE
from visavis.errors import TrainingError
from visavis.training import checkpoint
from visavis.training.adapters import add_adapters, merge_adapters
from visavis.training.allocator import keep_freed_memory, return_freed_memory
from visavis.training.checks import check_recipe, misaligned_crops, without_missing_data
from visavis.training.data import LEAST_IMAGES, TrainingData, read_pairs
from visavis.training.dev import DevResult
from visavis.training.examples import Examples, extract_features, open_images
from visavis.training.materials import open_materials
from visavis.training.model import TwoTowers
from visavis.training.parallel import Device, open_accelerator
from visavis.training.projector import project
from visavis.training.recipe import Recipe, flatten, load_recipe
from visavis.training.stages import run_stages
from visavis.training.starts import Start, open_start
from visavis.training.state import BOARD, RunState
from visavis.training.text_tables import vocabulary_texts
from visavis.training.towers.heads import LinearHead
from visavis.training.trackers import check_trackers
from visavis.training.vocabulary import Vocabulary, VocabularyTexts, known_words

RUN = "run"
CENTRED_BY = 2000
"""Training images whose mean a centred head starts from."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run whose data and towers are open: its state, and what its model folder is made of.

    `texts` are all that it learns from, captions and others. `start` is what it began with, and
    writes it.
    """

    state: RunState
    vocabulary: Vocabulary
    texts: Sequence[str]
    dataset: Dataset
    data: TrainingData
    start: Start


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained model, the run that made it and its recalls on dev."""

    model: TwoTowers
    run: Run
    dev: DevResult


def train(
    recipe: Recipe | str | Path,
    dataset: Dataset | str | Path | Sequence[Dataset | str | Path],
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
    takes, such as `flickr8k:PATH`, with the same `columns`, or several of those. All of the recipe
    is checked before any data are read. With `projector`, all images and captions of the dataset
    are written for TensorBoard at the end; `trackers`, such as `wandb` and `mlflow`, get the curves
    too. Of several processes the first writes and logs, and the others return None.

    The run's state is kept in `out/run`: after a kill, the same call resumes at the last
    checkpoint and ends with the same weights. On glibc the process keeps freed memory from then
    on, or returns it if batches are encoded in chunks (see `allocator`). Raises TrainingError.
    """
    recipe = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    out = Path(out)
    if (out / MODEL_FILE).exists():
        raise TrainingError(f"{out} already holds a model: name another --out, or remove it")
    check_trackers(trackers)
    in_chunks = any(stage.chunk for stage in recipe.stages)
    _ = return_freed_memory() if in_chunks else keep_freed_memory()
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
    run = fitted.run
    run.start.export(fitted.model, run.vocabulary, out, out.resolve().name, _details(fitted))
    if projector:
        log("encoding the whole dataset for TensorBoard's projector")
        project(out / RUN / BOARD, run.dataset, load_encoder(out))
    return fitted.dev


def fit(
    recipe: Recipe,
    dataset: Dataset | str | Path | Sequence[Dataset | str | Path],
    folder: Path,
    accelerator: Accelerator,
    **options: Any,
) -> Fitted:
    """Train a model; what is given, `options` too, is that of `open_run`. Raises TrainingError."""
    run = open_run(recipe, dataset, folder, accelerator, **options)
    run_stages(run.state)
    merge_adapters(run.state.model)
    dev = run.state.measure()
    return Fitted(run.state.model.cpu().eval(), run, dev)


def open_run(
    recipe: Recipe,
    dataset: Dataset | str | Path | Sequence[Dataset | str | Path],
    folder: Path,
    accelerator: Accelerator,
    *,
    columns: str = "",
    langs: list[str] | None = None,
    trackers: Sequence[str] = (),
    log: Callable[[str], None] = lambda _: None,
) -> Run:
    """Open the data and the towers of a run, with its state in `folder`, and train nothing yet.

    What is given is that of `train`. Raises TrainingError.
    """
    log = log if accelerator.is_main_process else lambda _: None
    for line in check_recipe(recipe):
        log(line)
    recipe = without_missing_data(recipe, log)
    materials = open_materials(recipe.data)
    torch.manual_seed(recipe.seed)
    start = open_start(recipe, materials)
    recipe, tower = start.recipe, start.image.to(accelerator.device)
    for line in misaligned_crops(recipe.stages, tower.backbone):
        log(line)
    dataset = load_datasets(dataset, columns)
    data = read_pairs(dataset, langs, recipe.seed)
    log(str(data))
    learns_at_once = recipe.model is not None and recipe.stages[0].backbone
    open_all = open_images if learns_at_once else extract_features
    with accelerator.main_process_first():
        train_pairs, train_features = open_all(tower, data.train, log)
        dev_pairs, dev_features = open_all(tower, data.dev, log)
    if len(train_pairs.paths) < LEAST_IMAGES or not dev_pairs.texts:
        raise TrainingError("too few images can be opened: 2 to learn from and 1 for dev, at least")
    if recipe.image.centred and isinstance(tower.head, LinearHead):
        step = -(-len(train_features) // CENTRED_BY)
        tower.head.centre(train_features.take(np.arange(0, len(train_features), step)))
    data = replace(data, train=train_pairs, dev=dev_pairs)
    texts = VocabularyTexts(data.train.texts, *vocabulary_texts(materials))
    vocabulary = start.vocabulary(texts)
    for part, rank in ((tower.backbone, recipe.image.lora), (vocabulary.tower, recipe.text.lora)):
        if rank:
            add_adapters(part, rank)
    folder.mkdir(parents=True, exist_ok=True)
    state = RunState(
        recipe=recipe,
        model=TwoTowers(tower, vocabulary.tower, start.similarity),
        train=Examples.build(data.train, train_features, vocabulary.tokens, tower.preprocessing),
        dev=Examples.build(data.dev, dev_features, vocabulary.tokens, tower.preprocessing),
        tokenize=vocabulary.tokens,
        materials=materials,
        folder=folder,
        identity=checkpoint.identity(recipe, data),
        accelerator=accelerator,
        trackers=trackers,
        log=log,
    )
    return Run(state, vocabulary, texts.all, dataset, data, start)


def _details(fitted: Fitted) -> dict[str, Any]:
    """Return what `model.json` says about how the model was made."""
    run = fitted.run
    train, recipe = run.data.train, run.start.recipe
    details = dict(run.start.details)
    if similarity := fitted.model.similarity:
        details["similarity"] = similarity
    return {
        **details,
        "languages": sorted({*details.get("languages", ()), *train.langs}),
        "known_words": sorted(
            {
                *details.get("known_words", ()),
                *known_words(run.vocabulary.tokenizer, run.texts),
            }
        ),
        "recipe": {"name": recipe.name, **flatten(recipe)},
        "dataset": {
            "name": run.dataset.name,
            "images": len(train.paths),
            "captions": len(train.texts),
        },
        "dev": {name: round(value, 2) for name, value in fitted.dev.figures.items()},
    }
