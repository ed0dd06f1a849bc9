"""A dual encoder of transformers: CLIP, SigLIP, Chinese-CLIP, ALIGN and their like."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from re import escape
from typing import TYPE_CHECKING, Any

import torch
import transformers
from tokenizers import Regex, Tokenizer, normalizers, processors
from torch import Tensor, nn
from transformers.convert_slow_tokenizer import SpmConverter, convert_slow_tokenizer

from visavis.encoders.preprocessor_config import PreprocessorConfig
from visavis.errors import ModelError, first_line
from visavis.hub.families import Family, family_of, token_limit
from visavis.hub.token_rules import Rules, apply_rules
from visavis.training.importing.towers import ImportedImageTower, ImportedTextTower

if TYPE_CHECKING:
    from PIL.Image import Image

INPUTS = ("input_ids", "attention_mask")


def load_config(source: str) -> dict[str, Any]:
    """Return the `config.json` of a folder or hub repository; raises ModelError."""
    config: dict[str, Any] = _load(source, transformers.AutoConfig).to_dict()
    return config


def load_model(source: str) -> Any:
    """Load a model in single precision, without dropout; raises ModelError."""
    return _load(source, transformers.AutoModel, dtype=torch.float32).eval()


def load_tokenizer(source: str) -> Any:
    """Load a tokenizer; raises ModelError."""
    return _load(source, transformers.AutoTokenizer)


def similarity(model: Any) -> dict[str, float]:
    """Return the scale and the bias that the model's own loss applies to cosines."""
    found = {}
    if hasattr(model, "logit_scale"):
        found["logit_scale"] = float(model.logit_scale.detach().exp())
    elif hasattr(model, "temperature"):
        found["logit_scale"] = 1 / float(model.temperature.detach())
    if hasattr(model, "logit_bias"):
        found["logit_bias"] = float(model.logit_bias.detach())
    return found


def image_tower(source: str, model: Any) -> ImportedImageTower:
    """Return the image tower of a loaded model, with its processor; raises ModelError."""
    processor = _load(source, transformers.AutoImageProcessor)
    network = FeatureMethod(model, "get_image_features", "pixel_values")

    @torch.no_grad()
    def reference(images: Sequence[Image]) -> Tensor:
        pixels = processor(images=list(images), return_tensors="pt")["pixel_values"]
        vectors: Tensor = network(pixels)
        return vectors

    preprocessing = PreprocessorConfig(processor.to_dict()).preprocessing
    return ImportedImageTower(network, preprocessing, reference)


def text_tower(source: str, model: Any) -> ImportedTextTower:
    """Return the text tower of a loaded model, with its tokenizer; raises ModelError."""
    config = model.config.to_dict()
    family, tokenizer = family_of(config), load_tokenizer(source)
    inputs = tuple(name for name in INPUTS if name in tokenizer.model_input_names)
    rules = token_rules(tokenizer, config, family)
    network = FeatureMethod(model, "get_text_features", *inputs)

    @torch.no_grad()
    def reference(texts: Sequence[str]) -> Tensor:
        found = tokenizer(
            [text.lower() for text in texts] if family.lowercase else list(texts),
            padding="max_length" if rules.padding == "limit" else True,
            truncation=True,
            max_length=rules.max_tokens,
            return_tensors="pt",
        )
        vectors: Tensor = network(*(found[name] for name in inputs))
        return vectors

    standalone = standalone_tokenizer(tokenizer, rules)
    return ImportedTextTower(network, inputs, standalone, rules, family.pooling, reference)


def token_rules(tokenizer: Any, config: Mapping[str, Any], family: Family) -> Rules:
    """Return how a loaded tokenizer truncates and pads texts for its model."""
    return Rules(
        max_tokens=token_limit(config, family, tokenizer.model_max_length),
        padding=family.padding,
        pad_id=tokenizer.pad_token_id or 0,
        pad_token=str(tokenizer.pad_token or ""),
        side=tokenizer.padding_side,
        lowercase=family.lowercase,
    )


def standalone_tokenizer(tokenizer: Any, rules: Rules) -> Tokenizer:
    """Convert a tokenizer, SentencePiece included, to one that runs without transformers.

    Raises ModelError if there is no conversion.
    """
    if tokenizer.is_fast:
        converted = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    elif type(tokenizer).__name__ == "SiglipTokenizer":
        converted = _SiglipConverter(tokenizer).converted()  # type: ignore[no-untyped-call]
    else:
        try:
            converted = convert_slow_tokenizer(tokenizer)
        except ValueError as error:
            name = type(tokenizer).__name__
            raise ModelError(f"the tokenizer {name} cannot run without transformers") from error
    return apply_rules(converted, rules)


class _SiglipConverter(SpmConverter):
    """SentencePiece as SigLIP uses it: no punctuation, and an end-of-text token at the end.

    Texts are normalised by `canonicalize_text` of google-research/big_vision.
    """

    def normalizer(self, proto: Any) -> normalizers.Normalizer:
        return normalizers.Sequence(
            [
                *([normalizers.Lowercase()] if self.original_tokenizer.do_lower_case else []),
                normalizers.Replace(Regex(f"[{escape(string.punctuation)}]"), ""),
                normalizers.Replace(Regex(r"\s+"), " "),
                normalizers.Strip(),
                super().normalizer(proto),  # type: ignore[no-untyped-call]
            ]
        )

    def post_processor(self) -> processors.PostProcessor:
        end = self.original_tokenizer.eos_token
        return processors.TemplateProcessing(
            single=f"$A {end}",
            special_tokens=[(end, self.original_tokenizer.eos_token_id)],
        )


class FeatureMethod(nn.Module):
    """A `get_…_features` method of a model as a network of its own."""

    def __init__(self, model: nn.Module, method: str, *names: str) -> None:
        super().__init__()
        if not hasattr(model, method):
            name = type(model).__name__
            raise ModelError(
                f"{name} is not a dual encoder of images and texts; for a text tower of "
                "sentence-transformers, name its image tower too"
            )
        self.model, self.method, self.names = model, method, names

    def of(self, model: nn.Module) -> FeatureMethod:
        """Return the same method of another model."""
        return FeatureMethod(model, self.method, *self.names)

    def forward(self, first: Tensor, mask: Tensor | None = None) -> Tensor:
        named = dict(zip(self.names, (first, mask), strict=False))
        found = getattr(self.model, self.method)(**named)
        vectors: Tensor = found if isinstance(found, Tensor) else found.pooler_output
        return vectors


def _load(source: str, auto_class: Any, **options: Any) -> Any:
    """Call `from_pretrained`; raise ModelError in one line if it fails."""
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return auto_class.from_pretrained(source, **options)
    except (OSError, ValueError, KeyError, ImportError, json.JSONDecodeError) as error:
        raise ModelError(
            f"{source}: cannot be loaded by transformers ({first_line(error)})"
        ) from error
