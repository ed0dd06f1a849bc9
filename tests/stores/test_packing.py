from __future__ import annotations

import numpy as np
import pytest

from visavis.errors import DamagedVectorError
from visavis.stores.packing import is_sound, pack, unpack


def vectors(count, dim):
    return np.random.default_rng(0).standard_normal((count, dim)).astype(np.float32)


@pytest.mark.parametrize("dim", [1, 3, 8])
def test_what_is_packed_comes_back(dim):
    rows = vectors(5, dim)
    assert np.array_equal(unpack([pack(row) for row in rows], dim), rows)
    assert unpack([], dim).shape == (0, dim)


@pytest.mark.parametrize("dim", [3, 8])
def test_any_flipped_bit_is_noticed(dim):
    blob = pack(vectors(1, dim)[0])
    for place in range(8 * len(blob)):
        changed = bytearray(blob)
        changed[place // 8] ^= 1 << place % 8
        assert not is_sound(bytes(changed), dim), place
        with pytest.raises(DamagedVectorError, match="not what was written"):
            unpack([blob, bytes(changed)], dim)


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (bytes(40), "not what was written"),
        (np.full(8, np.nan, "<f4").tobytes(), "not what was written"),
        (b"", "wrong length"),
        (bytes(33), "wrong length"),
        ("text", "wrong length"),
        (None, "wrong length"),
    ],
)
def test_other_damage(blob, why):
    assert not is_sound(blob, 8)
    with pytest.raises(DamagedVectorError, match=why):
        unpack([blob], 8)


def test_vectors_of_earlier_versions_have_no_checksum():
    rows = vectors(3, 8)
    blobs = [rows[0].tobytes(), pack(rows[1]), rows[2].tobytes()]
    assert np.array_equal(unpack(blobs, 8), rows)
    assert all(is_sound(blob, 8) for blob in blobs)


def test_exchanged_values_are_noticed():
    row = vectors(1, 8)[0]
    assert not is_sound(row[[1, 0, 2, 3, 4, 5, 6, 7]].tobytes() + pack(row)[32:], 8)
