"""The stages words and refine: what no caption holds, learned by the text side, then by both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from classes import Classes, draw_classes
from corpus import Drawn
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
from visavis.training.queue import MemoryQueue

SAME_NAME = 0.99  # a cosine of the teacher's from which two words are one
SOFT = 0.2  # the share of a target that goes to what means the same
LIKENESS = 0.05  # the temperature of the teacher's similarities
CLASS_SCALE = 0.5  # an image is nearer to its caption than to the name of what it shows
OTHER_CLASSES = 96
IMAGINED = 96
START_SCALE = 25.0
CAPTIONS = 3  # of each image in a batch
BATCH = 112  # photographs
DRAWN = 16  # drawn images beside them, each of another kind
SURE = 0.5  # the length of a class's vector, beside the unit vector that captions have taught


@dataclass(frozen=True, slots=True)
class Weights:
    """What each further loss counts."""

    summary: float = 0.5
    words: float = 0.25
    classes: float = 0.5
    kept: float = 0.5


@dataclass(frozen=True, slots=True)
class Side:
    """What looks for its own: unit vectors, the image of each, and what the teacher makes of it."""

    vectors: Tensor
    images: Tensor
    meanings: Tensor


class Refinement:
    """Learn words, then everything again with what the classifier knows."""

    def __init__(
        self, train: Training, words: Words, drawn: Drawn, tokenizer: Tokenizer, remembered: int
    ) -> None:
        self.train, self.words, self.tokenizer = train, words, tokenizer
        self.photographs = len(train.corpus.paths)
        self.kinds = [self.photographs + own for own in drawn.kinds]
        self.weights, self.summaries = Weights(), train.summaries()
        self.remembered = remembered

    @property
    def rng(self) -> np.random.Generator:
        return self.train.rng

    @torch.no_grad()
    def name_classes(self, model: DualEncoder) -> None:
        """Begin each class's vector with what the text tower makes of its names.

        What all names share is taken out: else an image of which the classifier is sure would
        be near to every text.
        """
        model.eval()
        named = [self.words.all[row] for own in self.words.of_class for row in own]
        said = [(f"a photo of a {word.english}", word.number) for word in named]
        said += [(f"une photo d'un {word.french}", word.number) for word in named if word.french]
        texts, numbers = zip(*said, strict=True)
        own = self._texts(model, tokenize(self.tokenizer, list(texts)))
        vectors = torch.zeros_like(model.image.classes.vectors)
        vectors.index_add_(0, torch.tensor(numbers), own)
        vectors[1:] = normalised(vectors[1:])
        vectors[1:] = SURE * normalised(vectors[1:] - vectors[1:].mean(dim=0))
        model.image.classes.vectors.copy_(vectors)

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
        """Train all but the stem, on views; keep the classifier's opinion, and learn its names.

        Begins with a first temperature and an empty memory, and leaves the mean of all epochs.
        """
        classes = Classes(views.classifier, views.pooled[: self.photographs])

        def loss_of(rows: NDArray[np.int64]) -> Tensor:
            photographs, rows = len(rows), np.concatenate([rows, self.draw_drawn(DRAWN)])
            stem, logits = views.draw(rows, self.rng)
            with torch.autocast("cpu", torch.bfloat16, enabled=self.train.half):
                features, details = model.image.backbone.levels(stem)
                images = model.image.head(features, details).float()
            logits = logits[:photographs]  # what it says of drawn images is no use
            pooled = features[:photographs].float().mean(dim=(2, 3))
            kept = self.weights.kept * classes.distance(pooled, logits)
            return kept + self._loss(model, classes, images, logits, rows)

        model.image.backbone.stem.requires_grad_(requires_grad=False)
        rates = {model.image.backbone.body: 1e-4, model.text: 1e-4, model.image.classes: 5e-5}
        rates |= dict.fromkeys([*self.train.head(model), model.image.details], 2e-4)
        model.log_scale.data.fill_(math.log(START_SCALE))
        dim = model.image.project.out_features
        self.images = MemoryQueue(self.remembered, dim)
        self.texts = MemoryQueue(CAPTIONS * self.remembered, dim)
        self.train.joint(model, dev, loss_of, rates, epochs, epochs, mix=True, batch=BATCH)

    def draw_drawn(self, count: int) -> NDArray[np.int64]:
        """Draw rows of drawn images, no two of one kind: each could be called like the other."""
        kinds = self.rng.permutation(len(self.kinds))[:count]
        return np.array([self.rng.choice(self.kinds[kind]) for kind in kinds])

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
        tokens, owners, meanings = self.train.captions_of(rows, most=CAPTIONS)
        texts, numbers = self._texts(model, tokens), torch.from_numpy(rows)
        known = torch.tensor(meanings)[:, None]
        # A caption without an English equal means what its image's captions mean together.
        told = self.train.teacher[known[:, 0].clamp(min=0)]
        told = torch.where(known >= 0, told, self.summaries[numbers[owners]])
        contrast = self._contrast(
            model, Side(texts, numbers[owners], told), images, numbers, self.images
        )
        asking = Side(images, numbers, self.summaries[numbers])
        contrast = contrast + self._contrast(model, asking, texts, numbers[owners], self.texts)
        positives = owners[:, None] == torch.arange(len(rows))[None, :]
        rest = self.train.hinge_and_sentences(model, texts @ images.T, positives, len(rows))
        return contrast + rest

    def _contrast(
        self,
        model: DualEncoder,
        asking: Side,
        candidates: Tensor,
        images: Tensor,
        memory: MemoryQueue,
    ) -> Tensor:
        """Find what belongs to the same image among the batch and what is remembered of others."""
        present = len(candidates)
        found = torch.cat([candidates, memory.vectors])
        owners = torch.cat([images, memory.owners])
        memory.extend(candidates.detach(), images)
        same = asking.images[:, None] == owners[None, :]
        past = same & (torch.arange(len(found)) >= present)
        near = (asking.meanings @ self.summaries[owners].T).masked_fill(past, float("-inf"))
        scaled = (model.scale() * asking.vectors @ found.T).masked_fill(past, float("-inf"))
        return soft_contrast(scaled, soft_targets(same & ~past, near, SOFT))

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
        """Find names of classes by images: as the classifier would, and by imagined ones."""
        drawn = draw_classes(logits, OTHER_CLASSES, self.rng)
        said = [self.rng.choice(self.words.of_class[number]) for number in drawn]
        texts = self._texts(model, self._say(np.array(said)))
        scale = CLASS_SCALE * model.scale()
        shares = logits.softmax(dim=1)[:, torch.from_numpy(drawn)]
        told = (scale * images[: len(logits)] @ texts.T).log_softmax(dim=1)
        seen = -(shares * told).sum(dim=1).mean()
        chosen = torch.from_numpy(self.rng.permutation(len(drawn))[:IMAGINED])
        imagined = model.image.head(classes.imagine(torch.from_numpy(drawn)[chosen], self.rng))
        own = chosen[:, None] == torch.arange(len(drawn))[None, :]
        meanings = self.words.vectors[
            torch.tensor([self.words.of_class[number][-1] for number in drawn])
        ]
        targets = soft_targets(own, meanings[chosen] @ meanings.T, 0.3)
        found = soft_contrast(scale * imagined @ texts.T, targets)
        # A name is nearer to its imagined image than to any other, imagined or real.
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
    """Cross-entropy of the softmax of each row with its target; minus infinity is left out."""
    log_shares = similarity.log_softmax(dim=1).masked_fill(similarity.isneginf(), 0.0)
    return -(targets * log_shares).sum(dim=1).mean()
