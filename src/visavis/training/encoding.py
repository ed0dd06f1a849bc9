"""Encode images and texts with the towers, in training and to measure them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from visavis.training.inputs import ImageInputs
from visavis.training.model import TwoTowers

BATCH = 128


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
