from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from visavis.errors import TrainingError
from visavis.wordvectors.learning import train_word_vectors

CAPTIONS = ["Un vélo rouge.", "Le Vélo et le velo", "un vélo, l'été !", "A dog"]


def test_learned_vectors_tell_what_occurs_together():
    rng = np.random.default_rng(0)
    themes = (["sea", "sand", "wave", "shore"], ["snow", "ski", "slope", "ice"])
    texts = [" ".join(rng.choice(themes[n % 2], 5)) for n in range(3000)]
    learned = train_word_vectors(texts, width=12, seed=1)
    assert learned.vectors.shape == (8, 12)
    assert {word for word, _ in learned.nearest("sand", 3)} == {"sea", "wave", "shore"}


def test_accents_are_learned_and_capitals_are_not():
    learned = train_word_vectors(["Un vélo", "un vélo", "Vélo"], width=4)
    assert learned.words == ["vélo", "un"]


def test_texts_without_a_word_teach_nothing():
    with pytest.raises(TrainingError, match="without a word"):
        train_word_vectors(["!!", ""])


def test_learning_gives_the_same_vectors_in_every_process():
    code = """
from visavis.wordvectors.learning import train_word_vectors
texts = [f"a dog number {n % 7} runs on beach {n % 5}" for n in range(200)]
print(train_word_vectors(texts, width=8, seed=3).vectors.tobytes().hex())
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != ""


def test_another_seed_gives_other_vectors():
    first, second = (train_word_vectors(CAPTIONS, 8, seed).vectors for seed in (1, 2))
    assert not np.allclose(first, second)
