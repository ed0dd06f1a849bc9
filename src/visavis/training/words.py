"""Word vectors: read from files, learned from captions, laid out for a vocabulary, asked."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.errors import QueryError, TrainingError
from visavis.training.tokenizer import SPECIAL, normalizer
from visavis.training.word_files import gensim, read_word_file, write_word_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Answers: TypeAlias = list[tuple[str, float]]
"""Words with their cosines, best first."""

WORDS_FILE = "words.bin"
"""Where a model folder keeps the words that its text tower was trained with."""

_WORD = re.compile(r"[^\W_]+")
_ANALOGY = re.compile(r"\s*([^:]+?)\s*:\s*([^:]+?)\s*::\s*([^:]+?)\s*:\s*\?\s*")


@dataclass(frozen=True)
class WordVectors:
    """Words and their vectors, float32 (n, width), of any length; frequent words first.

    `source` is what messages call them.
    """

    words: list[str]
    vectors: NDArray[np.float32]
    source: str = "the word vectors"

    @property
    def width(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    def place(self, word: str) -> int:
        """Return the row of a word, or else of the first that differs in case or accents only.

        Raises QueryError when there is none.
        """
        if word in self.rows:
            return self.rows[word]
        row = self._normal_rows.get(normalizer().normalize_str(word))
        if row is None:
            count = f"{len(self.words):,} words"
            raise QueryError(f"{word!r} is not among the {count} of {self.source}")
        return row

    def save(self, path: Path) -> None:
        """Write word2vec's format, binary to `*.bin` and `*.bin.gz`, else text.

        Special tokens such as [CLS] are no words, and are left out.
        """
        rows = [row for row, word in enumerate(self.words) if word not in SPECIAL]
        write_word_file(path, [self.words[row] for row in rows], self.vectors[rows])

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def _normal_rows(self) -> dict[str, int]:
        normalize = normalizer().normalize_str
        rows: dict[str, int] = {}
        for row, word in enumerate(self.words):
            rows.setdefault(normalize(word), row)
        rows.pop("", None)  # words of nothing but punctuation
        return rows

    @cached_property
    def _units(self) -> NDArray[np.float32]:
        lengths = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        units: NDArray[np.float32] = self.vectors / np.maximum(lengths, 1e-12)
        return units

    def nearest(self, word: str, k: int = 10) -> Answers:
        """List the `k` other words with the highest cosine to `word`, best first."""
        row = self.place(word)
        return self._closest(self._units[row], {row}, k)

    def analogy(self, question: str, k: int = 10) -> Answers:
        """Answer "man:woman :: king:?" with the `k` best words and their scores, best first.

        The score of d for a:b :: c:? is its cosine to b - a + c, taken between unit vectors;
        a, b and c are no answers. Mikolov et al., Linguistic Regularities in Continuous Space
        Word Representations, 2013, https://aclanthology.org/N13-1090.
        """
        found = _ANALOGY.fullmatch(question)
        if not found:
            raise QueryError(f"{question!r} is no analogy; write it like 'man:woman :: king:?'")
        a, b, c = map(self.place, found.groups())
        return self._closest(self._units[b] - self._units[a] + self._units[c], {a, b, c}, k)

    def _closest(self, vector: NDArray[np.float32], but: Collection[int], k: int) -> Answers:
        if k < 1:
            raise QueryError(f"k is {k}; ask for at least 1 word")
        scores = self._units @ (vector / max(float(np.linalg.norm(vector)), 1e-12))
        order = np.argsort(-scores, kind="stable")[: k + len(but)]
        return [(self.words[row], float(scores[row])) for row in order if row not in but][:k]


def load_word_vectors(source: str | Path, words: Collection[str] | None = None) -> WordVectors:
    """Read GloVe's text format or word2vec's text or binary one, compressed (.gz) or not.

    A folder is a trained model with a text tower of words. Only the vectors of `words` are
    kept, all of them by default. Raises TrainingError for a file that is missing, damaged or
    something else. Gensim's own files are not read, since opening one runs whatever code is
    in it.
    """
    path = Path(source)
    if path.is_dir():
        path /= WORDS_FILE
    return WordVectors(*read_word_file(path, words), str(path))


def train_word_vectors(texts: Iterable[str], width: int = 100, seed: int = 0) -> WordVectors:
    """Learn word2vec from the words of `texts`, lower-cased, with their accents.

    The skip-gram model with negative sampling of Mikolov et al., Distributed Representations
    of Words and Phrases and their Compositionality, 2013, https://arxiv.org/abs/1310.4546, on
    one thread: the same texts and seed give the same vectors. Raises TrainingError when there
    is no word.
    """
    sentences = [[word.lower() for word in _split(text)] for text in texts]
    if not any(sentences):
        raise TrainingError("word vectors cannot be learned from texts without a word")
    model = gensim().models.Word2Vec(
        sentences, vector_size=width, sg=1, min_count=1, epochs=10, seed=seed, workers=1
    )
    return WordVectors(list(model.wv.index_to_key), model.wv.vectors)


def spellings(texts: Iterable[str]) -> dict[str, list[str]]:
    """List how each word that a tokenizer sees was written, the most frequent spelling first.

    {"velo": ["vélo", "velo", "Vélo"]}: lower-cased spellings precede those with capitals, and
    the word itself is always among them.
    """
    counts = Counter(word for text in texts for word in _split(text))
    lower: Counter[str] = Counter()
    for word, count in counts.items():
        lower[word.lower()] += count
    normalize = normalizer().normalize_str
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for word, _ in lower.most_common() + counts.most_common():
        found[normalize(word)][word] = None
    return {word: list({**spelled, word: None}) for word, spelled in found.items()}


def vectors_for(
    tokenizer: Tokenizer, vectors: WordVectors, spelled: dict[str, list[str]]
) -> WordVectors:
    """Lay vectors out for a tokenizer of words: row i belongs to its token i.

    A token gets the vector, and the name, of its first spelling that has one; special tokens
    and words without a vector get zeros. Raises TrainingError when no word has one.
    """
    ids = tokenizer.get_vocab()
    names = sorted(ids, key=ids.__getitem__)
    table = np.zeros((len(names), vectors.width), np.float32)
    for row, name in enumerate(names[len(SPECIAL) :], len(SPECIAL)):
        for spelling in spelled.get(name, [name]):
            if spelling in vectors.rows:
                names[row], table[row] = spelling, vectors.vectors[vectors.rows[spelling]]
                break
    if not table.any():
        raise TrainingError(f"{vectors.source}: holds a vector for none of the captions' words")
    return WordVectors(names, table, vectors.source)


def _split(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text))
