"""The first three stages, and what all stages share: the texts, the teacher and the loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from averaging import mean_of
from corpus import Corpus, Drawn, Sentence, load_pixels
from dev import Dev, describe, selection
from numpy.typing import NDArray
from optimizing import Clock, optimize, schedule, set_rates
from teacher import teacher_vectors
from texts import encode_tokens, tokenize
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.training.augment import random_crops
from visavis.training.ema import MovingAverage
from visavis.training.losses import info_nce, max_hinge
from visavis.training.model import DualEncoder
from visavis.training.towers.image import scale

CROP = 192
MARGIN = 0.2
TEACHER_DIM = 384
RIDGE = 0.01


class Training:
    """The stages text, heads and all, over the same corpus.

    Rows number the photographs first, then the drawn images, which these stages leave alone.
    """

    def __init__(
        self,
        corpus: Corpus,
        drawn: Drawn,
        further: list[Sentence],
        tokenizer: Tokenizer,
        rng: np.random.Generator,
        work: Path,
        dim: int,
        *,
        half: bool,
    ) -> None:
        self.corpus, self.rng, self.half = corpus, rng, half
        self.best = work / "best.pt"
        self.captions = corpus.captions + drawn.captions
        self.caption_tokens = [tokenize(tokenizer, own) for own in self.captions]
        further = drawn.sentences + further
        sentences = corpus.sentences + further
        self.sentence_tokens = tokenize(tokenizer, [s.text for s in sentences])
        english = sorted({s.english for s in corpus.sentences})
        others = sorted({s.english for s in further} - set(english))
        row_of = {text: row for row, text in enumerate(english + others)}
        self.teacher_row = np.array([row_of[s.english] for s in sentences])
        self.row_of_text = {s.text: row_of[s.english] for s in sentences}
        known = teacher_vectors(english, work / "teacher.npy")
        told = teacher_vectors(others, work / "teacher_further.npy")
        self.teacher = torch.from_numpy(np.concatenate([known, told]))
        self.to_teacher = nn.Linear(dim, TEACHER_DIM)

    def text(self, model: DualEncoder, epochs: int, batch: int = 512) -> None:
        """Teach the text tower the English teacher's space, in both languages."""
        parameters = [*model.text.parameters(), *self.to_teacher.parameters()]
        optimizer = torch.optim.AdamW([{"params": parameters, "peak": 1e-3}], weight_decay=0.01)
        steps = epochs * (len(self.sentence_tokens) // batch)
        step = 0
        model.train()
        for epoch in range(epochs):
            clock = Clock()
            for rows in self.batches(len(self.sentence_tokens), batch):
                set_rates(optimizer, schedule(step, steps))
                loss = self.sentence_loss(model, rows)
                optimize(optimizer, loss)
                clock.add(loss)
                step += 1
            print(f"text {epoch + 1}/{epochs} {clock}", flush=True)

    def sentence_loss(self, model: DualEncoder, rows: NDArray[np.int64]) -> Tensor:
        """Cosine to the teacher's vector, and finding it among those of the batch."""
        tokens = [self.sentence_tokens[i] for i in rows]
        own = encode_tokens(model.text, tokens, half=self.half)
        student = normalised(self.to_teacher(own))
        ids = torch.from_numpy(self.teacher_row[rows])
        similarity = student @ self.teacher[ids].T
        found = info_nce(20 * similarity, ids[:, None] == ids[None, :])
        return found + 2 * (1 - similarity.diagonal().mean())

    def heads(self, model: DualEncoder, dev: Dev, epochs: int) -> None:
        """Train both heads on features of the backbone as it is, computed once."""
        features = backbone_features(model, load_pixels(self.corpus.paths))

        def loss_of(rows: NDArray[np.int64]) -> Tensor:
            images = model.image.head(features[torch.from_numpy(rows)].float())
            return self.pair_loss(model, images, rows)

        rates = dict.fromkeys(self.head(model), 1e-3) | {model.text: 5e-4}
        self.joint(model, dev, loss_of, rates, epochs, stop_after=epochs)

    def everything(self, model: DualEncoder, dev: Dev, epochs: int, stop_after: int) -> None:
        """Train all but the stem of the backbone, on random crops."""
        pixels = torch.from_numpy(load_pixels(self.corpus.paths))

        def loss_of(rows: NDArray[np.int64]) -> Tensor:
            crops = scale(random_crops(pixels[torch.from_numpy(rows)], CROP))
            with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
                with torch.no_grad():
                    stem = model.image.backbone.stem(crops)
                images = model.image.head(model.image.backbone.body(stem)).float()
            return self.pair_loss(model, images, rows)

        rates = {model.image.backbone.body: 2e-4, model.text: 3e-4}
        rates |= dict.fromkeys(self.head(model), 4e-4)
        self.joint(model, dev, loss_of, rates, epochs, stop_after)

    def joint(
        self,
        model: DualEncoder,
        dev: Dev,
        loss_of: Callable[[NDArray[np.int64]], Tensor],
        rates: dict[nn.Module, float],
        epochs: int,
        stop_after: int,
        *,
        mix: bool = False,
        batch: int = 128,
    ) -> None:
        """Run epochs of image–caption learning; leave the average that is best on dev in `model`.

        The rates follow a schedule of `epochs`, of which the first `stop_after` are run. With
        `mix` the mean of all epochs' averages is left instead.
        """
        groups = [{"params": list(m.parameters()), "peak": lr} for m, lr in rates.items()]
        groups.append({"params": [model.log_scale], "peak": 1e-3, "weight_decay": 0.0})
        groups.append({"params": list(self.to_teacher.parameters()), "peak": 1e-4})
        optimizer = torch.optim.AdamW(groups, lr=0.0, weight_decay=0.05)
        average = MovingAverage(model, decay=0.99)
        steps = epochs * (len(self.corpus.paths) // batch)
        best, step, states = -math.inf, 0, []
        for epoch in range(stop_after):
            clock = Clock()
            model.train()
            for rows in self.batches(len(self.corpus.paths), batch):
                set_rates(optimizer, schedule(step, steps))
                loss = loss_of(rows)
                optimize(optimizer, loss)
                average.update(model)
                clock.add(loss)
                step += 1
            figures = dev.figures(average.average)
            print(f"{epoch + 1}/{epochs} {clock} {describe(figures)}", flush=True)
            if mix:
                states.append(deepcopy(average.average.state_dict()))
            elif (score := selection(figures)) > best:
                best = score
                torch.save(average.average.state_dict(), self.best)
        left = mean_of(states) if mix else torch.load(self.best)
        model.load_state_dict(left)

    def pair_loss(self, model: DualEncoder, images: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """Contrast both ways, a hinge on the hardest, and the teacher so nothing is forgotten."""
        tokens, owners, _ = self.captions_of(rows)
        texts = encode_tokens(model.text, tokens, half=self.half)
        similarity = texts @ images.T  # (texts, images)
        positives = owners[:, None] == torch.arange(len(rows))[None, :]
        scaled = model.scale() * similarity
        contrast = info_nce(scaled, positives) + info_nce(scaled.T, positives.T)
        return contrast + self.hinge_and_sentences(model, similarity, positives, len(rows))

    def hinge_and_sentences(
        self, model: DualEncoder, similarity: Tensor, positives: Tensor, count: int
    ) -> Tensor:
        """Push the hardest negatives away, and keep agreeing with the teacher on sentences."""
        hinge = max_hinge(similarity, positives, MARGIN)
        hinge = hinge + max_hinge(similarity.T, positives.T, MARGIN)
        sentences = self.rng.integers(len(self.sentence_tokens), size=count)
        return hinge + 0.5 * self.sentence_loss(model, sentences)

    def captions_of(
        self, rows: NDArray[np.int64], most: int = 5
    ) -> tuple[list[list[int]], Tensor, list[int]]:
        """Draw at most `most` captions of each image: tokens, owners, the teacher's rows or -1."""
        tokens, owners, meanings = [], [], []
        for position, row in enumerate(rows):
            own = self.caption_tokens[row]
            for i in self.rng.permutation(len(own))[:most]:
                tokens.append(own[i])
                owners.append(position)
                meanings.append(self.row_of_text.get(self.captions[row][i], -1))
        return tokens, torch.tensor(owners), meanings

    def summaries(self) -> Tensor:
        """Return the mean of the teacher's vectors of each image's captions, (images, 384)."""
        rows = [
            [self.row_of_text[text] for text in own if text in self.row_of_text]
            for own in self.captions
        ]
        return normalised(torch.stack([self.teacher[own].mean(dim=0) for own in rows]))

    @torch.no_grad()
    def fit_teacher(self, model: DualEncoder, count: int = 8000) -> None:
        """Fit the map from the text tower's vectors to the teacher's anew, by ridge regression."""
        rows = np.random.default_rng(0).permutation(len(self.sentence_tokens))[:count]
        model.eval()
        own = encode_tokens(model.text, [self.sentence_tokens[i] for i in rows])
        own = torch.cat([own, torch.ones(len(own), 1)], dim=1)
        gram = own.T @ own + RIDGE * torch.eye(own.shape[1])
        found = torch.linalg.solve(gram, own.T @ self.teacher[self.teacher_row[rows]])
        self.to_teacher.weight.copy_(found[:-1].T)
        self.to_teacher.bias.copy_(found[-1])

    def head(self, model: DualEncoder) -> list[nn.Module]:
        """List what follows the backbone."""
        image = model.image
        return [image.mean, image.attention, image.norm, image.project]

    def batches(self, count: int, size: int) -> Iterator[NDArray[np.int64]]:
        order = self.rng.permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]


@torch.no_grad()
def backbone_features(model: DualEncoder, pixels: NDArray[np.uint8]) -> Tensor:
    """Feature maps of whole images, half precision: (n, 1280, 7, 7)."""
    batches = torch.from_numpy(pixels).split(100)
    maps = [model.image.backbone(scale(batch)).half().contiguous() for batch in batches]
    return torch.cat(maps)


def normalised(vectors: Tensor) -> Tensor:
    return F.normalize(vectors, dim=-1)
