"""A pretrained language model made small: fewer layers, and tokens of the training texts.

The pieces of a general vocabulary that captions never use take most of a small model's bytes, and
a model of one language cuts the words of another into letters. Abdaoui et al., Load What You Need:
Smaller Versions of Multilingual BERT, 2020, https://arxiv.org/abs/2010.05609.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.trainers import WordPieceTrainer
from torch import Tensor, nn

from visavis.errors import TrainingError
from visavis.normalizer import normalizer
from visavis.training.tokenizer import SPECIAL, finish_tokenizer
from visavis.training.towers.language import LanguageTower, open_network, open_tokenizer
from visavis.training.weights import model_folder

CONTINUED = "##"  # before a piece that does not start a word
LEAST_COUNT = 2  # of a word or piece that gets a token
TEXTS_AT_A_TIME = 20_000


def open_adapted(
    name: str,
    dim: int,
    texts: Sequence[str],
    names: Iterable[str],
    *,
    vocabulary: int,
    layers: int,
    max_tokens: int,
    dropout: float = 0.1,
    bfloat16: bool = False,
    anchors: int = 0,
) -> tuple[Tokenizer, LanguageTower]:
    """Open a BERT by folder or name on the hub, with `layers` of its layers and other tokens.

    The tokens are `vocabulary` pieces learned from `texts`, and whole words: those of `names`, and
    those that are tokens of the model and occur twice in the texts. A token that the model has
    keeps its vector; another begins as the mean of the pieces that the model cuts it into. Raises
    TrainingError.
    """
    folder = model_folder(name)
    known, _ = open_tokenizer(name, folder, max_tokens)
    network: Any = open_network(name, folder)
    if not hasattr(network, "encoder") or not hasattr(network.encoder, "layer"):
        raise TrainingError(f"{name}: not a BERT, whose tokens could be replaced")
    tokenizer = _train_tokenizer(texts, names, known, vocabulary, max_tokens)
    _replace_tokens(network, tokenizer, known)
    _keep_positions(network, max_tokens)
    _keep_layers(network, layers)
    width = network.config.hidden_size
    tower = LanguageTower(network, width, dim, dropout=dropout, bfloat16=bfloat16, anchors=anchors)
    return tokenizer, tower


def _train_tokenizer(
    texts: Sequence[str], names: Iterable[str], known: Tokenizer, vocabulary: int, max_tokens: int
) -> Tokenizer:
    """Learn pieces of words, as `train_tokenizer` sees them, and add whole words to them."""
    learned = _tokenizer({})
    normalise: Callable[[str], str] = learned.normalizer.normalize_str
    counts = Counter(word for text in texts for word in normalise(text).split())
    letters = sorted({letter for word in counts for letter in word})
    trainer = WordPieceTrainer(
        vocab_size=vocabulary,
        min_frequency=LEAST_COUNT,
        # The trainer numbers letters that continue a word in an order of chance, and what it
        # learns depends on that: unless they are there from the start.
        special_tokens=[*SPECIAL, *(CONTINUED + letter for letter in letters)],
        show_progress=False,
    )
    learned.train_from_iterator(texts, trainer)
    named = {word for name in names for word in normalise(name).split()}
    words = named | {word for word in known.get_vocab() if counts[word] >= LEAST_COUNT}
    pieces = learned.get_vocab()
    for word in sorted(words - pieces.keys()):
        pieces[word] = len(pieces)
    used = Counter(token for text in _cut(_tokenizer(pieces), texts) for token in text)
    kept = [p for p in sorted(pieces, key=pieces.__getitem__) if p in named or _is_kept(p, used[p])]
    tokenizer = _tokenizer({piece: number for number, piece in enumerate(kept)})
    return finish_tokenizer(tokenizer, max_tokens)


def _tokenizer(pieces: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(WordPiece(pieces, unk_token="[UNK]"))  # noqa: S106 - not a password
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer(), WhitespaceSplit()
    return tokenizer


def _cut(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), TEXTS_AT_A_TIME):
        for found in tokenizer.encode_batch(texts[start : start + TEXTS_AT_A_TIME]):
            yield found.tokens


def _is_kept(piece: str, uses: int) -> bool:
    """Tell whether a piece stays: a letter, with which any word can be spelled, or one in use."""
    letter = len(piece.removeprefix(CONTINUED)) == 1
    return uses >= LEAST_COUNT or letter or piece in SPECIAL


@torch.no_grad()
def _replace_tokens(network: Any, tokenizer: Tokenizer, known: Tokenizer) -> None:
    """Replace the table of tokens by one for `tokenizer`."""
    old: Tensor = network.get_input_embeddings().weight
    ids = known.get_vocab()
    table = nn.Embedding(tokenizer.get_vocab_size(), old.shape[1], padding_idx=0)
    for token, row in tokenizer.get_vocab().items():
        word = token.removeprefix(CONTINUED)
        cut = [ids[token]] if token in ids else known.encode(word, add_special_tokens=False).ids
        table.weight[row] = old[cut].mean(dim=0)
    network.set_input_embeddings(table)
    network.config.vocab_size = len(table.weight)


@torch.no_grad()
def _keep_positions(network: Any, count: int) -> None:
    """Keep the vectors of the first `count` positions."""
    embeddings = network.embeddings
    old: Tensor = embeddings.position_embeddings.weight[:count]
    embeddings.position_embeddings = nn.Embedding(*old.shape)
    embeddings.position_embeddings.weight.copy_(old)
    for name in ("position_ids", "token_type_ids"):
        embeddings.register_buffer(name, getattr(embeddings, name)[:, :count], persistent=False)
    network.config.max_position_embeddings = len(old)


def _keep_layers(network: Any, count: int) -> None:
    """Keep `count` layers, evenly spaced from the first to the last."""
    layers = network.encoder.layer
    kept = np.linspace(0, len(layers) - 1, min(count, len(layers))).round().astype(int)
    network.encoder.layer = nn.ModuleList(layers[number] for number in kept)
    network.config.num_hidden_layers = len(kept)
