"""Recipes: everything a training run is told, as TOML.

A recipe names two towers and a list of stages. `[training]` holds what all stages share; a stage
says what differs. A recipe ships with the package or is the user's own file, and `--set
stages.heads.epochs=3` changes one value of either.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from visavis.errors import TrainingError, reason, suggest

Table = Mapping[str, Any]
_LEAST = {"batch": 2, "captions": 1, "dim": 2, "epochs": 1, "rounds": 1, "width": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSide:
    """The image tower: a backbone, which of its outputs is taken, and a head."""

    backbone: str = "mobilenet_v2"
    weights: str = ""
    features: Literal["classes", "pooled", "map"] = "pooled"
    head: Literal["linear", "mlp", "attention"] = "mlp"
    width: int = 512
    dropout: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSide:
    """The text tower: word vectors that are pooled, own subwords, or a transformers model."""

    tower: Literal["words", "subwords", "language"] = "subwords"
    vectors: str = "train"
    pooling: Literal["mean", "attention", "gru"] = "attention"
    model: str = ""
    vocabulary: int = 8000
    layers: int = 2
    width: int = 256
    max_tokens: int = 64
    dropout: float = 0.1
    frozen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stretch of training.

    `backbone` says whether the backbone learns too. `loss` names losses, added up where there is
    a "+" between. `miner` draws a negative for each true pair, from the batch or, for a whole
    round of epochs, from all training captions. `rate` is the highest learning rate, reached
    after `warmup` steps.
    """

    name: str
    backbone: bool = False
    rounds: int = 1
    epochs: int = 10
    batch: int = 128
    captions: int = 5
    loss: str = "info-nce"
    margin: float = 0.2
    distance: Literal["cosine", "euclidean"] = "cosine"
    temperature: float = 0.07
    miner: str = "hard"
    share: float = 0.5
    negatives: Literal["batch", "round"] = "batch"
    queue: int = 0
    duplicates: float = 1.0
    rate: float = 1e-3
    backbone_rate: float = 1e-4
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup: int = 50
    decay: float = 0.05
    clip: float = 1.0
    average: float = 0.0
    crop: int = 0
    patience: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to train, and how."""

    name: str
    description: str
    seed: int
    dim: int
    image: ImageSide
    text: TextSide
    stages: tuple[Stage, ...]


def flatten(recipe: Recipe) -> dict[str, Any]:
    """Return each value under the key that `--set` knows it by, such as `image.head`."""
    flat: dict[str, Any] = {"seed": recipe.seed, "dim": recipe.dim}
    parts = {"image": asdict(recipe.image), "text": asdict(recipe.text)}
    parts |= {f"stages.{stage.name}": asdict(stage) for stage in recipe.stages}
    for name, part in parts.items():
        flat |= {f"{name}.{key}": value for key, value in part.items() if key != "name"}
    return flat


def recipe_names() -> list[str]:
    """List the recipes of the package."""
    folder = resources.files(__package__) / "recipes"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if _is_toml(file))


def load_recipe(source: str, changes: Iterable[str] = ()) -> Recipe:
    """Read a recipe by name or from a file, with changes such as `stages.heads.rate=1e-4`.

    Raises TrainingError for an unknown recipe or key, naming the nearest known one, and for a
    value of the wrong kind.
    """
    name, table = _read(source)
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
    known = ["description", "seed", "dim", "image", "text", "training", "stages"]
    _check_keys(table, known, "")
    shared = _table(table, "training")
    stages = table.get("stages")
    if not isinstance(stages, list) or not stages:
        raise TrainingError(f"recipe {name}: it has no [[stages]]; give one with a name")
    _check_keys(shared, [field.name for field in fields(Stage)], "training.")
    return Recipe(
        name=name,
        description=str(table.get("description", "")),
        seed=_value(int, table.get("seed", 1), "seed"),
        dim=_value(int, table.get("dim", 256), "dim"),
        image=_build(ImageSide, _table(table, "image"), "image."),
        text=_build(TextSide, _table(table, "text"), "text."),
        stages=tuple(
            _build(Stage, {**shared, **stage}, f"stages.{stage.get('name', '?')}.")
            for stage in stages
        ),
    )


def _table(table: Table, key: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise TrainingError(f"{key} is a table: write {key}.KEY=VALUE")
    return value


def _build(kind: type[Any], table: Table, where: str) -> Any:
    hints = get_type_hints(kind)
    _check_keys(table, list(hints), where)
    if "name" in hints and "name" not in table:
        raise TrainingError("each of [[stages]] needs a name")
    return kind(**{key: _value(hints[key], value, where + key) for key, value in table.items()})


def _check_keys(table: Table, known: list[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise TrainingError(f"unknown key {where + key!r}; {suggest(key, known, where)}")


def _value(hint: Any, value: Any, key: str) -> Any:
    """Check a value against its declared type: a choice, a flag, a number not below 0, a text."""
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise TrainingError(f"{key} = {value!r}; expected one of {', '.join(get_args(hint))}")
        return value
    if hint is float and type(value) is int:
        value = float(value)
    if type(value) is not hint:
        expected = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        raise TrainingError(f"{key} = {value!r}; expected {expected[hint]}")
    least = _LEAST.get(key.rpartition(".")[2], 0)
    if hint in {int, float} and not least <= value < float("inf"):
        raise TrainingError(f"{key} = {value!r}; expected a number, {least} or more")
    return value
