"""From a recipe and a dataset to a model folder."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from accelerate import Accelerator

from visavis.cache import cache_folder
from visavis.datasets import Dataset
from visavis.encoders import load_encoder
from visavis.encoders.onnx import MODEL_FILE
from visavis.errors import TrainingError
from visavis.training import checkpoint
from visavis.training.data import LEAST_IMAGES, Pairs, TrainingData, read_pairs
from visavis.training.dev import DevResult, measure
from visavis.training.export import export_model
from visavis.training.features import FeatureCache
from visavis.training.inputs import Features, Inputs, Pixels
from visavis.training.loop import BOARD, Loop, Materials
from visavis.training.model import TwoTowers
from visavis.training.projector import project
from visavis.training.recipe import Recipe, Stage, flatten
from visavis.training.tokenizer import SPECIAL
from visavis.training.towers.backbones import open_backbone
from visavis.training.towers.image import ImageTower
from visavis.training.towers.words import WordTower
from visavis.training.vocabulary import Vocabulary, build_vocabulary
from visavis.wordvectors.vectors import WORDS_FILE

Device = Literal["auto", "cpu", "cuda"]
RUN = "run"
SILENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained model, the vocabulary it reads, what it learned from and its recalls on dev."""

    model: TwoTowers
    vocabulary: Vocabulary
    data: TrainingData
    dev: DevResult


def train(
    recipe: Recipe,
    dataset: Dataset,
    out: Path,
    *,
    langs: list[str] | None = None,
    device: Device = "auto",
    projector: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> DevResult | None:
    """Train a model and write its folder to `out`; return its recalls on dev.

    Of several processes the first writes and tells, and the others return None. With
    `projector` all images and captions of the dataset are written for TensorBoard too.

    The run's state is kept in `out/run`: after a kill, the same call goes on where the last
    checkpoint was and ends with the same weights. Raises TrainingError.
    """
    if (out / MODEL_FILE).exists():
        raise TrainingError(f"{out} already holds a model: name another --out, or remove it")
    accelerator = _accelerator(device)
    fitted = fit(recipe, dataset, out / RUN, accelerator, langs=langs, tell=tell)
    if not accelerator.is_main_process:
        return None
    _export(fitted, out, _details(recipe, dataset, fitted))
    if projector:
        tell("encoding the whole dataset for TensorBoard's projector")
        project(out / RUN / BOARD, dataset, load_encoder(out))
    return fitted.dev


def fit(
    recipe: Recipe,
    dataset: Dataset,
    folder: Path,
    accelerator: Accelerator,
    *,
    langs: list[str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Fitted:
    """Train a model, with the run's state in `folder`. Raises TrainingError."""
    tell = tell if accelerator.is_main_process else lambda _: None
    data = read_pairs(dataset, langs, recipe.seed)
    tell(
        f"learning from {len(data.train.paths):,} images and {len(data.train.texts):,} captions; "
        f"{data.note}, {len(data.dev.paths):,} images and {len(data.dev.texts):,} captions"
    )
    torch.manual_seed(recipe.seed)
    tower = _vision(recipe).to(accelerator.device)
    with accelerator.main_process_first():
        train_pairs, train_features = look(tower, data.train, tell)
        dev_pairs, dev_features = look(tower, data.dev, tell)
    if len(train_pairs.paths) < LEAST_IMAGES or not dev_pairs.texts:
        raise TrainingError("too few images can be opened: 2 to learn from and 1 for dev, at least")
    data = replace(data, train=train_pairs, dev=dev_pairs)
    vocabulary = build_vocabulary(recipe.text, recipe.dim, data.train.texts, recipe.seed)
    model = TwoTowers(tower, vocabulary.tower)
    folder.mkdir(parents=True, exist_ok=True)
    materials = _materials(tower, data, vocabulary, (train_features, dev_features))
    Loop(
        recipe,
        model,
        materials,
        folder=folder,
        identity=checkpoint.identity(recipe, _fingerprint(data)),
        accelerator=accelerator,
        tell=tell,
    ).run()
    last = recipe.stages[-1]
    images = materials.images(last)[1]
    dev = measure(model, images, materials.dev_tokens, data.dev, pixels=last.backbone)
    return Fitted(model.cpu().eval(), vocabulary, data, dev)


def _accelerator(device: Device) -> Accelerator:
    if device == "cuda" and not torch.cuda.is_available():
        raise TrainingError("--device cuda: no GPU that torch can use; take cpu, or auto")
    cuda = device != "cpu" and torch.cuda.is_available()
    return Accelerator(cpu=not cuda, mixed_precision="bf16" if cuda else "no")


def _vision(recipe: Recipe) -> ImageTower:
    side = recipe.image
    return ImageTower.build(
        open_backbone(side.backbone, side.weights),
        side.features,
        side.head,
        recipe.dim,
        width=side.width,
        dropout=side.dropout,
    )


def look(tower: ImageTower, pairs: Pairs, tell: Callable[[str], None]) -> tuple[Pairs, Features]:
    """Compute the features of all images, once; leave out those that cannot be opened."""
    cache = FeatureCache(cache_folder("features"))
    features, problems = cache.features(
        tower.backbone, tower.kind, pairs.paths, _told_at_times(tell)
    )
    for problem in problems:
        tell(f"image left out: {problem}")
    kept, rows = _without(pairs, {Path(problem.where) for problem in problems})
    return kept, Features(features if len(rows) == len(features) else features[rows])


def _told_at_times(tell: Callable[[str], None]) -> Callable[[int, int], None]:
    """Return a report of progress that speaks every few seconds only."""
    spoken = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal spoken
        if time.monotonic() - spoken > SILENCE_SECONDS:
            spoken = time.monotonic()
            tell(f"images seen by the backbone: {done:,} of {total:,}")

    return report


def _without(pairs: Pairs, damaged: set[Path]) -> tuple[Pairs, Any]:
    rows = np.array([row for row, path in enumerate(pairs.paths) if path not in damaged])
    if len(rows) == len(pairs.paths):
        return pairs, rows
    new_row = {int(row): place for place, row in enumerate(rows)}
    texts = [n for n, owner in enumerate(pairs.owners) if int(owner) in new_row]
    return Pairs(
        [pairs.paths[row] for row in rows],
        [pairs.texts[n] for n in texts],
        [pairs.langs[n] for n in texts],
        np.array([new_row[int(pairs.owners[n])] for n in texts], np.int64),
    ), rows


def _materials(
    tower: ImageTower,
    data: TrainingData,
    vocabulary: Vocabulary,
    features: tuple[Features, Features],
) -> Materials:
    def images(stage: Stage) -> tuple[Inputs, Inputs]:
        if not stage.backbone:
            return features
        return Pixels(data.train.paths, tower.size), Pixels(data.dev.paths, tower.size)

    return Materials(
        data=data,
        tokens=vocabulary.tokens(data.train.texts),
        dev_tokens=vocabulary.tokens(data.dev.texts),
        images=images,
    )


def _fingerprint(data: TrainingData) -> str:
    """Tell apart other images, captions or splits."""
    digest = hashlib.sha256()
    for pairs in (data.train, data.dev):
        for line in (*(path.name for path in pairs.paths), *pairs.texts):
            digest.update(line.encode(errors="replace") + b"\0")
        digest.update(pairs.owners.tobytes())
    return digest.hexdigest()[:16]


def _details(recipe: Recipe, dataset: Dataset, fitted: Fitted) -> dict[str, Any]:
    """Return what `model.json` says of how the model came about."""
    train = fitted.data.train
    return {
        "languages": sorted(set(train.langs)),
        "licence": "that of the data and of the backbone's weights",
        "recipe": {"name": recipe.name, **flatten(recipe)},
        "dataset": {
            "name": dataset.name,
            "images": len(train.paths),
            "captions": len(train.texts),
        },
        "dev": {name: round(value, 2) for name, value in fitted.dev.figures.items()},
    }


def _export(fitted: Fitted, out: Path, details: dict[str, Any]) -> None:
    model, vocabulary = fitted.model, fitted.vocabulary
    export_model(model, vocabulary.tokenizer, out, name=out.resolve().name, details=details)
    if vocabulary.words:
        assert isinstance(model.text, WordTower)
        vectors = model.text.embedding.weight.detach().numpy()
        replace(vocabulary.words, vectors=vectors).save(out / WORDS_FILE, leave_out=SPECIAL)
