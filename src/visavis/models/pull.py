"""A ready ONNX export on the hub as a model folder in the cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visavis.cache import cache_folder
from visavis.catalogue import models, unknown_name
from visavis.encoders.info import MODEL_FILE
from visavis.encoders.sessions import image_inputs, open_session
from visavis.encoders.tokens import open_tokenizer, text_inputs
from visavis.errors import ModelError
from visavis.models.families import Family, family_of, token_limit
from visavis.models.folder import write_description
from visavis.models.hub import Repository, fetch, look_up
from visavis.models.preprocessor import read_preprocessing
from visavis.models.token_rules import Rules, apply_rules

if TYPE_CHECKING:
    import onnxruntime

CONFIGURATION = ("config.json", "preprocessor_config.json", "tokenizer.json")
MORE_CONFIGURATION = ("tokenizer_config.json", "special_tokens_map.json")
IMAGE_OUTPUTS = ("image_embeds", "pooler_output")
TEXT_OUTPUTS = ("text_embeds", "pooler_output", "sentence_embedding")


@dataclass(frozen=True, slots=True)
class Networks:
    """Which of a repository's networks to take, such as `vision_model_fp16.onnx`."""

    image: str
    text: str

    @classmethod
    def of(cls, repository: Repository, variant: str) -> Networks:
        """Choose the networks of a variant ("" for the full ones); raises ModelError."""
        ending = f"_{variant}.onnx" if variant else ".onnx"
        names = [f"onnx/{side}_model{ending}" for side in ("vision", "text")]
        if any(name not in repository.files for name in names):
            known = _variants(repository)
            what = f"no {names[0]} and {names[1]}"
            hint = (
                f"variants there: {known}" if known else "import it instead, with `models import`"
            )
            raise ModelError(f"{repository.id}: {what}; {hint}")
        return cls(*names)


def pull_model(name: str, *, variant: str = "", progress: bool = False) -> Path:
    """Download a model of the catalogue, or of any repository `owner/name`, into the cache.

    Returns its folder, at once if it is there already. `variant` chooses among the
    repository's networks: fp16, int8, quantized … Raises ModelError saying what to do next.
    """
    entry = models().get(name)
    if entry is None and "/" not in name:
        raise unknown_name("model", name, models())
    if entry and not entry.pull:
        raise ModelError(f"{name} has no ready export: visavis models import {name} --out FOLDER")
    own = (name if entry else name.rpartition("/")[2].lower()) + (f"-{variant}" if variant else "")
    folder = cache_folder("models", own)
    if (folder / MODEL_FILE).is_file():
        return folder
    repository = look_up(entry.pull if entry else name)
    networks = Networks.of(repository, variant)
    draft = cache_folder("models", f".{own}.part")
    fetch(repository, _names(repository, networks), draft, progress=progress)
    description = _description(repository, networks, draft)
    if entry:
        description |= {"languages": list(entry.languages), "licence": entry.licence}
    write_description(draft, own, description)
    draft.rename(folder)
    return folder


def _names(repository: Repository, networks: Networks) -> list[str]:
    """List the files to fetch: networks with their weights, configurations, the card."""
    if lacking := [name for name in CONFIGURATION if name not in repository.files]:
        raise ModelError(
            f"{repository.id}: no {lacking[0]} there, which says how to use its networks; "
            "import the model it was made from instead, with visavis models import"
        )
    # Large weights stand beside their network: vision_model.onnx_data, vision_model.onnx.data
    parts = [name for name in repository.files if name.startswith((networks.image, networks.text))]
    wanted = (*CONFIGURATION, *MORE_CONFIGURATION, "README.md")
    return [*(name for name in wanted if name in repository.files), *parts]


def _variants(repository: Repository) -> str:
    start, end = "onnx/vision_model", ".onnx"
    names = [
        name[len(start) : -len(end)].removeprefix("_") or "(none)"
        for name in repository.files
        if name.startswith(start) and name.endswith(end)
    ]
    return ", ".join(sorted(names))


def _description(repository: Repository, networks: Networks, folder: Path) -> dict[str, Any]:
    config, tokenizer_config = _json(folder / "config.json"), _json(folder / MORE_CONFIGURATION[0])
    preprocessing = read_preprocessing(_json(folder / "preprocessor_config.json"))
    family = family_of(config)
    rules = _build_in_rules(folder, config, tokenizer_config, family)
    tokenizer = open_tokenizer(str(folder / "tokenizer.json"))
    black = np.zeros((1, preprocessing.size, preprocessing.size, 3), np.uint8)
    image, seen = _probe(
        folder / networks.image,
        IMAGE_OUTPUTS,
        lambda session: image_inputs(session, preprocessing, black),
    )
    text, read = _probe(
        folder / networks.text,
        TEXT_OUTPUTS,
        lambda session: text_inputs(session, tokenizer, ["a dog"]),
    )
    if seen != read:
        raise ModelError(
            f"{repository.id}: images have {seen} dimensions and texts {read}: not one space"
        )
    return {
        "dim": seen,
        "image": {"file": networks.image, "output": image, **preprocessing.describe()},
        "text": {
            "file": networks.text,
            "output": text,
            "tokenizer": "tokenizer.json",
            "max_tokens": rules.max_tokens,
            "padding": rules.padding,
            "pooling": family.pooling,
        },
        "languages": list(repository.languages),
        "licence": repository.licence,
        "source": f"{repository.id}@{repository.revision}",
    }


def _build_in_rules(
    folder: Path, config: Mapping[str, Any], about: Mapping[str, Any], family: Family
) -> Rules:
    """Rewrite `tokenizer.json` with the rules of the model's processor."""
    from tokenizers import Tokenizer

    path = str(folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(path)
    token = about.get("pad_token") or ""
    token = token["content"] if isinstance(token, dict) else str(token)
    limit = about.get("model_max_length") or 512
    rules = Rules(
        max_tokens=token_limit(config, family, limit),
        padding=family.padding,
        pad_id=tokenizer.token_to_id(token) or 0,
        pad_token=token,
        side=about.get("padding_side", "right"),
        lowercase=family.lowercase and about.get("do_lower_case", True),
    )
    apply_rules(tokenizer, rules).save(path, pretty=False)
    return rules


def _probe(
    network: Path,
    names: tuple[str, ...],
    inputs: Callable[[onnxruntime.InferenceSession], dict[str, NDArray[Any]]],
) -> tuple[str, int]:
    """Run a network once; return the output that holds the vectors and their length."""
    session = open_session(str(network))
    known = [output.name for output in session.get_outputs()]
    output = next((name for name in names if name in known), None)
    if output is None:
        raise ModelError(f"{network.name}: no output called {' or '.join(names)}, only {known}")
    (vectors,) = session.run([output], inputs(session))
    return output, int(vectors.shape[-1])


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found
