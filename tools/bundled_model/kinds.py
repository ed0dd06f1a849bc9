"""The stage kinds: what was drawn and named becomes known; what captions taught stays as it is.

Each kind of drawn images becomes one more class of the classifier within the image tower, and
words that the tokenizer cut in pieces get tokens of their own. Nothing else is learned: where no
such class is seen and no such word is said, the model answers as before.
"""

from __future__ import annotations

import numpy as np
import torch
from corpus import Drawn
from numpy.typing import NDArray
from optimizing import optimize, schedule, set_rates
from refine import SAME_NAME, SOFT, soft_contrast, soft_targets
from spoiled import spoil
from stages import Training, normalised
from texts import encode_tokens, tokenize
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F
from whole_words import rows_of, split_words, with_words
from words import CLASSES, Words

from visavis.training.losses import info_nce
from visavis.training.model import DualEncoder
from visavis.training.towers.image import ImageTower, scale
from visavis.training.towers.text import TextTower

SURE = 3.0  # the length of a kind's vector, beside the unit vector that captions have taught
UNSURE = -20.0  # the logit of a kind before any is learned
SPOILED = 4  # views of each drawn image
SCALE = 20.0  # of similarities, when a word is to be found
BATCH = 256
LEAST_SPREAD = 0.05  # of a feature, by which it is divided
NOISE = 0.2  # beside each feature, as a share of it


class Kinds:
    """The kinds, what is said of each in both languages, and the words that get tokens."""

    def __init__(self, train: Training, words: Words, drawn: Drawn, tokenizer: Tokenizer) -> None:
        self.train, self.words, self.drawn, self.pieces = train, words, drawn, tokenizer
        own = [sorted({t for row in rows for t in drawn.captions[row]}) for rows in drawn.kinds]
        self.texts = [text for texts in own for text in texts]
        self.owners = torch.tensor([kind for kind, texts in enumerate(own) for _ in texts])
        everyday = [word for word in words.named if word.number is None]
        said = [text for word in everyday for text in (word.english, word.french) if text]
        self.new = split_words(tokenizer, self.texts + said)
        self.tokenizer = with_words(tokenizer, self.new)

    def widen(self, model: DualEncoder) -> DualEncoder:
        """Return the model with a class for each kind, of which it is never sure, and new words.

        Weights are rounded as they will be stored: a class is learned from what the shipped
        network sees, and rounding later would move images between two kinds.
        """
        own = {name: value.half().float() for name, value in model.state_dict().items()}
        dim, kinds = model.image.project.out_features, len(self)
        image = ImageTower(dim, dropout=0.2, classes=CLASSES + kinds)
        wide = DualEncoder(image, TextTower(self.tokenizer.get_vocab_size(), dim))
        table = "text.embedding.weight"
        further = {table: rows_of(self.pieces, self.new, own[table])}
        for name in ("classifier.weight", "classifier.bias", "vectors"):
            shape = own[f"image.classes.{name}"].shape[1:]
            further[f"image.classes.{name}"] = torch.zeros(kinds, *shape)
        further["image.classes.classifier.bias"] += UNSURE
        wide.load_state_dict(
            own | {name: torch.cat([own[name], rows]) for name, rows in further.items()}
        )
        wide.requires_grad_(requires_grad=False).eval()
        return wide.to(memory_format=torch.channels_last)

    def __len__(self) -> int:
        return len(self.drawn.kinds)

    def learn(self, model: DualEncoder, photographs: NDArray[np.uint8], steps: int) -> None:
        """Learn words, then classes; the vector of a kind is what the text tower then calls it."""
        self.learn_words(model, steps)
        self.learn_classes(model, photographs, 5 * steps)
        with torch.no_grad():
            model.image.classes.vectors[CLASSES:] = SURE * self.called(model)

    def learn_words(self, model: DualEncoder, steps: int) -> None:
        """Teach new words what the teacher means by them, and which class or kind they name."""
        rng, named = self.train.rng, self.words.named
        rows = [n for n, word in enumerate(named) if self._is_new(word.english, word.french)]
        numbered = [row for row in rows if named[row].number is not None]
        names = [n for n, text in enumerate(self.texts) if self._is_new(text)]
        sentences = [text for text in self.train.row_of_text if self._is_new(text)]
        vectors = torch.cat(
            [normalised(model.image.classes.vectors[1:CLASSES]), self.called(model)]
        )
        meanings = torch.cat([self._meanings_of_classes(), self._meanings()])

        table = model.text.embedding.weight.requires_grad_()
        learned = (torch.arange(len(table)) >= self.pieces.get_vocab_size()).float()[:, None]
        table.register_hook(lambda gradient: gradient * learned)
        optimizer = torch.optim.Adam([{"params": [table], "peak": 3e-3}])
        for step in range(steps):
            set_rates(optimizer, schedule(step, steps))
            classes, kinds = rng.choice(numbered, 64), rng.choice(names, 64)
            others, told = rng.choice(rows, 96), rng.choice(sentences, 64)
            said = [self.words.say(int(row), rng) for row in classes]
            said += [self.texts[row] for row in kinds]
            said += [self.words.say(int(row), rng) for row in others]
            own = encode_tokens(model.text, tokenize(self.tokenizer, [*said, *told]))
            calling, saying = own.split([128, 160])

            numbers = [named[row].number - 1 for row in classes]
            numbers += [CLASSES - 1 + int(self.owners[row]) for row in kinds]
            meant = torch.tensor(numbers)
            right = F.one_hot(meant, len(vectors)).bool()
            targets = soft_targets(right, meanings[meant] @ meanings.T, SOFT)
            found = soft_contrast(SCALE * calling @ vectors.T, targets)
            heard = self.train.teacher[[self.train.row_of_text[text] for text in told]]
            heard = torch.cat([self.words.vectors[torch.from_numpy(others)], heard])
            similarity = normalised(self.train.to_teacher(saying)) @ heard.T
            same = info_nce(SCALE * similarity, heard @ heard.T > SAME_NAME)
            loss = found + same + 2 * (1 - similarity.diagonal().mean())
            optimize(optimizer, loss)
            if step % 50 == 49:
                print(f"new words {step + 1}/{steps} {loss.item():.3f}", flush=True)
        table.requires_grad_(requires_grad=False)

    def learn_classes(self, model: DualEncoder, photographs: NDArray[np.uint8], steps: int) -> None:
        """Add rows to the classifier: drawn images are of their kinds, photographs of none."""
        drawn = self.drawn.pixels
        kinds = torch.empty(len(drawn), dtype=torch.int64)
        for kind, own in enumerate(self.drawn.kinds):
            kinds[own] = kind
        seen = pooled(model.image, drawn, SPOILED, self.train.rng)
        kinds = kinds.repeat(1 + SPOILED)
        none = pooled(model.image, photographs, 1, self.train.rng)

        classifier, first = model.image.classes.classifier, CLASSES
        mean, spread = none.mean(dim=0), none.std(dim=0) + LEAST_SPREAD
        probe = nn.Linear(len(mean), len(self))
        nn.init.zeros_(probe.weight)
        nn.init.zeros_(probe.bias)
        weights = {"params": [*probe.parameters()], "peak": 3e-3}
        optimizer = torch.optim.AdamW([weights], weight_decay=0.1)
        for step in range(steps):
            set_rates(optimizer, schedule(step, steps))
            rows = torch.from_numpy(self.train.rng.integers(len(seen), size=BATCH))
            others = torch.from_numpy(self.train.rng.integers(len(none), size=BATCH))
            features = torch.cat([seen[rows], none[others]])
            features = features * (1 + NOISE * torch.randn_like(features))
            logits = [classifier(features)[:, :first], probe((features - mean) / spread)]
            shares = torch.cat(logits, dim=1).log_softmax(dim=1)
            loss = F.nll_loss(shares[:BATCH], first + kinds[rows])
            loss = loss - shares[BATCH:, :first].logsumexp(dim=1).mean()
            optimize(optimizer, loss)
        print(f"kinds {loss.item():.3f}", flush=True)
        with torch.no_grad():
            weight = probe.weight / spread
            classifier.weight[first:] = weight
            classifier.bias[first:] = probe.bias - weight @ mean

    @torch.no_grad()
    def called(self, model: DualEncoder) -> Tensor:
        """Return what the text tower calls each kind, less what all are called: (kinds, dim)."""
        own = encode_tokens(model.text, tokenize(self.tokenizer, self.texts))
        return normalised(self._mean_of(own) - own.mean(dim=0))

    def _mean_of(self, vectors: Tensor) -> Tensor:
        """Return the mean of the vectors of the texts of each kind, at unit length."""
        sums = torch.zeros(len(self), vectors.shape[1]).index_add_(0, self.owners, vectors)
        return normalised(sums)

    def _meanings(self) -> Tensor:
        rows = [self.train.row_of_text[text] for text in self.texts]
        return self._mean_of(self.train.teacher[rows])

    def _meanings_of_classes(self) -> Tensor:
        own = [self.words.vectors[rows].mean(dim=0) for rows in self.words.of_class[1:]]
        return normalised(torch.stack(own))

    def _is_new(self, *texts: str | None) -> bool:
        """Tell whether any of the texts holds a word that got a token."""
        first = self.pieces.get_vocab_size()
        return any(max(self.tokenizer.encode(text).ids) >= first for text in texts if text)


@torch.no_grad()
def pooled(
    tower: ImageTower, pixels: NDArray[np.uint8], spoiled: int, rng: np.random.Generator
) -> Tensor:
    """Return the mean features of images as they are, then of each spoiled anew some times."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    parts = []
    for view in range(1 + spoiled):
        for batch in torch.from_numpy(pixels).split(100):
            seen = spoil(batch, generator) if view else batch
            maps, _ = tower.backbone.levels(tower.backbone.stem(scale(seen)))
            parts.append(maps.mean(dim=(2, 3)))
    return torch.cat(parts)
