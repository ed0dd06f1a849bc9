"""A subword vocabulary for several languages, learned from training captions only."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE
from tokenizers.normalizers import NFKD, Lowercase, Replace, Sequence, Strip, StripAccents
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer

SPECIAL = ["[PAD]", "[UNK]", "[CLS]"]


def train_tokenizer(texts: Iterable[str], size: int, max_tokens: int) -> Tokenizer:
    """Learn `size` byte-pair subwords of lower-cased words without accents or punctuation.

    "Vélo." and "velo" are one word: people type both. Every text starts with [CLS], so that
    none is empty; ids are 0 for padding and at most `max_tokens` long.
    """
    tokenizer = Tokenizer(BPE(unk_token="[UNK]"))  # noqa: S106 - not a password
    tokenizer.normalizer = Sequence(
        [NFKD(), StripAccents(), Lowercase(), Replace(Regex(r"[^\p{L}\p{N}]+"), " "), Strip()]
    )
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.train_from_iterator(
        texts,
        BpeTrainer(vocab_size=size, min_frequency=2, special_tokens=SPECIAL, show_progress=False),
    )
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A", special_tokens=[("[CLS]", SPECIAL.index("[CLS]"))]
    )
    tokenizer.enable_truncation(max_tokens)
    tokenizer.enable_padding(pad_id=SPECIAL.index("[PAD]"), pad_token="[PAD]")  # noqa: S106
    return tokenizer
