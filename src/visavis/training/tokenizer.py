"""Vocabularies for several languages, subwords or words, learned from training captions only."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer
from tokenizers.models import BPE, WordLevel
from tokenizers.pre_tokenizers import Metaspace, WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer, WordLevelTrainer

from visavis.normalizer import normalizer

SPECIAL = ["[PAD]", "[UNK]", "[CLS]"]
_MOST_WORDS = 2**31 - 1


def train_tokenizer(texts: Iterable[str], size: int, max_tokens: int) -> Tokenizer:
    """Learn `size` byte-pair subwords of lower-cased words without accents or punctuation.

    "Vélo." and "velo" are one word: people type both. Every text starts with [CLS], so that
    none is empty; ids are 0 for padding and at most `max_tokens` long.
    """
    tokenizer = Tokenizer(BPE(unk_token="[UNK]"))  # noqa: S106 - not a password
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.train_from_iterator(
        texts,
        BpeTrainer(vocab_size=size, min_frequency=2, special_tokens=SPECIAL, show_progress=False),
    )
    return finish_tokenizer(tokenizer, max_tokens)


def train_word_tokenizer(texts: Iterable[str], max_tokens: int, least_count: int = 1) -> Tokenizer:
    """Collect the words that occur `least_count` times or more, as `train_tokenizer` sees them.

    Every other word is [UNK], with id 1; [CLS] and padding are as with subwords.
    """
    tokenizer = Tokenizer(WordLevel(unk_token="[UNK]"))  # noqa: S106 - not a password
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.train_from_iterator(
        texts,
        WordLevelTrainer(
            vocab_size=_MOST_WORDS,
            min_frequency=least_count,
            special_tokens=SPECIAL,
            show_progress=False,
        ),
    )
    return finish_tokenizer(tokenizer, max_tokens)


def finish_tokenizer(tokenizer: Tokenizer, max_tokens: int) -> Tokenizer:
    """Begin texts with [CLS], cut long ones and pad short ones."""
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A", special_tokens=[("[CLS]", SPECIAL.index("[CLS]"))]
    )
    tokenizer.enable_truncation(max_tokens)
    tokenizer.enable_padding(pad_id=SPECIAL.index("[PAD]"), pad_token="[PAD]")  # noqa: S106
    return tokenizer
