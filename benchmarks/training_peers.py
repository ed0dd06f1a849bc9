"""Contestants of `training.py`: other commits of visavis, and other trainers on the same work.

The same work: frozen features of all images, cached, 1,280 numbers each as MobileNetV2's, of a
random network that is small, for none of this depends on what they say; a linear projection of
them; word vectors, attention over the words of a caption, and a projection; InfoNCE in both
directions with a learned temperature; AdamW. Each contestant runs in a process of its own, one
after the other.

`open-clip` is the loop of open_clip's `train_one_epoch`, written out on these towers: shuffled
pairs of one image and one caption, captions padded to one length, a softmax over each batch.
`sentence-transformers` is its own trainer with its symmetric ranking loss. Both get as many
captions in a batch as visavis does.

When fine-tuning, the backbone is a MobileNetV2 of random weights that learns beyond its stem, from
random crops of the images, which all contestants cut alike.

Seconds are those of the processor, of all threads: on a machine that others use too, the seconds
that go by would say more about them.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TREE = Path(__file__).parents[1]
HERE = "this commit"
WIDTH = 1280
DEV = 40
CROP = 160
FINETUNING = (
    "image.backbone=mobilenet_v2",
    "image.weights=random",
    "image.features=pooled",
    "stages.heads.backbone=true",
    f"stages.heads.crop={CROP}",
    "training.batch=32",
)
PEERS = ("open-clip", "sentence-transformers")
SCRIPT = """
import runpy, sys, time, types
import visavis.training.clock as clock
clock.time = types.SimpleNamespace(perf_counter=time.process_time)
sys.argv[0] = "visavis"
runpy.run_module("visavis", run_name="__main__")
"""
_SPEED = re.compile(r"^\S+ \d+: loss .*?, ([\d,]+)/s in")


@dataclass(frozen=True)
class Work:
    """What is trained on: a table with absolute paths, a recipe, and how long."""

    data: str
    backbone: str
    recipe: str = "contrastive"
    epochs: int = 5
    per_image: float = 5.0
    finetune: bool = False

    @property
    def changes(self) -> list[str]:
        """The settings of the recipe that the contestants have in common."""
        if self.finetune:
            return list(FINETUNING)
        return [f"image.backbone={self.backbone}", "image.features=classes"]


def prepare(
    spec: str,
    folder: Path,
    *,
    lang: str,
    images: int,
    recipe: str,
    epochs: int,
    finetune: bool = False,
) -> Work:
    """Write a table of so many training images and a few of dev, and a small random backbone."""
    import torch
    from transformers import ResNetConfig, ResNetForImageClassification

    from visavis.datasets import load_dataset

    dataset = load_dataset(spec).select(lang=lang)
    kept = {
        key: split
        for split, count in (("train", images), ("dev", DEV))
        for key in [key for key, own in dataset.splits.items() if own == split][:count]
    }
    captions = [caption for caption in dataset.captions if caption.image in kept]
    rows = [
        {"image": str(dataset.images[one.image].resolve()), "text": one.text, "lang": lang}
        | {"split": kept[one.image]}
        for one in captions
    ]
    table = folder / "captions.jsonl"
    table.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    torch.manual_seed(0)
    config = ResNetConfig(
        embedding_size=16, hidden_sizes=[16, 32], depths=[1, 1], layer_type="basic"
    )
    config.num_labels = WIDTH
    ResNetForImageClassification(config).save_pretrained(folder / "backbone")
    size = {"height": 32, "width": 32}
    scale = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (folder / "backbone/preprocessor_config.json").write_text(json.dumps({"size": size, **scale}))
    learned = [caption for caption in captions if kept[caption.image] == "train"]
    per_image = len(learned) / len({caption.image for caption in learned})
    print(
        f"{dataset.name}, split train, {lang}: {images:,} images, {len(learned):,} captions\n"
        f"recipe {recipe}, stage heads{', its backbone learns too' if finetune else ''}: "
        f"{epochs - 1} epochs counted a round; {os.cpu_count()} cores"
    )
    return Work(str(table), str(folder / "backbone"), recipe, epochs, per_image, finetune)


def compare(work: Work, trees: list[Path], *, peers: bool, rounds: int) -> dict[str, list[float]]:
    """Return pairs per second of each epoch but the first of a round, by contestant, in turns."""
    contestants: dict[str, Callable[[], list[float]]] = {HERE: lambda: of_tree(TREE, work)}
    contestants |= {str(tree): lambda tree=tree: of_tree(tree, work) for tree in trees}
    if peers:
        contestants |= {name: lambda name=name: of_peer(name, work) for name in PEERS}
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            found[name] += run()[1:]
    return found


def report(found: dict[str, list[float]]) -> None:
    """Print the median speed of each contestant, and this commit's as a multiple of it."""
    ours = statistics.median(found[HERE])
    print(
        f"  {'pairs per second of the processor, medians':<44}  {'of epochs':>9}  this commit is faster by"
    )
    for name, speeds in found.items():
        median = statistics.median(speeds)
        ratio = "" if name == HERE else f"{ours / median:.2f} ×"
        print(f"  {name[-36:]:<36}{median:8,.0f}  {len(speeds):>9}  {ratio}")


def of_tree(tree: Path, work: Work) -> list[float]:
    """Train with the package of a working tree, and read the speed off its log."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", SCRIPT, "train", work.recipe, "--data", work.data]
        command += ["--out", f"{folder}/model", "--set", f"stages.heads.epochs={work.epochs}"]
        command += [word for change in work.changes for word in ("--set", change)]
        environment = {**os.environ, "PYTHONPATH": f"{tree}/src"}
        environment["VISAVIS_CACHE"] = str(_cache(tree))
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
        )
        speeds = []
        with process:
            assert process.stderr is not None
            lines = []
            for line in process.stderr:
                lines.append(line)
                if match := _SPEED.match(line):
                    speeds.append(float(match[1].replace(",", "")) * work.per_image)
                if len(speeds) == work.epochs:
                    process.kill()  # neither measured nor exported
                    break
        if len(speeds) < work.epochs:
            raise SystemExit(f"{tree}: {''.join(lines[-3:])}")
        return speeds


def of_peer(name: str, work: Work) -> list[float]:
    """Train with another loop, in a process without visavis's allocator settings."""
    environment = {**os.environ, "VISAVIS_CACHE": str(_cache(TREE))}
    command = [sys.executable, __file__, name, json.dumps(work.__dict__)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    speeds: list[float] = json.loads(done.stdout.splitlines()[-1])
    return speeds


def _cache(tree: Path) -> Path:
    """Return a cache of features for each tree: their formats may differ."""
    base = Path(os.environ.get("VISAVIS_CACHE") or tempfile.gettempdir()) / "training-benchmark"
    return base / tree.resolve().name


@dataclass(frozen=True)
class Material:
    """The towers of a recipe before training, and the pairs as they take them."""

    image: Any
    text: Any
    images: Callable[[Any], Any]  # features or pixels of some rows
    tokens: Any  # (captions, tokens)
    image_of_caption: Any
    texts: list[str]
    tokenize: Callable[..., Any]
    stage: Any


def material(work: Work) -> Material:
    """Build what `visavis train` builds, up to the loop."""
    import numpy as np
    import torch

    from visavis.datasets import load_dataset
    from visavis.training.augment import random_crops
    from visavis.training.data import read_pairs
    from visavis.training.examples import extract_features, open_images
    from visavis.training.recipe import load_recipe
    from visavis.training.starts import open_start
    from visavis.training.vocabulary import VocabularyTexts

    recipe = load_recipe(work.recipe, work.changes)
    data = read_pairs(load_dataset(work.data), None, recipe.seed)
    start = open_start(recipe, {})
    pairs, inputs = (open_images if work.finetune else extract_features)(
        start.image, data.train, print
    )
    if work.finetune:
        start.image.backbone.unfreeze(start.image.kind)
    every = inputs.take(np.arange(len(inputs)))

    def images(rows: Any) -> Any:
        return random_crops(every[rows], CROP) if work.finetune else every[rows]

    vocabulary = start.vocabulary(VocabularyTexts(pairs.texts))
    return Material(
        start.image,
        vocabulary.tower,
        images,
        vocabulary.tokens(pairs.texts),
        torch.from_numpy(pairs.image_of_caption),
        pairs.texts,
        vocabulary.tokens,
        recipe.stages[0],
    )


def open_clip(given: Material, epochs: int) -> list[float]:
    """Return pairs per second of each epoch of open_clip's loop."""
    import torch
    from torch.nn.functional import cross_entropy
    from torch.utils.data import DataLoader, TensorDataset

    stage = given.stage
    pairs = TensorDataset(given.image_of_caption, given.tokens)
    batch = min(stage.batch * stage.captions, len(pairs) // 4)
    loader = DataLoader(pairs, batch, shuffle=True, drop_last=True)
    scale = torch.nn.Parameter(torch.tensor(1 / stage.temperature).log())
    own = [value for value in given.image.parameters() if value.requires_grad]
    learned = [*own, *given.text.parameters(), scale]
    adam = torch.optim.AdamW(learned, stage.rate, weight_decay=stage.decay)
    target = torch.arange(batch)
    speeds = []
    for _ in range(epochs):
        start = time.process_time()
        for rows, tokens in loader:
            adam.zero_grad()
            images, texts = given.image(given.images(rows)), given.text(tokens)
            logits = scale.exp() * images @ texts.T
            loss = (cross_entropy(logits, target) + cross_entropy(logits.T, target)) / 2
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, stage.clip)
            adam.step()
            with torch.no_grad():
                scale.clamp_(0, 4.6052)  # ln 100
            loss.item()
        speeds.append(len(loader) * batch / (time.process_time() - start))
    return speeds


def sentence_transformers(given: Material, epochs: int) -> list[float]:
    """Return pairs per second of each epoch of sentence-transformers' trainer."""
    import torch
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
    from sentence_transformers.base.modules.input_module import InputModule
    from sentence_transformers.sentence_transformer import losses
    from sentence_transformers.sentence_transformer.training_args import (
        SentenceTransformerTrainingArguments as Arguments,
    )
    from transformers import TrainerCallback

    from datasets import Dataset

    class Towers(InputModule):
        """Rows of the features as images, strings as texts."""

        def __init__(self) -> None:
            super().__init__()
            self.image, self.text = given.image, given.text

        def preprocess(self, inputs: list[Any], *_: Any, **__: Any) -> dict[str, Any]:
            if isinstance(inputs[0], str):
                return {"input_ids": given.tokenize(inputs)}
            return {"pixel_values": given.images(torch.tensor(inputs))}

        def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
            found = (
                self.text(features["input_ids"])
                if "input_ids" in features
                else self.image(features["pixel_values"])
            )
            return {**features, "sentence_embedding": found}

        def save(self, *_: Any, **__: Any) -> None:
            """Save nothing."""

    class Watch(TrainerCallback):
        speeds: list[float]

        def on_epoch_begin(self, *_: Any, **__: Any) -> None:
            self.start = time.process_time()

        def on_epoch_end(self, arguments: Any, state: Any, *_: Any, **__: Any) -> None:
            pairs = state.max_steps // epochs * arguments.per_device_train_batch_size
            self.speeds.append(pairs / (time.process_time() - self.start))

    stage, watch = given.stage, Watch()
    watch.speeds = []
    batch = min(stage.batch * stage.captions, len(given.texts) // 4)
    model = SentenceTransformer(modules=[Towers()], device="cpu")
    pairs = Dataset.from_dict({"image": given.image_of_caption.tolist(), "text": given.texts})
    with tempfile.TemporaryDirectory() as folder:
        arguments = Arguments(
            folder,
            num_train_epochs=epochs,
            per_device_train_batch_size=batch,
            dataloader_drop_last=True,
            learning_rate=stage.rate,
            weight_decay=stage.decay,
            max_grad_norm=stage.clip,
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            logging_strategy="no",
        )
        SentenceTransformerTrainer(
            model,
            arguments,
            train_dataset=pairs,
            loss=losses.MultipleNegativesSymmetricRankingLoss(model, scale=1 / stage.temperature),
            callbacks=[watch],
        ).train()
    return watch.speeds


if __name__ == "__main__":
    asked = Work(**json.loads(sys.argv[2]))
    loop = {"open-clip": open_clip, "sentence-transformers": sentence_transformers}[sys.argv[1]]
    towers = material(asked)
    towers.image.train()
    towers.text.train()
    print(json.dumps(loop(towers, asked.epochs)))
