"""A start from a model folder: the bundled model, one that was trained, or a pulled one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn

from visavis.encoders.folder import drafting, write_description
from visavis.encoders.info import ModelInfo
from visavis.encoders.onnx import OnnxEncoder
from visavis.encoders.text_mean import note_text_mean
from visavis.encoders.tokens import INPUTS, open_tokenizer
from visavis.errors import ModelError, TrainingError
from visavis.hub.token_rules import Rules
from visavis.training.export.check import check_cosines
from visavis.training.importing.examples import TEXTS
from visavis.training.importing.towers import FromBytes
from visavis.training.model import TwoTowers
from visavis.training.recipe import Recipe
from visavis.training.starts.base import Start
from visavis.training.starts.graph import read_graph, write_graph
from visavis.training.starts.towers import PretrainedBackbone, PretrainedHead, PretrainedTextTower
from visavis.training.towers.image import ImageTower
from visavis.training.vocabulary import Vocabulary, VocabularyTexts

NOISE_IMAGES = 8
KEPT = ("id", "format", "dev", "recipe", "dataset", "similarity", "languages", "source")


class FolderStart(Start):
    """The networks of a model folder, which learn as they are and are written back.

    Precision, regions and tables in bytes stay as they were; convolutions in bytes that learn are
    in half precision from then on.
    """

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        """Open a model folder. Raises TrainingError if its networks cannot learn."""
        try:
            self.folder, self.info = folder, ModelInfo.read(folder)
            self.tokenizer = open_tokenizer(str(folder / self.info.tokenizer_file))
            self._images = read_graph(folder / self.info.image.file, self.info.image.output or "")
            self._texts = read_graph(folder / self.info.text.file, self.info.text.output or "")
            self.rules = rules_of(self.tokenizer)
        except (ModelError, TrainingError) as error:
            raise TrainingError(f"model = {recipe.model!r}: {error}") from error
        self.recipe = replace(recipe, dim=self.info.dim)
        details = self.info.details
        self.similarity = details.get("similarity", {})
        self.details = {
            **{key: value for key, value in details.items() if key not in KEPT},
            "languages": list(self.info.languages),
            "source": self.info.id,
        }
        self.image = self._image_tower()

    def _image_tower(self) -> ImageTower:
        network: nn.Module = self._images
        if self.info.preprocessing.scaling:
            network = FromBytes(network, self.info.preprocessing)
        name = self.info.id.partition("@")[0]
        backbone = PretrainedBackbone(name, network, self.info.preprocessing)
        return ImageTower(backbone, "pooled", PretrainedHead(nn.Identity(), self.info.dim))

    def vocabulary(self, texts: VocabularyTexts) -> Vocabulary:  # noqa: ARG002 - it has its own
        names = self._texts.inputs
        inputs = ("input_ids",) if len(names) == 1 else tuple(n for n in names if n in INPUTS)
        tower = PretrainedTextTower(self._texts, nn.Identity(), self.info.dim, self.rules, inputs)
        return Vocabulary(self.tokenizer, tower)

    def export(
        self,
        model: TwoTowers,
        vocabulary: Vocabulary,
        folder: Path,
        name: str,
        details: Mapping[str, Any],
    ) -> None:
        model.eval()
        with drafting(folder) as draft:
            for network, file in (
                (self._images, self.info.image.file),
                (self._texts, self.info.text.file),
            ):
                write_graph(network, self.folder / file, draft / file)
            self.tokenizer.save(str(draft / self.info.tokenizer_file), pretty=False)
            own = self.info.details
            write_description(
                draft, name, {**details, **{key: own[key] for key in ("dim", "image", "text")}}
            )
            note_text_mean(draft)
            check_cosines(folder, _vector_pairs(model, vocabulary, OnnxEncoder.open(draft)))


def rules_of(tokenizer: Tokenizer) -> Rules:
    """Return how a tokenizer truncates and pads texts, which its file says."""
    padding, truncation = tokenizer.padding, tokenizer.truncation
    if not padding or padding["direction"] == "left" or not truncation:
        raise TrainingError("its tokenizer does not pad texts on the right and truncate them")
    return Rules(
        max_tokens=padding["length"] or truncation["max_length"],
        padding="limit" if padding["length"] else "longest",
        pad_id=padding["pad_id"],
        pad_token=padding["pad_token"],
    )


@torch.no_grad()
def _vector_pairs(model: TwoTowers, vocabulary: Vocabulary, encoder: OnnxEncoder) -> Any:
    """Return the vectors of torch and of the new folder, of noise and of texts."""
    side = encoder.image_size
    noise = np.random.default_rng(0).integers(0, 256, (NOISE_IMAGES, side, side, 3), np.uint8)
    return [
        (model.image(torch.from_numpy(noise)).numpy(), encoder.encode_images(list(noise))),
        (model.encode_texts(vocabulary.tokens(TEXTS)).numpy(), encoder.encode_texts(TEXTS)),
    ]
