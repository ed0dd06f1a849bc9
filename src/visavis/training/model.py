"""The two towers side by side, and how they encode a batch or a whole split."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from visavis.training.inputs import ImageInputs
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower

CHUNKS = 4  # texts are encoded in groups of like length, so that little is padding
CHUNKED_FROM = 64
BATCH = 128


class TwoTowers(nn.Module):
    """An image tower and a text tower into one space.

    A pretrained model has a `similarity` of its own, the scale and perhaps the bias of cosines in
    its loss: they go on learning as `log_scale` and `bias`.
    """

    def __init__(
        self, image: ImageTower, text: TextTower, similarity: Mapping[str, float] | None = None
    ) -> None:
        super().__init__()
        self.image, self.text = image, text
        given = similarity or {}
        scale, bias = given.get("logit_scale"), given.get("logit_bias")
        self.log_scale = None if scale is None else nn.Parameter(torch.tensor(math.log(scale)))
        self.bias = None if bias is None else nn.Parameter(torch.tensor(bias))

    @property
    def similarity(self) -> dict[str, float]:
        """The scale and the bias of a pretrained model, as they are now."""
        found = {}
        if self.log_scale is not None:
            found["logit_scale"] = float(self.log_scale.detach().exp())
        if self.bias is not None:
            found["logit_bias"] = float(self.bias.detach())
        return found

    def encode_texts(self, tokens: Tensor) -> Tensor:
        """Encode token ids (n, tokens), padded at the end: (n, dim), in the order given."""
        lengths = (tokens != self.text.pad).sum(dim=1)
        order = lengths.argsort(stable=True)
        chunks = order.tensor_split(CHUNKS) if len(order) >= CHUNKED_FROM else (order,)
        parts = [self.text(tokens[chunk, : max(1, int(lengths[chunk].max()))]) for chunk in chunks]
        return torch.cat(parts)[order.argsort()]


class ForwardPass(nn.Module):
    """The forward pass of a training step as one module, which several processes wrap.

    Takes images (uint8 pixels or float features) and token ids; returns the unit vectors of both
    and the features that the head was given. With `chunk`, so many images and their share of the
    texts are encoded at a time, and again for the gradient: memory then holds the activations of
    one chunk, and the gradient is that of the whole batch. Gao et al., Scaling Deep Contrastive
    Learning Batch Size under Memory Limited Setup (GradCache), 2021,
    https://arxiv.org/abs/2101.06983.
    """

    def __init__(self, model: TwoTowers, chunk: int = 0) -> None:
        super().__init__()
        self.model, self.chunk = model, chunk
        # They belong to the loss, which all processes compute alike.
        self._ddp_params_and_buffers_to_ignore = ["model.log_scale", "model.bias"]

    def forward(self, images: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        count = -(-len(images) // self.chunk) if self.chunk else 1
        if count == 1:
            return self._encode(images, tokens)
        parts = zip(images.tensor_split(count), tokens.tensor_split(count), strict=True)
        found = [checkpoint(self._encode, *part, use_reentrant=False) for part in parts]
        vectors, texts, features = (torch.cat(each) for each in zip(*found, strict=True))
        return vectors, texts, features

    def _encode(self, images: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        image = self.model.image
        features = images if images.is_floating_point() else image.features(images)
        return image(features), self.model.encode_texts(tokens), features


@torch.no_grad()
def encode(model: TwoTowers, inputs: ImageInputs, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Encode all images and all texts, in evaluation mode: (n, dim) and (m, dim)."""
    training = model.training
    model.eval()
    device = next(model.parameters()).device
    rows = np.arange(len(inputs))
    images = [
        model.image(inputs.take(rows[start : start + BATCH]).to(device))
        for start in range(0, len(rows), BATCH)
    ]
    texts = [model.encode_texts(part.to(device)) for part in torch.split(tokens, 8 * BATCH)]
    model.train(training)
    return torch.cat(images), torch.cat(texts)
