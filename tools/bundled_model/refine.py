"""The last two stages: words that no caption holds, learned first by the text side, then by both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from classes import Classes, draw_classes
from dev import Dev
from numpy.typing import NDArray
from optimizing import optimize, schedule, set_rates
from stages import Training, normalised
from texts import encode_tokens, tokenize
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F
from views import Views
from words import Words

from visavis.training.losses import info_nce
from visavis.training.model import DualEncoder

SAME_NAME = 0.99  # a cosine of the teacher's from which two words are one
SOFT = 0.2  # the share of a target that goes to what means the same
LIKENESS = 0.05  # the temperature of the teacher's similarities
CLASS_SCALE = 0.5  # a picture is nearer to its caption than to the name of what it shows
OTHER_CLASSES = 96
IMAGINED = 96
START_SCALE = 25.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What each further loss counts."""

    summary: float = 0.5
    words: float = 0.25
    classes: float = 0.5
    kept: float = 0.5


class Refinement:
    """Learn words, then everything again with what the classifier knows."""

    def __init__(self, train: Training, words: Words, tokenizer: Tokenizer) -> None:
        self.train, self.words, self.tokenizer = train, words, tokenizer
        self.rng, self.weights = train.rng, Weights()
        self.summaries = train.summaries()

    def text(self, model: DualEncoder, steps: int) -> None:
        """Teach the text tower words, beside the sentences it knows."""
        self.train.fit_teacher(model)
        groups = [*model.text.parameters(), *self.train.to_teacher.parameters()]
        optimizer = torch.optim.AdamW([{"params": groups, "peak": 5e-4}], weight_decay=0.01)
        model.train()
        for step in range(steps):
            set_rates(optimizer, schedule(step, steps))
            rows = self.rng.integers(len(self.train.sentence_tokens), size=192)
            loss = self.train.sentence_loss(model, rows)
            word_loss = self.word_loss(model, names=224, others=112)
            optimize(optimizer, loss + word_loss)
            if step % 20 == 19:
                print(f"words {step + 1}/{steps} {word_loss.item():.3f}", flush=True)

    def both(self, model: DualEncoder, dev: Dev, views: Views, epochs: int) -> None:
        """Train all but the stem, on views; keep the classifier's opinion, and learn its names."""
        classes = Classes(views.classifier, views.pooled)
        model.log_scale.data.fill_(math.log(START_SCALE))

        def loss_of(rows: NDArray[np.int64]) -> Tensor:
            stem, logits = views.draw(rows, self.rng)
            with torch.autocast("cpu", torch.bfloat16, enabled=self.train.half):
                features = model.image.backbone.body(stem)
                images = model.image.head(features).float()
            pooled = features.float().mean(dim=(2, 3))
            kept = self.weights.kept * classes.distance(pooled, logits)
            return kept + self._loss(model, classes, images, logits, rows)

        model.image.backbone.stem.requires_grad_(requires_grad=False)
        rates = {model.image.backbone.body: 1.5e-4, model.text: 2e-4}
        rates |= dict.fromkeys(self.train.head(model), 3e-4)
        self.train.joint(model, dev, loss_of, rates, epochs, stop_after=epochs, mix=True)

    def _loss(
        self,
        model: DualEncoder,
        classes: Classes,
        images: Tensor,
        logits: Tensor,
        rows: NDArray[np.int64],
    ) -> Tensor:
        summary = 1 - (self._student(images) * self.summaries[torch.from_numpy(rows)]).sum(1).mean()
        return (
            self.pair_loss(model, images, rows)
            + self.weights.summary * summary
            + self.weights.words * self.word_loss(model, names=96, others=48)
            + self.weights.classes * self.class_loss(model, classes, images, logits)
        )

    def pair_loss(self, model: DualEncoder, images: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """Contrast with soft targets, the hinge and the teacher, as before."""
        tokens, owners, meanings = self.train.captions_of(rows, most=3)
        similarity = self._texts(model, tokens) @ images.T  # (texts, images)
        positives = owners[:, None] == torch.arange(len(rows))[None, :]
        summaries = self.summaries[torch.from_numpy(rows)]
        known = torch.tensor(meanings)
        # A caption without an English equal means what its picture's captions mean together.
        told = self.train.teacher[known.clamp(min=0)]
        near = torch.where(known[:, None] >= 0, told, summaries[owners]) @ summaries.T
        scaled = model.scale() * similarity
        contrast = soft_contrast(scaled, soft_targets(positives, near, SOFT))
        contrast = contrast + soft_contrast(scaled.T, soft_targets(positives.T, near.T, SOFT))
        return contrast + self.train.hinge_and_sentences(model, similarity, positives, len(rows))

    def word_loss(self, model: DualEncoder, names: int, others: int) -> Tensor:
        """Cosine to the teacher's vector of a word, and finding it among those of the batch."""
        rows = self.words.draw(self.rng, names, others)
        own = self._texts(model, self._say(rows))
        targets = self.words.vectors[torch.from_numpy(rows)]
        similarity = self._student(own) @ targets.T
        found = info_nce(20 * similarity, targets @ targets.T > SAME_NAME)
        return found + 2 * (1 - similarity.diagonal().mean())

    def class_loss(
        self, model: DualEncoder, classes: Classes, images: Tensor, logits: Tensor
    ) -> Tensor:
        """Find names of classes by pictures: as the classifier would, and by imagined ones."""
        drawn = draw_classes(logits, OTHER_CLASSES, self.rng)
        said = [self.rng.choice(self.words.of_class[number]) for number in drawn]
        texts = self._texts(model, self._say(np.array(said)))
        scale = CLASS_SCALE * model.scale()
        shares = logits.softmax(dim=1)[:, torch.from_numpy(drawn)]
        seen = -(shares * (scale * images @ texts.T).log_softmax(dim=1)).sum(dim=1).mean()
        chosen = torch.from_numpy(self.rng.permutation(len(drawn))[:IMAGINED])
        imagined = model.image.head(classes.imagine(torch.from_numpy(drawn)[chosen], self.rng))
        own = chosen[:, None] == torch.arange(len(drawn))[None, :]
        meanings = self.words.vectors[
            torch.tensor([self.words.of_class[number][-1] for number in drawn])
        ]
        targets = soft_targets(own, meanings[chosen] @ meanings.T, 0.3)
        found = soft_contrast(scale * imagined @ texts.T, targets)
        # A name is nearer to its imagined picture than to any other, imagined or real.
        both = torch.cat([imagined, images])
        back = F.cross_entropy(scale * texts[chosen] @ both.T, torch.arange(len(chosen)))
        return seen + found + back

    def _say(self, rows: NDArray[np.int64]) -> list[list[int]]:
        return tokenize(self.tokenizer, [self.words.say(int(row), self.rng) for row in rows])

    def _texts(self, model: DualEncoder, tokens: list[list[int]]) -> Tensor:
        return encode_tokens(model.text, tokens, half=self.train.half)

    def _student(self, vectors: Tensor) -> Tensor:
        return normalised(self.train.to_teacher(vectors))


def soft_targets(positives: Tensor, near: Tensor, share: float) -> Tensor:
    """Mix the pairs that belong together with what the teacher finds alike; rows sum to 1."""
    certain = positives / positives.sum(dim=1, keepdim=True)
    return torch.lerp(certain, (near / LIKENESS).softmax(dim=1), share)


def soft_contrast(similarity: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of the softmax of each row with its target."""
    return -(targets * similarity.log_softmax(dim=1)).sum(dim=1).mean()
