"""Files of word vectors: GloVe's text format, word2vec's text and binary formats."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Collection
from io import BufferedIOBase
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from visavis.errors import MissingExtraError, TrainingError

Table = tuple[list[str], NDArray[np.float32]]
"""Words, and their vectors (words, width)."""

_HEADER = re.compile(rb"\s*(\d+)\s+(\d+)\s*")  # words, and numbers of each
_LONGEST_LINE = 1 << 16
_DAMAGE = (EOFError, OSError, ValueError, MemoryError, zlib.error)


def read_word_vectors(path: Path, words: Collection[str] | None) -> Table:
    """Read the vectors of `words`, by default all, from a file of any format, gzipped or not.

    Raises TrainingError if the file is missing, damaged or of another format.
    """
    if not path.is_file():
        raise TrainingError(f"{path}: no such file of word vectors")
    try:
        names, vectors = _read(path, None if words is None else frozenset(words))
    except _DAMAGE as error:
        first_line = str(error).partition("\n")[0]
        raise TrainingError(f"{path}: these word vectors cannot be read ({first_line})") from None
    if not np.isfinite(vectors).all():
        raise TrainingError(f"{path}: some of these word vectors hold no finite numbers")
    return names, vectors


def write_word_vectors(path: Path, words: list[str], vectors: NDArray[np.float32]) -> None:
    """Write word2vec's format: binary to `*.bin` and `*.bin.gz`, else text."""
    table = gensim().models.KeyedVectors(vectors.shape[1])
    table.add_vectors(words, vectors)
    table.save_word2vec_format(str(path), binary=".bin" in path.suffixes)


def _read(path: Path, words: frozenset[str] | None) -> Table:
    with _open(path) as file:
        first, second = (file.readline(_LONGEST_LINE) for _ in range(2))
    if header := _HEADER.fullmatch(first):
        count, width = map(int, header.groups())
        if _is_row(second, width):
            return _read_text(path, words, width, count)
        return _read_binary(path, words)
    width = len(first.split()) - 1
    if width > 1 and _is_row(first, width):
        return _read_text(path, words, width)
    raise TrainingError(
        f"{path}: not a file of word vectors; known are GloVe's text format and word2vec's "
        "text and binary ones"
    )


def _read_text(path: Path, words: frozenset[str] | None, width: int, count: int = -1) -> Table:
    """Read lines of a word and its numbers, after a header if it announces a `count` of them.

    Gensim reads these too, but always all of them: for a few words, a hundred times slower.
    """
    rows: dict[str, NDArray[np.float32]] = {}
    found = 0
    with _open(path) as file:
        if count >= 0:
            file.readline()
        for line in file:
            name, *numbers = line.rstrip().rsplit(b" ", width)
            found += 1
            if len(numbers) != width:
                raise ValueError(f"row {found:,} is not a word and {width} numbers")
            word = name.decode("utf-8", "replace")
            if (words is None or word in words) and word not in rows:
                rows[word] = np.array(numbers, np.float32)
    if count not in {-1, found}:
        raise ValueError(f"{count:,} words are announced, {found:,} are there")
    return list(rows), np.array([*rows.values()], np.float32).reshape(-1, width)


def _read_binary(path: Path, words: frozenset[str] | None) -> Table:
    table = gensim().models.KeyedVectors.load_word2vec_format(
        str(path), binary=True, unicode_errors="replace"
    )
    kept = [word for word in table.index_to_key if words is None or word in words]
    return kept, table.vectors[[table.key_to_index[word] for word in kept]]


def _open(path: Path) -> BufferedIOBase:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _is_row(line: bytes, width: int) -> bool:
    """Tell whether a line is a word and `width` numbers."""
    try:
        return len([float(cell) for cell in line.split()[1:]]) == width
    except ValueError:
        return False


def gensim() -> ModuleType:
    """Import gensim, or raise MissingExtraError."""
    try:
        import gensim
    except ImportError:
        raise MissingExtraError("word vectors", "words") from None
    return gensim  # type: ignore[no-any-return]
