"""Make the bundled model: one command from the data to a model folder.

Stages, each leaving a checkpoint in --work, so that a stopped run goes on where it was:

1. tokenizer: subwords of the training captions and the sentence pairs
2. text: the text tower learns to agree with an English teacher, in both languages
3. heads: both heads learn on features of the frozen backbone
4. all: the backbone beyond its stem joins in, on random crops
5. export: ONNX files, checked against torch

Only the train split is learned from; the epoch kept is the one that is best on dev.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from backbone import load_backbone
from card import write_card
from corpus import Corpus, load_pixels, read_corpus
from numpy.typing import NDArray
from teacher import teacher_vectors
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.datasets import Dataset, load_dataset
from visavis.evaluation.metrics import recall_at
from visavis.evaluation.protocol import rank_both_ways
from visavis.training.ema import MovingAverage
from visavis.training.export import export_model
from visavis.training.losses import info_nce, max_hinge
from visavis.training.model import DualEncoder
from visavis.training.tokenizer import train_tokenizer
from visavis.training.towers.image import ImageTower, scale
from visavis.training.towers.text import TextTower

DIM = 256
VOCABULARY = 8000
MAX_TOKENS = 64
CROP = 192
TEACHER_DIM = 384
RECORDED = ("seed", "text_epochs", "head_epochs", "epochs", "stop_after")
CHUNKS = 4  # texts are encoded in groups of like length, so that little is padding


def main() -> None:
    options = parse_options()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    dataset = load_dataset(options.data)
    corpus = read_corpus(dataset, options.pairs)
    tokenizer = make_tokenizer(corpus, options.work / "tokenizer.json")
    train = Training(corpus, tokenizer, rng, options.work)
    dev = Dev.read(dataset, tokenizer)
    model = DualEncoder(ImageTower(DIM, dropout=0.2), TextTower(tokenizer.get_vocab_size(), DIM))
    model.image.backbone.load_state_dict(load_backbone(options.backbone)[0].state_dict())
    model.to(memory_format=torch.channels_last)
    stages = {
        "text": lambda: train.text(model, epochs=options.text_epochs),
        "heads": lambda: train.heads(model, dev, epochs=options.head_epochs),
        "all": lambda: train.everything(model, dev, options.epochs, options.stop_after),
    }
    for name, run in stages.items():
        run_stage(name, run, model, options.work / f"{name}.pt")
    print("dev", describe(dev.figures(model.eval())))
    recipe = {"tool": "tools/bundled_model/train.py", "vocabulary": VOCABULARY}
    recipe |= {name: getattr(options, name) for name in RECORDED}
    details = {"languages": ["en", "fr"], "licence": "see MODEL_CARD.md", "recipe": recipe}
    export_model(model, tokenizer, options.out, name="visavis-small", details=details)
    write_card(options.out, options.data)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="such as flickr8k:FOLDER")
    parser.add_argument("--backbone", type=Path, required=True, help="MobileNetV2 .tflite")
    parser.add_argument("--pairs", type=Path, required=True, help="English<TAB>French lines")
    parser.add_argument("--work", type=Path, default=Path("runs/bundled"))
    parser.add_argument("--out", type=Path, required=True, help="the model folder to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--text-epochs", type=int, default=3)
    parser.add_argument("--head-epochs", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=16, help="the last stage's schedule")
    parser.add_argument("--stop-after", type=int, default=11, help="end it after this epoch")
    return parser.parse_args()


def run_stage(name: str, run: Callable[[], None], model: DualEncoder, checkpoint: Path) -> None:
    """Run a stage and keep its result, or load the result of an earlier run."""
    if not checkpoint.exists():
        print(f"stage {name}", flush=True)
        run()
        torch.save(model.state_dict(), checkpoint)
    model.load_state_dict(torch.load(checkpoint))


def make_tokenizer(corpus: Corpus, path: Path) -> Tokenizer:
    if not path.exists():
        texts = [text for own in corpus.captions for text in own]
        texts += [text for pair in corpus.pairs for text in pair]
        train_tokenizer(texts, VOCABULARY, MAX_TOKENS).save(str(path))
    return Tokenizer.from_file(str(path))


def tokenize(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    found = tokenizer.encode_batch(texts)
    return [encoding.ids[: sum(encoding.attention_mask)] for encoding in found]


def encode_tokens(tower: TextTower, tokens: list[list[int]]) -> Tensor:
    """Encode token lists of any lengths: (n, dim), in the order given."""
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
    parts = []
    for chunk in np.array_split(np.array(order), CHUNKS):
        own = [torch.tensor(tokens[i]) for i in chunk]
        parts.append(tower(nn.utils.rnn.pad_sequence(own, batch_first=True)))
    return torch.cat(parts)[torch.from_numpy(np.argsort(order))]


@dataclass
class Dev:
    """The dev split: pictures, and tokens and owners of the captions of each language."""

    pixels: NDArray[np.uint8]
    captions: dict[str, tuple[list[list[int]], NDArray[np.int64]]]

    @classmethod
    def read(cls, dataset: Dataset, tokenizer: Tokenizer) -> Dev:
        dev = dataset.select(split="dev")
        row_of = {image: row for row, image in enumerate(dev.images)}
        captions = {}
        for lang in ("en", "fr"):
            own = [c for c in dev.captions if c.lang == lang and not c.machine]
            owners = np.array([row_of[c.image] for c in own])
            captions[lang] = (tokenize(tokenizer, [c.text for c in own]), owners)
        return cls(load_pixels(list(dev.images.values())), captions)

    @torch.inference_mode()
    def figures(self, model: DualEncoder) -> dict[str, float]:
        """Return recalls in percent, such as `en i2t 1` or `fr t2i 10`."""
        batches = torch.from_numpy(self.pixels).split(100)
        images = torch.cat([model.image(batch) for batch in batches])
        found = {}
        for lang, (tokens, owners) in self.captions.items():
            texts = encode_tokens(model.text, tokens)
            ranks = rank_both_ways((images @ texts.T).numpy(), owners)
            for way, own in zip(("i2t", "t2i"), ranks, strict=True):
                for k in (1, 5, 10):
                    found[f"{lang} {way} {k}"] = recall_at(k, own)
        return found


def describe(figures: dict[str, float]) -> str:
    rows = [
        f"{lang} {way} " + "/".join(f"{figures[f'{lang} {way} {k}']:.1f}" for k in (1, 5, 10))
        for lang in ("en", "fr")
        for way in ("i2t", "t2i")
    ]
    return " | ".join(rows)


class Training:
    """The three stages, over the same corpus."""

    def __init__(
        self, corpus: Corpus, tokenizer: Tokenizer, rng: np.random.Generator, work: Path
    ) -> None:
        self.corpus, self.rng = corpus, rng
        self.best = work / "best.pt"
        self.caption_tokens = [tokenize(tokenizer, own) for own in corpus.captions]
        self.sentence_tokens = tokenize(tokenizer, [s.text for s in corpus.sentences])
        english = sorted({s.english for s in corpus.sentences})
        row_of = {text: row for row, text in enumerate(english)}
        self.teacher_row = np.array([row_of[s.english] for s in corpus.sentences])
        self.teacher = torch.from_numpy(teacher_vectors(english, work / "teacher.npy"))
        self.to_teacher = nn.Linear(DIM, TEACHER_DIM)

    def text(self, model: DualEncoder, epochs: int, batch: int = 512) -> None:
        """Teach the text tower the English teacher's space, in both languages."""
        parameters = [*model.text.parameters(), *self.to_teacher.parameters()]
        optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01)
        steps = epochs * (len(self.sentence_tokens) // batch)
        step = 0
        for epoch in range(epochs):
            clock = Clock()
            for rows in self._batches(len(self.sentence_tokens), batch):
                set_rate(optimizer, 1e-3 * schedule(step, steps))
                loss = self.sentence_loss(model, rows)
                optimize(optimizer, loss)
                clock.add(loss)
                step += 1
            print(f"text {epoch + 1}/{epochs} {clock}", flush=True)

    def sentence_loss(self, model: DualEncoder, rows: NDArray[np.int64]) -> Tensor:
        """Cosine to the teacher's vector, and finding it among those of the batch."""
        own = encode_tokens(model.text, [self.sentence_tokens[i] for i in rows])
        student = F.normalize(self.to_teacher(own), dim=-1)
        ids = torch.from_numpy(self.teacher_row[rows])
        similarity = student @ self.teacher[ids].T
        found = info_nce(20 * similarity, ids[:, None] == ids[None, :])
        return found + 2 * (1 - similarity.diagonal().mean())

    def heads(self, model: DualEncoder, dev: Dev, epochs: int) -> None:
        """Train both heads on features of the backbone as it is, computed once."""
        features = backbone_features(model, load_pixels(self.corpus.paths))

        def encode(rows: NDArray[np.int64]) -> Tensor:
            return model.image.head(features[torch.from_numpy(rows)].float())

        rates = {model.image.mean: 1e-3, model.image.attention: 1e-3, model.image.norm: 1e-3}
        rates |= {model.image.project: 1e-3, model.text: 5e-4}
        self._joint(model, dev, encode, rates, epochs, stop_after=epochs)

    def everything(self, model: DualEncoder, dev: Dev, epochs: int, stop_after: int) -> None:
        """Train all but the stem of the backbone, on random crops."""
        pixels = torch.from_numpy(load_pixels(self.corpus.paths))

        def encode(rows: NDArray[np.int64]) -> Tensor:
            crops = random_crops(scale(pixels[torch.from_numpy(rows)]), CROP)
            with torch.no_grad():
                stem = model.image.backbone.stem(crops)
            return model.image.head(model.image.backbone.body(stem))

        rates = {model.image.backbone.body: 2e-4, model.image.mean: 4e-4, model.text: 3e-4}
        rates |= {model.image.attention: 4e-4, model.image.norm: 4e-4, model.image.project: 4e-4}
        self._joint(model, dev, encode, rates, epochs, stop_after)

    def _joint(
        self,
        model: DualEncoder,
        dev: Dev,
        encode: Callable[[NDArray[np.int64]], Tensor],
        rates: dict[nn.Module, float],
        epochs: int,
        stop_after: int,
        batch: int = 128,
    ) -> None:
        """Run epochs of image–caption learning; leave the average that is best on dev in `model`.

        The rates follow a schedule of `epochs`, of which the first `stop_after` are run.
        """
        groups = [{"params": list(m.parameters()), "peak": lr} for m, lr in rates.items()]
        groups.append({"params": [model.log_scale], "peak": 1e-3, "weight_decay": 0.0})
        groups.append({"params": list(self.to_teacher.parameters()), "peak": 1e-4})
        optimizer = torch.optim.AdamW(groups, lr=0.0, weight_decay=0.05)
        average = MovingAverage(model, decay=0.99)
        steps = epochs * (len(self.corpus.paths) // batch)
        best, step = -math.inf, 0
        for epoch in range(stop_after):
            clock = Clock()
            model.train()
            for rows in self._batches(len(self.corpus.paths), batch):
                for group in optimizer.param_groups:
                    group["lr"] = group["peak"] * schedule(step, steps)
                loss = self._pair_loss(model, encode(rows), rows)
                optimize(optimizer, loss)
                average.update(model)
                clock.add(loss)
                step += 1
            figures = dev.figures(average.average)
            print(f"{epoch + 1}/{epochs} {clock} {describe(figures)}", flush=True)
            if (score := selection(figures)) > best:
                best = score
                torch.save(average.average.state_dict(), self.best)
        model.load_state_dict(torch.load(self.best))

    def _pair_loss(self, model: DualEncoder, images: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """Contrast both ways, a hinge on the hardest, and the teacher so nothing is forgotten."""
        tokens, owners = self._captions_of(rows)
        texts = encode_tokens(model.text, tokens)
        similarity = texts @ images.T  # (texts, images)
        positives = owners[:, None] == torch.arange(len(rows))[None, :]
        scaled = model.scale() * similarity
        contrast = info_nce(scaled, positives) + info_nce(scaled.T, positives.T)
        hinge = max_hinge(similarity, positives, 0.2) + max_hinge(similarity.T, positives.T, 0.2)
        sentences = self.rng.integers(len(self.sentence_tokens), size=len(rows))
        return contrast + hinge + 0.5 * self.sentence_loss(model, sentences)

    def _captions_of(
        self, rows: NDArray[np.int64], most: int = 5
    ) -> tuple[list[list[int]], Tensor]:
        """Tokens of at most `most` captions of each picture, drawn afresh, and their owners."""
        tokens, owners = [], []
        for position, row in enumerate(rows):
            own = self.caption_tokens[row]
            for i in self.rng.permutation(len(own))[:most]:
                tokens.append(own[i])
                owners.append(position)
        return tokens, torch.tensor(owners)

    def _batches(self, count: int, size: int) -> Iterator[NDArray[np.int64]]:
        order = self.rng.permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]


def selection(figures: dict[str, float]) -> float:
    """What a model is chosen by on dev: both ways in English, text to image in French."""
    english = sum(figures[f"en {way} {k}"] for way in ("i2t", "t2i") for k in (1, 5, 10))
    return english + sum(figures[f"fr t2i {k}"] for k in (1, 5, 10))


@torch.no_grad()
def backbone_features(model: DualEncoder, pixels: NDArray[np.uint8]) -> Tensor:
    """Feature maps of whole pictures, half precision: (n, 1280, 7, 7)."""
    batches = torch.from_numpy(pixels).split(100)
    maps = [model.image.backbone(scale(batch)).half().contiguous() for batch in batches]
    return torch.cat(maps)


def random_crops(pixels: Tensor, side: int) -> Tensor:
    """Cut a rectangle of 40 to 100 % of the area from each picture, flip half of them.

    (n, 3, h, w) to (n, 3, side, side); brightness changes by up to a fifth.
    """
    n = len(pixels)
    area, ratio = torch.empty(n).uniform_(0.4, 1), torch.empty(n).uniform_(-0.3, 0.3).exp()
    size = torch.stack([(area * ratio).sqrt(), (area / ratio).sqrt()], 1).clamp(max=1)
    centre = (1 - size) * torch.empty(n, 2).uniform_(-1, 1)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = size[:, 0] * (torch.randint(0, 2, (n,)) * 2 - 1)
    theta[:, 1, 1] = size[:, 1]
    theta[:, :, 2] = centre
    grid = F.affine_grid(theta, [n, 3, side, side], align_corners=False)
    crops = F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)
    brightness = torch.empty(n, 1, 1, 1).uniform_(0.8, 1.2)
    bright = ((crops + 1) * brightness - 1).clamp(-1, 1)
    return bright.contiguous(memory_format=torch.channels_last)


def schedule(step: int, steps: int, warmup: int = 50) -> float:
    """Linear warm-up, then half a cosine down to nothing."""
    return min(1.0, (step + 1) / warmup) * (1 + math.cos(math.pi * step / steps)) / 2


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def optimize(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()


class Clock:
    """Mean loss and seconds of an epoch."""

    def __init__(self) -> None:
        self.start, self.losses = time.perf_counter(), []

    def add(self, loss: Tensor) -> None:
        if not math.isfinite(loss.item()):
            sys.exit("the loss is not a number; try a smaller rate")
        self.losses.append(loss.item())

    def __str__(self) -> str:
        seconds = time.perf_counter() - self.start
        return f"{seconds:.0f} s, loss {np.mean(self.losses):.3f}"


if __name__ == "__main__":
    main()
