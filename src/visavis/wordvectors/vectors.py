"""Words with their vectors: nearest words and analogies."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.errors import QueryError
from visavis.normalizer import normalizer
from visavis.wordvectors.files import read_word_vectors, write_word_vectors

Matches: TypeAlias = list[tuple[str, float]]
"""Words with their cosines, best first."""

WORDS_FILE = "words.bin"
"""File of a model folder with the word vectors of its text tower."""

_ANALOGY = re.compile(r"\s*([^:]+?)\s*:\s*([^:]+?)\s*::\s*([^:]+?)\s*:\s*\?\s*")


@dataclass(frozen=True)
class WordVectors:
    """Words and their vectors, float32 (n, width), of any length; frequent words first.

    `source` names them in messages.
    """

    words: list[str]
    vectors: NDArray[np.float32]
    source: str = "the word vectors"

    @property
    def width(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    def row(self, word: str) -> int:
        """Return the row of a word, or else of the first that differs in case or accents only.

        Raises QueryError if there is none.
        """
        if word in self.rows:
            return self.rows[word]
        row = self._normal_rows.get(normalizer().normalize_str(word))
        if row is None:
            count = f"{len(self.words):,} words"
            raise QueryError(f"{word!r} is not among the {count} of {self.source}")
        return row

    def nearest(self, word: str, k: int = 10) -> Matches:
        """List the `k` other words with the highest cosine to `word`, best first."""
        row = self.row(word)
        return self._closest(self._units[row], {row}, k)

    def analogy(self, question: str, k: int = 10) -> Matches:
        """Answer "man:woman :: king:?" with the `k` best words and their scores, best first.

        The score of d for a:b :: c:? is its cosine to b - a + c, taken between unit vectors;
        a, b and c are excluded. Mikolov et al., Linguistic Regularities in Continuous Space
        Word Representations, 2013, https://aclanthology.org/N13-1090.
        """
        found = _ANALOGY.fullmatch(question)
        if not found:
            raise QueryError(f"{question!r} is no analogy; write it like 'man:woman :: king:?'")
        a, b, c = map(self.row, found.groups())
        return self._closest(self._units[b] - self._units[a] + self._units[c], {a, b, c}, k)

    def save(self, path: Path, *, leave_out: Collection[str] = ()) -> None:
        """Write word2vec's format: binary to `*.bin` and `*.bin.gz`, else text."""
        rows = [row for row, word in enumerate(self.words) if word not in leave_out]
        write_word_vectors(path, [self.words[row] for row in rows], self.vectors[rows])

    @cached_property
    def _normal_rows(self) -> dict[str, int]:
        normalize = normalizer().normalize_str
        rows: dict[str, int] = {}
        for row, word in enumerate(self.words):
            rows.setdefault(normalize(word), row)
        rows.pop("", None)  # words of punctuation only
        return rows

    @cached_property
    def _units(self) -> NDArray[np.float32]:
        lengths = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        units: NDArray[np.float32] = self.vectors / np.maximum(lengths, 1e-12)
        return units

    def _closest(self, vector: NDArray[np.float32], but: Collection[int], k: int) -> Matches:
        if k < 1:
            raise QueryError(f"k is {k}; ask for at least 1 word")
        scores = self._units @ (vector / max(float(np.linalg.norm(vector)), 1e-12))
        order = np.argsort(-scores, kind="stable")[: k + len(but)]
        return [(self.words[row], float(scores[row])) for row in order if row not in but][:k]


def load_word_vectors(source: str | Path, words: Collection[str] | None = None) -> WordVectors:
    """Read GloVe's text format or word2vec's text or binary one, compressed (.gz) or not.

    A folder is a trained model with a text tower of words. Only the vectors of `words` are
    kept, all of them by default. Raises TrainingError if the file is missing, damaged or of
    another format. Gensim's own files are refused: opening one runs the code inside it.
    """
    path = Path(source)
    if path.is_dir():
        path /= WORDS_FILE
    return WordVectors(*read_word_vectors(path, words), str(path))
