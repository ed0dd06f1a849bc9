"""Checks of a whole recipe before any data are read: names, combinations, missing material."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from visavis.errors import TrainingError, UnknownNameError, suggest
from visavis.registry import Registry
from visavis.training.losses import DISTANCES, LOSSES, materials_of
from visavis.training.materials import BY_NAME, MATERIALS
from visavis.training.mining import MINERS
from visavis.training.recipe import START, Recipe, Stage, loss_terms, unroll
from visavis.training.stages import STAGES
from visavis.training.towers.backbone import Backbone
from visavis.training.towers.heads import HEADS
from visavis.training.towers.words import POOLINGS
from visavis.training.vocabulary import LEARNED, TEXT_TOWERS

LEAST_CROP = 16
_FILE_NAME = re.compile(r"[\w-][\w.-]*")
_RESERVED = {START, "checkpoint"}
_LOSSES_WITH = {
    "margin": {"triplet", "sum-violations", "max-violation"},
    "distance": {"triplet"},
    "miner": {"triplet"},
    "temperature": {"info-nce", "sigmoid"},
}
_PARTS_OF = {
    "classes": {"class-names", "class-lengths", "drawn-classes", "keep-classes"},
    "hubness": {"hubness"},
}
_FOR_KIND = {"image_share": "hubness", "text_share": "hubness", "class_length": "class-lengths"}
_BUILT_IN = set().union(*_LOSSES_WITH.values())
_TOWERS_WITH = {
    "vectors": {"words"},
    "pooling": {"words"},
    "model": {"language", "adapted"},
    "bfloat16": {"language", "adapted"},
    "vocabulary": {"subwords", "adapted"},
    "layers": {"subwords", "adapted"},
    "width": {"words", "subwords"},
}


def check_recipe(recipe: Recipe) -> list[str]:
    """Raise TrainingError for what cannot be trained; return a line for each idle setting."""
    _check_towers(recipe)
    for name, path in recipe.data.items():
        _check_name(MATERIALS, name, "data")
        if path and name not in BY_NAME and not Path(path).expanduser().exists():
            raise TrainingError(f"data.{name} = {path!r}: no such file or folder")
    for stage in recipe.stages:
        _check_stage(recipe, stage)
    _check_order(recipe)
    return [*_idle_in_towers(recipe), *_idle_in_stages(recipe)]


def misaligned_crops(stages: Sequence[Stage], backbone: Backbone) -> list[str]:
    """Return a line for each stage whose crops are padded differently from full images.

    A convolution with TensorFlow's padding begins at another pixel where a side is odd. Features
    that were fine-tuned for the one find less with the other.
    """
    each, size = backbone.padded_evenly, backbone.size
    return [
        f"stages.{stage.name}.crop = {stage.crop}: {backbone.name} pads such crops differently from "
        f"images of {size} pixels; choose multiples of {each} for both"
        for stage in stages
        if stage.crop and (stage.crop % each == 0) != (size % each == 0)
    ]


def without_missing_data(recipe: Recipe, log: Callable[[str], None]) -> Recipe:
    """Leave out losses and stages whose material the recipe has an empty path for.

    So a recipe can offer what only some users have the files for; each is logged. Material that
    `[data]` does not mention at all is an error of `check_recipe`. Raises TrainingError if no stage
    is left, or one builds on a stage that is left out.
    """
    missing = {name for name, path in recipe.data.items() if not path}
    kept: list[Stage] = []
    for stage in recipe.stages:
        terms = loss_terms(stage)
        without = {name for name in terms if materials_of(LOSSES.get(name)) & missing}
        needed = materials_of(STAGES.get(stage.kind))
        if without == set(terms):
            needed |= materials_of(LOSSES.get(min(without)))
        if absent := needed & missing:
            log(f"stage {stage.name} left out: no data.{min(absent)}")
            continue
        kept.append(_with_losses(stage, {n: w for n, w in terms.items() if n not in without}))
        for name in sorted(without):
            log(f"stage {stage.name}: loss {name} left out: its material is not given")
    if not kept:
        listed = ", ".join(f"data.{name}" for name in sorted(missing))
        raise TrainingError(
            f"recipe {recipe.name}: each stage needs data that is missing: {listed}"
        )
    left = {stage.name for stage in kept}
    image = recipe.image
    if image.classes and {"classes", "drawn"} <= missing:
        log("class vectors left out: no data.classes, no data.drawn")
        image = replace(image, classes=False)
    stages = (replace(stage, of=tuple(name for name in stage.of if name in left)) for stage in kept)
    recipe = replace(recipe, image=image, stages=tuple(stages))
    _check_order(recipe)
    return recipe


def _with_losses(stage: Stage, terms: Mapping[str, float]) -> Stage:
    if terms == loss_terms(stage):
        return stage
    return replace(stage, loss="+".join(f"{weight:g}*{name}" for name, weight in terms.items()))


def _check_towers(recipe: Recipe) -> None:
    image, text = recipe.image, recipe.text
    if recipe.model is not None:
        if not recipe.model:
            raise TrainingError(f"recipe {recipe.name}: name the model to begin with, --model NAME")
        return
    for tower, part in (("image", image), ("text", text)):
        if part.lora:
            raise TrainingError(f"{tower}.lora: adapters are for a recipe with a model")
    _check_name(HEADS, image.head, "image.head")
    _check_name(TEXT_TOWERS, text.tower, "text.tower")
    if image.head == "attention" and image.features not in {"map", "pyramid"}:
        raise TrainingError('image.head = "attention" needs a feature map: image.features = "map"')
    if bool(image.hubness) != bool(text.hubness):
        raise TrainingError("image.hubness and text.hubness: give both towers anchors, or none")
    if text.tower in _TOWERS_WITH["model"] and not text.model:
        raise TrainingError("text.model: name a transformers model, a folder or one of the hub")
    if text.tower == "words":
        _check_name(POOLINGS, text.pooling, "text.pooling")
        if text.vectors != LEARNED and not Path(text.vectors).exists():
            raise TrainingError(f"text.vectors = {text.vectors!r}: no such file or folder")


def _check_stage(recipe: Recipe, stage: Stage) -> None:
    where = f"stages.{stage.name}"
    _check_name(STAGES, stage.kind, f"{where}.kind")
    losses = loss_terms(stage)
    for loss in losses:
        _check_name(LOSSES, loss, f"{where}.loss")
    _check_name(MINERS, stage.miner, f"{where}.miner")
    _check_name(DISTANCES, stage.distance, f"{where}.distance")
    for kind in (STAGES.get(stage.kind), *map(LOSSES.get, losses)):
        if absent := materials_of(kind) - set(recipe.data):
            raise TrainingError(f"{where} needs further data: give data.{min(absent)} = PATH")
    for part, users in _PARTS_OF.items():
        if not getattr(recipe.image, part) and users & {stage.kind, *losses}:
            raise TrainingError(
                f"{where}: {min(users & {stage.kind, *losses})} needs a part of the image tower "
                f"that the recipe leaves out: image.{part}"
            )
    if 0 < stage.crop < LEAST_CROP:
        raise TrainingError(
            f"{where}.crop = {stage.crop}; expected {LEAST_CROP} pixels or more, or 0 for full images"
        )
    _check_what_learns(recipe, stage, where)
    if stage.negatives == "round" and list(losses) != ["triplet"]:
        raise TrainingError(f"{where}: negatives of a round are for the loss triplet alone")


def _check_what_learns(recipe: Recipe, stage: Stage, where: str) -> None:
    if recipe.model is not None and stage.crop:
        raise TrainingError(f"{where}.crop: a pretrained model takes images of its own size only")
    if stage.chunk == 1:
        raise TrainingError(f"{where}.chunk = 1; expected 0, or 2 images or more")


def _check_order(recipe: Recipe) -> None:
    """Check that stages have names of their own, and name only stages before them."""
    earlier: list[str] = []
    for stage in unroll(recipe.stages):
        where = f"stages.{stage.name}"
        if not _FILE_NAME.fullmatch(stage.name) or stage.name in _RESERVED:
            raise TrainingError(f"{where}: not a name for a stage (letters, digits, - _ .)")
        if stage.name in earlier:
            raise TrainingError(f"{where}: two stages have this name")
        if stage.start and stage.start not in {START, *earlier}:
            raise TrainingError(f"{where}.start: {_not_before(stage.start, earlier)}")
        for name in stage.of:
            if name not in earlier:
                raise TrainingError(f"{where}.of: {_not_before(name, earlier)}")
        if stage.kind == "average" and not stage.of:
            raise TrainingError(f"{where}.of: name the stages to average")
        earlier.append(stage.name)


def _not_before(name: str, earlier: list[str]) -> str:
    return f"no stage {name!r} before it; {suggest(name, earlier)}"


def _check_name(registry: Registry[Any], name: str, where: str) -> None:
    try:
        registry.get(name)
    except UnknownNameError as error:
        raise TrainingError(f"{where}: {error}") from None


def _idle_in_towers(recipe: Recipe) -> Iterator[str]:
    text = recipe.text
    if recipe.model is not None:
        yield from _idle_beside_model(recipe)
        return
    for key, towers in _TOWERS_WITH.items():
        built_in = text.tower in set().union(*_TOWERS_WITH.values())
        if built_in and text.tower not in towers and _differs(text, key):
            yield f"text.{key} has no effect: it is for {_listed(towers, 'the text tower')}"
    if text.frozen and text.tower == "subwords":
        yield "text.frozen keeps subwords at their random start: none of them is pretrained"
    if text.tower == "words" and text.vectors != LEARNED and _differs(text, "width"):
        yield "text.width has no effect: word vectors from a file have a width of their own"
    if recipe.image.centred and recipe.image.head in {"mlp", "attention"}:
        yield "image.centred has no effect: it is for the head linear"
    if recipe.image.head == "linear" and _differs(recipe.image, "width"):
        yield "image.width has no effect: the linear head has no hidden layer"


def _idle_beside_model(recipe: Recipe) -> Iterator[str]:
    """Tell settings of towers that a pretrained model brings itself."""
    for tower, part, used in (
        ("image", recipe.image, {"model", "lora"}),
        ("text", recipe.text, {"frozen", "lora"}),
    ):
        for each in fields(part):
            if each.name not in used and _differs(part, each.name):
                yield f"{tower}.{each.name} has no effect: the towers are the model's own"


def _idle_in_stages(recipe: Recipe) -> Iterator[str]:
    stages = [stage for stage in recipe.stages if stage.kind == "train"]
    losses = {loss for stage in stages for loss in loss_terms(stage)}
    for key, users in _LOSSES_WITH.items():
        if losses <= _BUILT_IN and not losses & users and any(_differs(s, key) for s in stages):
            yield f"{key} has no effect: it is for {_listed(users, 'the loss')}"
    mixed = any(stage.miner == "mixed" for stage in stages)
    if not mixed and any(_differs(stage, "share") for stage in stages):
        yield "share has no effect: it is for the miner mixed"
    if not any(s.backbone for s in stages) and any(_differs(s, "backbone_rate") for s in stages):
        yield "backbone_rate has no effect: no stage trains the backbone"
    if recipe.text.frozen and any(_differs(stage, "text_rate") for stage in recipe.stages):
        yield "text_rate has no effect: text.frozen keeps what it is for"
    if recipe.data.get("images") and "teacher-vectors" not in losses:
        yield "data.images has no effect: it is for the loss teacher-vectors"
    yield from _idle_by_kind(recipe.stages)


def _idle_by_kind(stages: Sequence[Stage]) -> Iterator[str]:
    """Yield the settings that are for stages of another kind, or for negatives of a batch."""
    kinds = {stage.kind for stage in stages}
    for key, kind in _FOR_KIND.items():
        if kind not in kinds and any(_differs(stage, key) for stage in stages):
            yield f"{key} has no effect: it is for stages of the kind {kind}"
    for stage in stages:
        where = f"stages.{stage.name}"
        if stage.of and stage.kind in {"train", "text", "translations", "hubness"}:
            yield f"{where}.of has no effect: it is for stages of the kind average"
        in_rounds = stage.kind == "train" and stage.negatives == "round"
        for key in ("captions", "duplicates", "queue"):
            if in_rounds and _differs(stage, key):
                yield f"{where}.{key} has no effect: negatives are drawn for a round"


def _differs(settings: Any, key: str) -> bool:
    default = next(each.default for each in fields(settings) if each.name == key)
    return bool(getattr(settings, key) != default)


def _listed(names: set[str], what: str) -> str:
    return f"{what} {' or '.join(sorted(names))}"
