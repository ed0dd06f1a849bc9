"""The stage common: both towers learn how common what they see is, and say so in two numbers.

An image is as common as the captions of other images are near to it, a caption as other
images are. Nothing else is learned. The two numbers take the place of the two directions in
which vectors differ least.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from stages import normalised
from texts import encode_tokens, tokenize
from tokenizers import Tokenizer
from torch import Tensor

from visavis.training.model import DualEncoder
from visavis.training.towers.commonness import ADDED, SHARPNESS, Commonness, soft_maximum
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower

ANCHORS = 128
# Of what is common that is taken off: chosen by dev and benchmarks/beyond.py, which wants less.
SHARES = {"image": 0.25, "text": 0.6}
STEPS = 3000
BATCH = 2048
RATE = 3e-3


def with_room(model: DualEncoder) -> DualEncoder:
    """Return a model whose vectors have room for two numbers; its weights are to be learned."""
    inner = model.image.dim - ADDED
    classes = len(model.image.classes.vectors)
    image = ImageTower(inner, dropout=0.2, classes=classes, anchors=ANCHORS)
    words = model.text.embedding.num_embeddings
    wide = DualEncoder(image, TextTower(words, inner, anchors=ANCHORS))
    wide.requires_grad_(requires_grad=False).eval()
    return wide.to(memory_format=torch.channels_last)


@torch.no_grad()
def learn_common(
    before: DualEncoder,
    model: DualEncoder,
    tokenizer: Tokenizer,
    pixels: NDArray[np.uint8],
    captions: list[list[str]],
) -> None:
    """Turn the weights of `before` so that two directions can be left out, then fit anchors.

    `captions` are those of each image of `pixels`, (n, side, side, 3).
    """
    batches = torch.from_numpy(pixels).split(100)
    images = torch.cat([before.image(batch) for batch in batches])
    mirrored = torch.cat([before.image(batch.flip(2)) for batch in batches])
    said = [text for own in captions for text in own]
    texts = encode_tokens(before.text, tokenize(tokenizer, said))
    basis = directions([images, texts], model.image.dim - ADDED)
    model.load_state_dict(turned(before.state_dict(), basis), strict=False)
    images, mirrored, texts = (normalised(x @ basis) for x in (images, mirrored, texts))
    rows = torch.arange(len(images))
    owners = torch.tensor([row for row, own in enumerate(captions) for _ in own])
    fit(model.image.common, torch.cat([images, mirrored]), torch.cat([rows, rows]), texts, owners)
    fit(model.text.common, texts, owners, images, rows)


def directions(sides: list[Tensor], count: int) -> Tensor:
    """Return the `count` directions in which vectors (n, dim) of both sides lie most, (dim, count)."""
    moments = torch.stack([x.T @ x / len(x) for x in sides]).sum(dim=0)
    return torch.linalg.eigh(moments).eigenvectors[:, -count:]


def turned(weights: dict[str, Tensor], basis: Tensor) -> dict[str, Tensor]:
    """Return the weights of towers whose vectors are those of `weights`, seen along `basis`.

    They are rounded as they will be stored.
    """
    last = [f"{side}.project.{part}" for side in ("image", "text") for part in ("weight", "bias")]
    own = weights | {name: basis.T @ weights[name] for name in last}
    own["image.classes.vectors"] = weights["image.classes.vectors"] @ basis
    return {name: value.half().float() for name, value in own.items()}


@torch.enable_grad()
def fit(common: Commonness, x: Tensor, owners: Tensor, bank: Tensor, owned: Tensor) -> None:
    """Fit anchors to how common vectors `x` are among a bank; what has the same owner is left out."""
    wanted = commonness(x, owners, bank, owned)
    generator = torch.Generator().manual_seed(0)
    chosen = torch.randperm(len(bank), generator=generator)[: len(common.weights)]
    anchors = bank[chosen].clone().requires_grad_()
    weights = torch.full((len(anchors),), -math.log(len(anchors))).requires_grad_()
    optimizer = torch.optim.Adam([{"params": [anchors]}, {"params": [weights]}])
    for step in range(STEPS):
        rate = RATE * min(1, 2 * (1 - step / STEPS))
        for group, times in zip(optimizer.param_groups, (1, 10), strict=True):
            group["lr"] = times * rate
        rows = torch.randint(len(x), (BATCH,), generator=generator)
        loss = ((soft_maximum(x[rows], anchors, weights) - wanted[rows]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    common.set_anchors(
        anchors.detach(),
        weights.detach(),
        mean=wanted.mean().item(),
        share=SHARES[common.modality],
    )
    print(f"common {common.modality}: {1 - loss.item() / wanted.var().item():.3f} told", flush=True)


def commonness(x: Tensor, owners: Tensor, bank: Tensor, owned: Tensor) -> Tensor:
    """Return the soft maximum of the similarities of `x` to what others own in the bank."""
    found = []
    for part, own in zip(x.split(BATCH), owners.split(BATCH), strict=True):
        similar = SHARPNESS * (part @ bank.T)
        similar[own[:, None] == owned] = -math.inf
        found.append((similar.logsumexp(dim=1) - math.log(len(bank))) / SHARPNESS)
    return torch.cat(found)
