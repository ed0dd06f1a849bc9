"""Towers of pretrained dual encoders: their own networks, preprocessing and projections."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.encoders.preprocessing import Preprocessing
from visavis.hub.token_rules import Rules
from visavis.training.towers.backbone import Backbone, Kind
from visavis.training.towers.heads import Head
from visavis.training.towers.preparation import Preparation
from visavis.training.towers.text import TextTower

PADDING = -1
"""Stands for padding in batches of tokens: a model's own padding may be a token of texts too."""


class PretrainedBackbone(Backbone):
    """Prepared images, uint8 (n, size, size, 3), to what lies below the projection (n, channels).

    `network` scales colours itself. All of it may learn, the embedding of patches too.
    """

    kinds: tuple[Kind, ...] = ("pooled",)
    precision = np.float32  # the model's own vectors, not nearly

    def __init__(self, name: str, network: nn.Module, preprocessing: Preprocessing) -> None:
        preparation = Preparation(preprocessing.size, (0.0,) * 3, (1.0,) * 3)
        super().__init__(name, network, preparation)
        self._preprocessing = preprocessing

    @property
    def id(self) -> str:
        described = hashlib.sha256(repr(self.preprocessing).encode()).hexdigest()
        return f"{super().id}-{described[:6]}"

    @property
    def preprocessing(self) -> Preprocessing:
        return self._preprocessing

    def forward(self, pixels: Tensor, kind: Kind) -> Tensor:
        return self._features(pixels, kind)

    def _features(self, x: Tensor, kind: Kind) -> Tensor:  # noqa: ARG002 - there is one kind
        features: Tensor = self.network(x)
        return features

    def _stem(self) -> nn.Module:
        return nn.Identity()


class PretrainedHead(Head):
    """The projection of a pretrained model, or the identity if it has none."""

    def __init__(self, project: nn.Module, dim: int) -> None:
        super().__init__(dim)
        self.project = project

    def _project(self, features: Tensor) -> Tensor:
        projected: Tensor = self.project(features)
        return projected


class PretrainedTextTower(TextTower):
    """Token ids, int64 (n, tokens) padded with -1 at the end, to unit vectors (n, dim).

    `network` takes the named `inputs`, ids and perhaps a mask, padded as the `rules` say.
    """

    def __init__(
        self, network: nn.Module, project: nn.Module, dim: int, rules: Rules, inputs: Sequence[str]
    ) -> None:
        super().__init__(dim, pad=PADDING)
        self.network, self.project = network, project
        self.rules, self.inputs = rules, tuple(inputs)
        self.fixed = self._unused()

    @torch.enable_grad()
    def _unused(self) -> list[nn.Parameter]:
        """List the parameters that no vector depends on, such as a pooler that is passed over."""
        values = list(self.parameters())
        vectors = self(torch.zeros(1, 2, dtype=torch.int64))
        found = torch.autograd.grad(vectors[0, 0], values, allow_unused=True)
        return [v for v, gradient in zip(values, found, strict=True) if gradient is None]

    def _head(self) -> tuple[nn.Module, ...]:
        return (self.project,)

    def _encode(self, tokens: Tensor) -> Tensor:
        if self.rules.padding == "limit":
            missing = self.rules.max_tokens - tokens.shape[1]
            tokens = F.pad(tokens, (0, missing), value=PADDING)
        mask = tokens != PADDING
        given = {
            "input_ids": torch.where(mask, tokens, self.rules.pad_id),
            "attention_mask": mask.long(),
        }
        states = self.network(*(given[name] for name in self.inputs))
        return F.normalize(self.project(states), dim=-1)
