"""The two towers of a model to import: torch networks, and the vectors they must reproduce."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from visavis.encoders.preprocessing import Preprocessing
from visavis.encoders.tokens import INPUTS
from visavis.training.export.graph import write_graph

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image
    from tokenizers import Tokenizer

    from visavis.hub.token_rules import Rules


@dataclass(frozen=True, slots=True)
class ImportedImageTower:
    """An image tower of another library.

    `network` takes float pixels (n, 3, size, size). `reference` encodes RGB images as that
    library does.
    """

    network: nn.Module
    preprocessing: Preprocessing
    reference: Callable[[Sequence[Image]], Tensor]

    def write(self, path: Path) -> None:
        """Write a network that takes bytes (n, size, size, 3) and scales them itself."""
        size = self.preprocessing.size
        pixels = torch.randint(0, 256, (2, size, size, 3), dtype=torch.uint8)
        axes = {0: torch.export.Dim("images")}
        network = FromBytes(self.network, self.preprocessing).eval()
        write_graph(network, {"pixels": pixels}, {"pixels": axes}, path)


class FromBytes(nn.Module):
    """A network of pixels, preceded by the scaling of bytes (n, size, size, 3)."""

    factor: Tensor
    offset: Tensor

    def __init__(self, network: nn.Module, preprocessing: Preprocessing) -> None:
        super().__init__()
        self.network = network
        self.bgr = preprocessing.channels == "BGR"
        scaling = preprocessing.scaling
        assert scaling is not None
        mean, std = torch.tensor(scaling.mean).double(), torch.tensor(scaling.std).double()
        self.register_buffer("factor", (scaling.scale / std).float().view(3, 1, 1))
        self.register_buffer("offset", (-mean / std).float().view(3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        values = pixels.permute(0, 3, 1, 2)
        if self.bgr:
            values = values.flip(1)
        vectors: Tensor = self.network(values.float() * self.factor + self.offset)
        return vectors


@dataclass(frozen=True, slots=True)
class ImportedTextTower:
    """A text tower of another library.

    `network` takes the named `inputs` of a tokenizer, (n, tokens) each. `reference` encodes texts
    as that library does.
    """

    network: nn.Module
    inputs: tuple[str, ...]
    tokenizer: Tokenizer
    rules: Rules
    pooling: str
    reference: Callable[[Sequence[str]], Tensor]

    def write(self, path: Path) -> None:
        """Write a network that takes token ids, and a mask if the model takes one."""
        encodings = self.tokenizer.encode_batch(["a dog on the beach", "un chien"])
        examples = {
            name: torch.tensor([getattr(each, INPUTS[name]) for each in encodings])
            for name in self.inputs
        }
        axes = {0: torch.export.Dim("texts")}
        if self.rules.padding == "longest":
            axes[1] = torch.export.Dim("tokens", max=self.rules.max_tokens)
        write_graph(self.network, examples, dict.fromkeys(examples, axes), path)
