"""Encode all images and texts of a split with the towers."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from visavis.training.inputs import ImageInputs
from visavis.training.model import TwoTowers

BATCH = 128


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
