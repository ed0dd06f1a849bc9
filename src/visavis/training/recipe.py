"""Recipes: all settings of a training run, as TOML.

A recipe names two towers and a list of stages. `[training]` holds what all stages share; a stage
says what differs. A recipe ships with the package or is the user's own file, and `--set
stages.heads.epochs=3` changes one value of either.

Types and ranges are checked here; `checks` compares names with the registries, which need torch.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from visavis.errors import TrainingError, reason, suggest
from visavis.training.settings import (
    COUNT,
    DROPOUT,
    RATE,
    SHARE,
    Range,
    Table,
    build,
    check_keys,
    check_value,
)

START = "start"
"""Name of the weights that a run begins with, as that of a stage."""
SEED = Annotated[int, Range(0, 2**32 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecipe:
    """The image tower: a backbone, which of its outputs is taken, and a head.

    `size` is the side of its images in pixels, 0 for the backbone's own. `centred` starts a linear
    head with the mean training image at the origin. `classes` adds a vector for each class that the
    backbone's classifier recognises; `hubness` is the number of anchors of a hubness correction, 0
    for none. With `int8`, the model folder keeps matrices in bytes, one scale a row, and
    convolutions, too, if the stage `round` rounds them. In a recipe with a `model`, `model` here is
    the dual encoder whose image tower its text tower belongs to, and `lora` the rank of adapters
    that learn in place of the tower's weights, 0 for none.
    """

    backbone: str = "bundled"
    weights: str = ""
    size: int = 0
    features: Literal["classes", "pooled", "map", "pyramid"] = "pooled"
    head: str = "mlp"
    centred: bool = False
    width: COUNT = 512
    dropout: DROPOUT = 0.1
    classes: bool = False
    hubness: int = 0
    int8: bool = False
    model: str = ""
    lora: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRecipe:
    """The text tower: word vectors that are pooled, own subwords, or a transformers model.

    The model is used as it is, or adapted: with some of its layers and other tokens. A `frozen`
    tower learns its head alone: word vectors or the network stay as they are. A transformers model
    with `bfloat16` computes in that precision while it learns. `hubness` is the number of anchors
    of a hubness correction, 0 for none. With `int8`, the model folder keeps the table of tokens and
    the matrices in bytes, one scale a row. `lora` is the rank of adapters that learn in place of
    the weights of a pretrained tower, 0 for none.
    """

    tower: str = "subwords"
    vectors: str = "train"
    pooling: str = "attention"
    model: str = ""
    vocabulary: COUNT = 8000
    layers: int = 2
    width: COUNT = 256
    max_tokens: Annotated[int, Range(2)] = 64
    dropout: DROPOUT = 0.1
    frozen: bool = False
    bfloat16: bool = False
    hubness: int = 0
    int8: bool = False
    lora: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stretch of training.

    `kind` names what is done; a stage of kind `train` learns from batches of images and captions.
    It begins with the weights of the stage before, or of the one named by `start`. With `runs`,
    it is repeated that often from the same weights and ends in the mean of the results.

    `backbone` says whether the backbone learns too. `loss` names losses with optional weights,
    such as `info-nce+0.5*max-violation`. `miner` draws a negative for each true pair, from the
    batch or, for a whole round of epochs, from all training captions. `rate` is the highest
    learning rate, reached after `warmup` steps; `backbone_rate` is that of the backbone, and
    `text_rate` that of the text tower below its head, 0 for `rate`. `of` names the stages that the
    kind `average` takes the mean of. `image_share` and `text_share` say how much of their hubness
    the kind `hubness` subtracts, and `start_share` how much of the first weights the kinds
    `interpolate` and `translations` mix in. `class_length` is the mean length that the kind
    `class-lengths` gives class vectors, beside the unit vector that captions have taught.

    Of a `locked` tower nothing learns, its head included. `backbone_blocks` and `text_blocks` say
    how many of a tower's last blocks learn, 0 for all. `chunk` images are encoded at a time, 0 for
    the whole batch: the gradient is the same, in less memory. The gradients of `accumulate`
    batches are averaged before each step.
    """

    name: str
    kind: str = "train"
    start: str = ""
    runs: COUNT = 1
    of: tuple[str, ...] = ()
    image_share: SHARE = 0.7
    text_share: SHARE = 0.6
    start_share: SHARE = 0.5
    class_length: Annotated[float, Range(0, 100)] = 1.25
    backbone: bool = False
    locked: Literal["", "image", "text"] = ""
    backbone_blocks: int = 0
    text_blocks: int = 0
    rounds: COUNT = 1
    epochs: COUNT = 10
    batch: Annotated[int, Range(2)] = 128
    chunk: int = 0
    accumulate: COUNT = 1
    captions: COUNT = 5
    loss: str = "info-nce"
    margin: Annotated[float, Range(0, 4)] = 0.2
    distance: str = "cosine"
    temperature: Annotated[float, Range(0.01, 10)] = 0.07
    miner: str = "hard"
    share: SHARE = 0.5
    negatives: Literal["batch", "round"] = "batch"
    queue: int = 0
    duplicates: SHARE = 1.0
    rate: RATE = 1e-3
    backbone_rate: RATE = 1e-4
    text_rate: RATE = 0.0
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup: int = 50
    decay: RATE = 0.05
    clip: float = 1.0
    average: DROPOUT = 0.0
    crop: int = 0
    patience: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to train, and how. `data` holds paths of further material, by name.

    A recipe with a `model` begins with both towers of it, and "" must be replaced by one; None
    stands for new towers.
    """

    name: str
    description: str
    seed: int
    dim: int
    image: ImageRecipe
    text: TextRecipe
    stages: tuple[Stage, ...]
    data: Mapping[str, str] = field(default_factory=dict)
    model: str | None = None


def loss_terms(stage: Stage) -> dict[str, float]:
    """Return the weight of each loss in `info-nce+0.5*max-violation`, by name, in order.

    Raises TrainingError for a weight that is no number above 0, or a loss named twice.
    """
    terms: dict[str, float] = {}
    for term in stage.loss.split("+"):
        weight, times, name = term.rpartition("*")
        try:
            value = float(weight) if times else 1.0
        except ValueError:
            value = 0.0
        name = name.strip()
        if not 0 < value < float("inf") or not name or name in terms:
            raise TrainingError(
                f"stages.{stage.name}.loss = {stage.loss!r}; expected different losses with "
                "weights above 0, such as info-nce+0.5*max-violation"
            )
        terms[name] = value
    return terms


def unroll(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Replace a stage with `runs` by so many stages from the same weights, and their average."""
    unrolled: list[Stage] = []
    for stage in stages:
        if stage.runs == 1:
            unrolled.append(stage)
            continue
        start = stage.start or (unrolled[-1].name if unrolled else START)
        names = tuple(f"{stage.name}-{number + 1}" for number in range(stage.runs))
        unrolled += [replace(stage, name=name, start=start, runs=1) for name in names]
        unrolled.append(Stage(name=stage.name, kind="average", of=names))
    return tuple(unrolled)


def flatten(recipe: Recipe) -> dict[str, Any]:
    """Return each value under the key that `--set` knows it by, such as `image.head`."""
    flat: dict[str, Any] = {"seed": recipe.seed, "dim": recipe.dim}
    if recipe.model is not None:
        flat["model"] = recipe.model
    parts = {"image": asdict(recipe.image), "text": asdict(recipe.text), "data": {**recipe.data}}
    parts |= {f"stages.{stage.name}": asdict(stage) for stage in recipe.stages}
    for name, part in parts.items():
        flat |= {f"{name}.{key}": value for key, value in part.items() if key != "name"}
    return flat


def recipe_names() -> list[str]:
    """List the recipes of the package."""
    folder = resources.files(__package__) / "recipes"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if _is_toml(file))


def load_recipe(source: str | Path, changes: Iterable[str] = ()) -> Recipe:
    """Read a recipe by name or from a file, with changes such as `stages.heads.rate=1e-4`.

    Raises TrainingError for an unknown recipe or key, naming the nearest known one, and for a
    value of the wrong kind.
    """
    name, table = _read(str(source))
    for change in changes:
        _change(table, change)
    return _recipe(name, table)


def _is_toml(file: Any) -> bool:
    return str(file.name).endswith(".toml")


def _read(source: str) -> tuple[str, dict[str, Any]]:
    if source in recipe_names():
        text = (resources.files(__package__) / "recipes" / f"{source}.toml").read_text("utf-8")
        return source, tomllib.loads(text)
    path = Path(source)
    if not source.endswith(".toml"):
        raise TrainingError(
            f"unknown recipe {source!r}; {suggest(source, recipe_names())} (a file ends in .toml)"
        )
    try:
        return path.stem, tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise TrainingError(f"{source}: {reason(error)}") from None
    except ValueError as error:
        raise TrainingError(f"{source}: not a recipe in TOML ({error})") from None


def _change(table: dict[str, Any], change: str) -> None:
    """Set one value, as in `image.head=mlp`; text that is no TOML value is taken as a string."""
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise TrainingError(f"--set {change}: expected KEY=VALUE, such as image.head=mlp")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        value = text.strip()
    *path, last = key.strip().split(".")
    target: Any = table
    for part in path:
        target = _stage_table(target, part) if isinstance(target, list) else _inside(target, part)
    if not isinstance(target, dict):
        raise TrainingError(
            f"--set {change}: name a stage, such as stages.{_stages(table)[0]}.{last}"
        )
    target[last] = value
    own = [stage for stage in table.get("stages", ()) if last in stage]
    if path == ["training"] and own and len(own) == len(table["stages"]):
        names = ", ".join(f"stages.{stage.get('name')}.{last}" for stage in own)
        raise TrainingError(f"--set {change} has no effect: set {names}, which go before it")


def _inside(table: Any, part: str) -> Any:
    if not isinstance(table, dict):
        raise TrainingError(f"--set: {part!r} is a value, not a table")
    return table.setdefault(part, {})


def _stage_table(stages: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for stage in stages:
        if stage.get("name") == name:
            return stage
    known = [str(stage.get("name")) for stage in stages]
    raise TrainingError(f"unknown stage {name!r}; {suggest(name, known)}")


def _stages(table: Table) -> list[str]:
    return [str(stage.get("name")) for stage in table.get("stages", ())] or ["NAME"]


def _recipe(name: str, table: dict[str, Any]) -> Recipe:
    known = ["description", "model", "seed", "dim"]
    known += ["image", "text", "data", "training", "stages"]
    check_keys(table, known, "")
    shared = _table(table, "training")
    check_keys(shared, [each.name for each in fields(Stage)], "training.")
    build(Stage, {"name": "", **shared}, "training.")
    stages = table.get("stages")
    if not isinstance(stages, list) or not stages:
        raise TrainingError(f"recipe {name}: it has no [[stages]]; give one with a name")
    return Recipe(
        name=name,
        description=str(table.get("description", "")),
        model=check_value(str, table["model"], "model") if "model" in table else None,
        seed=check_value(SEED, table.get("seed", 1), "seed"),
        dim=check_value(Annotated[int, Range(2)], table.get("dim", 256), "dim"),
        image=build(ImageRecipe, _table(table, "image"), "image."),
        text=build(TextRecipe, _table(table, "text"), "text."),
        stages=tuple(_stage({**shared, **stage}) for stage in stages),
        data={
            key: check_value(str, value, f"data.{key}")
            for key, value in _table(table, "data").items()
        },
    )


def _stage(table: Table) -> Stage:
    if "name" not in table:
        raise TrainingError("each of [[stages]] needs a name")
    stage: Stage = build(Stage, table, f"stages.{table['name']}.")
    return replace(stage, backbone=False) if stage.locked == "image" else stage


def _table(table: Table, key: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise TrainingError(f"{key} is a table: write {key}.KEY=VALUE")
    return value
