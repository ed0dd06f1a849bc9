from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.stores.checksum import checksum

MASK = (1 << 64) - 1


def slow(*arrays):
    """Return what the docstring says, word by word."""
    total = 0
    for array in arrays:
        data = array.tobytes()
        words = [int.from_bytes(data[n : n + 8], "little") for n in range(0, len(data), 8)]
        blocks = [words[n : n + 4096] for n in range(0, len(words), 4096)]
        if len(data) % (8 * 4096) == 0:
            blocks.append([])
        weighted = sum((2 * n + 1) * sum(block) for n, block in enumerate(blocks))
        total = (total * 0x9E3779B97F4A7C15 + weighted + len(data)) & MASK
    return total


@given(st.lists(st.integers(0, 20_000), max_size=3), st.integers(0, 9))
def test_it_agrees_with_the_slow_way(sizes, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=size).astype(np.float32) for size in sizes]
    assert checksum(*arrays) == slow(*arrays)


@pytest.fixture(scope="module")
def vectors():
    return np.random.default_rng(0).normal(size=(300, 256)).astype(np.float32)


@given(st.integers(0, 300 * 1024 - 1), st.integers(0, 7))
def test_each_bit_counts(vectors, place, bit):
    damaged = vectors.copy()
    damaged.reshape(-1).view(np.uint8)[place] ^= 1 << bit
    assert checksum(damaged) != checksum(vectors)


def test_zeroed_and_exchanged_stretches_count(vectors):
    zeroed, exchanged = vectors.copy(), vectors.copy()
    zeroed[-3:] = 0
    exchanged[:32], exchanged[32:64] = vectors[32:64], vectors[:32]
    assert len({checksum(each) for each in (vectors, zeroed, exchanged)}) == 3
    assert checksum(vectors[:100], vectors[100:]) != checksum(vectors[100:], vectors[:100])
