"""The stage that fits the hubness correction of both towers, when all else is learned."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from visavis.training.model import encode
from visavis.training.optimizer import fit
from visavis.training.stages.base import STAGES, StageKind
from visavis.training.towers.hubness import ADDED, SHARPNESS, HubnessCorrection, soft_maximum

MIXTURES = 80_000  # of two vectors each, that anchors are fitted to
STEPS = 3000
BATCH = 2048
RATE = 4.5e-3


@STAGES.register("hubness")
class HubnessStage(StageKind):
    """Fit the anchors that estimate the hubness of images among captions, and of captions.

    `image_share` and `text_share` of that are subtracted from scores. The banks are the training
    captions and images. Nothing else changes; the recipe must give the towers anchors (`hubness`).
    """

    def run(self) -> None:
        state, stage, model = self.state, self.stage, self.state.model
        vectors = encode(model, state.train_images(stage), state.train.tokens)
        images, texts = (F.normalize(each[:, :-ADDED].cpu(), dim=1) for each in vectors)
        image_of_text = torch.from_numpy(state.train.pairs.image_of_caption)
        rows = torch.arange(len(images))
        of_images, of_texts = model.image.hubness, model.text.hubness
        assert of_images is not None
        assert of_texts is not None
        of_image = fit_anchors(
            of_images,
            images,
            rows,
            bank=texts,
            bank_rows=image_of_text,
            share=stage.image_share,
        )
        of_text = fit_anchors(
            of_texts,
            texts,
            image_of_text,
            bank=images,
            bank_rows=rows,
            share=stage.text_share,
        )
        note = f"anchors explain {of_image:.1%} of images' hubness and {of_text:.1%} of texts'"
        state.report(f"{stage.name}: {note}", state.measure())


def fit_anchors(
    correction: HubnessCorrection,
    x: Tensor,
    rows: Tensor,
    *,
    bank: Tensor,
    bank_rows: Tensor,
    share: float,
) -> float:
    """Fit anchors to the hubness of unit vectors x (n, dim); return the variance they explain.

    `rows` (n,) and `bank_rows` (m,) are the rows of the images that vectors belong to. Anchors are
    fitted to mixtures as well: they would memorise x alone, and explain much less of new vectors.
    Zhang et al., mixup, 2018, https://arxiv.org/abs/1710.09412.
    """
    generator = torch.Generator().manual_seed(0)
    mixed, parents = mixtures(x, rows, generator)
    own = hubness(x, rows[:, None], bank, bank_rows)
    x, wanted = torch.cat([x, mixed]), torch.cat([own, hubness(mixed, parents, bank, bank_rows)])
    x, wanted = x[wanted.isfinite()], wanted[wanted.isfinite()]  # two of two images leave no bank
    numbers = torch.arange(len(correction.weights)) % len(bank)  # a small bank stands in again
    anchors = bank[torch.randperm(len(bank), generator=generator)[numbers]].clone().requires_grad_()
    weights = torch.full((len(anchors),), -math.log(len(anchors))).requires_grad_()

    def error() -> Tensor:
        drawn = torch.randint(len(x), (min(BATCH, len(x)),), generator=generator)
        return F.mse_loss(soft_maximum(x[drawn], anchors, weights), wanted[drawn])

    groups = [{"params": [anchors], "peak": RATE}, {"params": [weights], "peak": 10 * RATE}]
    left = fit(groups, error, STEPS)
    correction.set_anchors(anchors.detach(), weights.detach(), mean=own.mean().item(), share=share)
    return 1 - left / max(wanted.var().item(), 1e-12)


def mixtures(x: Tensor, rows: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return unit vectors between two of x each, (mixtures, dim), and the rows of both, (…, 2)."""
    pairs = torch.randint(len(x), (MIXTURES, 2), generator=generator)
    share = torch.rand(MIXTURES, 1, generator=generator)
    mixed = share * x[pairs[:, 0]] + (1 - share) * x[pairs[:, 1]]
    return F.normalize(mixed, dim=1), rows[pairs]


def hubness(x: Tensor, rows: Tensor, bank: Tensor, bank_rows: Tensor) -> Tensor:
    """Return the soft maximum of the similarities of x to the bank of other images, (n,).

    `rows` (n, k) are those of the images that a vector is made of.
    """
    found = []
    for part, own in zip(torch.split(x, BATCH), torch.split(rows, BATCH), strict=True):
        similar = SHARPNESS * (part @ bank.T)
        for row in own.T:
            similar[row[:, None] == bank_rows] = -math.inf
        found.append((similar.logsumexp(dim=1) - math.log(len(bank))) / SHARPNESS)
    return torch.cat(found)
