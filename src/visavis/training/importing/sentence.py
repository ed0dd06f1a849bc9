"""A text tower of sentence-transformers, for the image tower of another model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from visavis.errors import ModelError
from visavis.hub.families import Family
from visavis.training.importing.dual import (
    INPUTS,
    load_config,
    load_model,
    load_tokenizer,
    standalone_tokenizer,
    token_rules,
)
from visavis.training.importing.towers import ImportedTextTower

POOLINGS = ("mean", "cls")
ACTIVATIONS = {"Identity": nn.Identity, "Tanh": nn.Tanh, "ReLU": nn.ReLU, "GELU": nn.GELU}


def text_tower(folder: Path) -> ImportedTextTower:
    """Return the text tower in a folder of sentence-transformers.

    Its `modules.json` lists a transformer, a pooling, and any number of dense layers. Raises
    ModelError for a module that is not supported.
    """
    first, pooling, *rest = _modules(folder)
    transformer = str(folder / first["path"])
    tokenizer = load_tokenizer(transformer)
    limit = _json(folder / first["path"] / "sentence_bert_config.json").get("max_seq_length")
    pooled = _pooling(_json(folder / pooling["path"] / "config.json"))
    rules = token_rules(tokenizer, load_config(transformer), Family(pooled, max_tokens=limit))
    dense = [_layer(folder / each["path"], each["type"]) for each in rest]
    network = _SentenceNetwork(load_model(transformer), pooled, nn.Sequential(*dense)).eval()

    @torch.no_grad()
    def reference(texts: Sequence[str]) -> Tensor:
        found = tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=rules.max_tokens,
            return_tensors="pt",
        )
        vectors: Tensor = network(*(found[name] for name in INPUTS))
        return vectors

    standalone = standalone_tokenizer(tokenizer, rules)
    return ImportedTextTower(network, INPUTS, standalone, rules, pooled, reference)


class _SentenceNetwork(nn.Module):
    """Token vectors, pooled over all tokens but padding, then projected."""

    def __init__(self, transformer: nn.Module, pooling: str, dense: nn.Module) -> None:
        super().__init__()
        self.transformer, self.pooling, self.dense = transformer, pooling, dense

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        found = self.transformer(input_ids=input_ids, attention_mask=attention_mask)
        tokens: Tensor = found.last_hidden_state
        if self.pooling == "cls":
            pooled = tokens[:, 0]
        else:
            mask = attention_mask.unsqueeze(-1).to(tokens.dtype)
            pooled = (tokens * mask).sum(1) / mask.sum(1)
        vectors: Tensor = self.dense(pooled)
        return vectors


def _modules(folder: Path) -> list[dict[str, Any]]:
    modules: Any = _json(folder / "modules.json")
    names = [each["type"].rpartition(".")[2] for each in modules]
    if names[:2] != ["Transformer", "Pooling"]:
        found = ", ".join(names) or "no modules.json"
        raise ModelError(f"{folder}: a Transformer and a Pooling are expected, not {found}")
    return list(modules)


def _pooling(config: dict[str, Any]) -> str:
    old = [
        name
        for name, key in (("mean", "pooling_mode_mean_tokens"), ("cls", "pooling_mode_cls_token"))
        if config.get(key)
    ]
    mode = str(config.get("pooling_mode") or "+".join(old))
    if mode not in POOLINGS:
        raise ModelError(f"pooling {mode or 'unknown'!r} is not supported; {' or '.join(POOLINGS)}")
    return mode


def _layer(folder: Path, module: str) -> nn.Module:
    name = module.rpartition(".")[2]
    if name == "Normalize":
        return nn.Identity()  # vectors are scaled to unit length anyway
    if name != "Dense":
        raise ModelError(f"{folder}: a module {name} is not supported; Dense or Normalize")
    config = _json(folder / "config.json")
    activation = config["activation_function"].rpartition(".")[2]
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ModelError(f"{folder}: activation {activation} is not supported; {known}")
    linear = nn.Linear(config["in_features"], config["out_features"], bias=config["bias"])
    linear.load_state_dict(
        {name.removeprefix("linear."): value for name, value in _weights(folder).items()}
    )
    return nn.Sequential(linear, ACTIVATIONS[activation]())


def _weights(folder: Path) -> dict[str, Tensor]:
    if (folder / "model.safetensors").is_file():
        from safetensors.torch import load_file

        return load_file(folder / "model.safetensors")
    state: dict[str, Tensor] = torch.load(folder / "pytorch_model.bin", weights_only=True)
    return state


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
