"""Layouts of ONNX exports in repositories of the hub."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visavis.encoders.preprocessing import Preprocessing, Scaling
from visavis.encoders.preprocessor_config import PreprocessorConfig
from visavis.encoders.tokens import open_tokenizer
from visavis.errors import ModelError
from visavis.hub.families import Family, family_of, token_limit
from visavis.hub.repository import Repository
from visavis.hub.token_rules import Rules

_DOCUMENTS = ("README.md", "LICENSE")
_IMPORT = "import the model it was made from instead, with visavis models import"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Preprocessing of images and texts, read from the configuration files."""

    preprocessing: Preprocessing
    rules: Rules
    pooling: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of a repository, and the outputs of its networks.

    `image_outputs` and `text_outputs` may hold the vectors, in order of preference; if empty,
    the first output does. `read` takes the folder with the downloaded `files`.
    """

    image: str
    text: str
    tokenizer: str
    files: tuple[str, ...]
    read: Callable[[Path], Inputs]
    image_outputs: tuple[str, ...] = ()
    text_outputs: tuple[str, ...] = ()
    batch: int | None = None


def find_layout(repository: Repository, variant: str) -> Layout:
    """Recognise the layout of a repository; raise ModelError if it has none of them."""
    if "visual/model.onnx" in repository.files and not variant:
        return _open_clip(repository)
    return _transformers(repository, variant)


def _transformers(repository: Repository, variant: str) -> Layout:
    """Layout of transformers.js: networks in `onnx/` beside transformers' configurations."""
    ending = f"_{variant}.onnx" if variant else ".onnx"
    image, text = (f"onnx/{side}_model{ending}" for side in ("vision", "text"))
    if not {image, text} <= repository.files.keys():
        known = _variants(repository)
        hint = f"variants there: {known}" if known else _IMPORT
        raise ModelError(f"{repository.id}: no {image} and {text}; {hint}")
    return Layout(
        image,
        text,
        "tokenizer.json",
        _files(
            repository,
            (image, text),
            needed=("config.json", "preprocessor_config.json", "tokenizer.json"),
            wanted=("tokenizer_config.json",),
        ),
        _read_transformers,
        image_outputs=("image_embeds", "pooler_output"),
        text_outputs=("text_embeds", "pooler_output", "sentence_embedding"),
    )


def _variants(repository: Repository) -> str:
    start, end = "onnx/vision_model", ".onnx"
    names = [
        name[len(start) : -len(end)].removeprefix("_") or "(none)"
        for name in repository.files
        if name.startswith(start) and name.endswith(end)
    ]
    return ", ".join(sorted(names))


def _read_transformers(folder: Path) -> Inputs:
    config, about = _json(folder / "config.json"), _json(folder / "tokenizer_config.json")
    family = family_of(config)
    limit = token_limit(config, family, about.get("model_max_length") or 512)
    return Inputs(
        PreprocessorConfig.read(folder).preprocessing,
        _rules(folder / "tokenizer.json", about, limit, family),
        family.pooling,
    )


def _open_clip(repository: Repository) -> Layout:
    """Layout of immich: `visual/` and `textual/` beside open_clip's configurations.

    Its networks take one text at a time.
    """
    image, text = "visual/model.onnx", "textual/model.onnx"
    needed = ("config.json", "visual/preprocess_cfg.json", "textual/tokenizer.json")
    wanted = ("textual/tokenizer_config.json",)
    files = _files(repository, (image, text), needed=(text, *needed), wanted=wanted)
    return Layout(image, text, "textual/tokenizer.json", files, _read_open_clip, batch=1)


def _read_open_clip(folder: Path) -> Inputs:
    text = _json(folder / "config.json").get("text_cfg", {})
    if text.get("tokenizer_kwargs", {}).get("clean") == "canonicalize":
        raise ModelError(f"config.json: texts without punctuation are not supported; {_IMPORT}")
    image = _json(folder / "visual" / "preprocess_cfg.json")
    size = image["size"][0] if isinstance(image["size"], list) else image["size"]
    about = _json(folder / "textual" / "tokenizer_config.json")
    family = Family("the network's own", "limit")
    return Inputs(
        Preprocessing(
            size,
            image.get("resize_mode", "shortest"),
            size,
            image.get("interpolation", "bicubic"),
            scaling=Scaling(1 / 255, tuple(image["mean"]), tuple(image["std"])),
        ),
        _rules(
            folder / "textual" / "tokenizer.json", about, text.get("context_length", 77), family
        ),
        family.pooling,
    )


def _files(
    repository: Repository,
    networks: tuple[str, str],
    *,
    needed: tuple[str, ...],
    wanted: tuple[str, ...],
) -> tuple[str, ...]:
    if lacking := [name for name in needed if name not in repository.files]:
        raise ModelError(
            f"{repository.id}: no {lacking[0]} there, which is needed to use its networks; {_IMPORT}"
        )
    # Large weights stand beside their network: model.onnx_data, model.onnx.data
    parts = [name for name in repository.files if _belongs(name, networks)]
    more = [name for name in (*wanted, *_DOCUMENTS) if name in repository.files]
    return tuple(dict.fromkeys([*needed, *more, *parts]))


def _belongs(name: str, networks: tuple[str, str]) -> bool:
    """Tell whether a file is a network or stands beside one, inside its folder."""
    return any(
        name.startswith(network) and not set("/\\") & set(name[len(network) :])
        for network in networks
    )


def _rules(path: Path, about: Mapping[str, Any], limit: int, family: Family) -> Rules:
    token = about.get("pad_token") or ""
    token = token["content"] if isinstance(token, dict) else str(token)
    return Rules(
        max_tokens=limit,
        padding=family.padding,
        pad_id=open_tokenizer(str(path)).token_to_id(token) or 0,
        pad_token=token,
        side=about.get("padding_side", "right"),
        lowercase=family.lowercase and about.get("do_lower_case", True),
    )


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found
