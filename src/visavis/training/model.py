"""The two towers side by side, and how they encode a batch or a whole split."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from visavis.training.inputs import ImageInputs
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower

CHUNKS = 4  # texts are encoded in groups of like length, so that little is padding
CHUNKED_FROM = 64
BATCH = 128


class TwoTowers(nn.Module):
    """An image tower and a text tower into one space."""

    def __init__(self, image: ImageTower, text: TextTower) -> None:
        super().__init__()
        self.image, self.text = image, text

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
    and the features that the head was given.
    """

    def __init__(self, model: TwoTowers) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
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
