"""Miners: one negative for each pair that belongs together.

A miner returns columns, (pairs,), in the order of `positives.nonzero()`; -1 where the anchor
has no negative at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.registry import Registry

NEVER = float("-inf")  # the score of what may not be chosen


@dataclass(frozen=True)
class Candidates:
    """The candidates of a miner: `scores`, `positives`, `negatives` are (anchors, candidates).

    `share` is how many of the pairs `mixed` gives a semi-hard negative, from 0 to 1.
    """

    scores: Tensor
    positives: Tensor
    negatives: Tensor
    generator: torch.Generator
    share: float = 0.5


MINERS: Registry[Callable[[Candidates], Tensor]] = Registry("miners")


@MINERS.register("random")
def mine_random(given: Candidates) -> Tensor:
    """Choose any negative of the anchor, all equally likely."""
    anchors, _ = given.positives.nonzero(as_tuple=True)
    so_far = given.negatives.cumsum(dim=1, dtype=torch.int32)[anchors]  # (pairs, candidates)
    counts = so_far[:, -1]
    wanted = (_uniform(given) * counts).int()  # skip so many negatives
    columns = torch.searchsorted(so_far, wanted[:, None], right=True).squeeze(1)
    return columns.where(counts > 0, -1)


@MINERS.register("hard")
def mine_hard(given: Candidates) -> Tensor:
    """Choose the anchor's nearest negative.

    Faghri et al., VSE++, 2018, equation 6, https://arxiv.org/abs/1707.05612.
    """
    anchors, _ = given.positives.nonzero(as_tuple=True)
    return _best(_only(given.negatives, given.scores))[anchors]


@MINERS.register("semi-hard")
def mine_semi_hard(given: Candidates) -> Tensor:
    """Choose the nearest negative that is farther from the anchor than the positive.

    That is the hardest with d(a, p) < d(a, n) < d(a, p) + margin, whatever the margin; where
    the margin holds none, it is the hardest of the easy ones. Where all are nearer than the
    positive, the farthest is chosen. Schroff et al., FaceNet, 2015, section 3.2,
    https://arxiv.org/abs/1503.03832, which leaves open which one of the semi-hard is taken.
    """
    anchors, own = given.positives.nonzero(as_tuple=True)
    farther = _only(given.negatives, given.scores)[anchors]  # (pairs, candidates)
    farther.masked_fill_(farther >= given.scores[anchors, own][:, None], NEVER)
    nearest = _best(farther)
    farthest = _best(_only(given.negatives, -given.scores))[anchors]
    return nearest.where(nearest >= 0, farthest)


@MINERS.register("mixed")
def mine_mixed(given: Candidates) -> Tensor:
    """Choose a semi-hard negative with probability `share`, else a random one."""
    chosen = _uniform(given) < given.share
    return mine_semi_hard(given).where(chosen, mine_random(given))


def _only(allowed: Tensor, scores: Tensor) -> Tensor:
    return scores.masked_fill(~allowed, NEVER)


def _best(scores: Tensor) -> Tensor:
    """Return the column of each row's highest score, (rows,); -1 where none may be chosen."""
    highest, columns = scores.max(dim=1)
    return columns.where(highest > NEVER, -1)


def _uniform(given: Candidates) -> Tensor:
    """Draw a number from 0 to 1 for each pair, the same on every device."""
    pairs, device = int(given.positives.sum()), given.generator.device
    drawn = torch.rand(pairs, generator=given.generator, dtype=torch.float64, device=device)
    return drawn.to(given.scores.device)
