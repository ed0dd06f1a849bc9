from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from visavis.evaluation.tfidf import TfidfModel

TEXTS = (
    "A black dog runs on the beach .",
    "Two dogs run along a beach",
    "A man climbs a rock",
    "Un chien court sur la plage",
    "A woman in a red dress",
)


def ngrams(text):
    found = []
    for word in "".join(c if c.isalnum() else " " for c in text.lower()).split():
        marked = f" {word} "
        found += [marked[i : i + 3] for i in range(len(marked) - 2)]
        found += [marked[i : i + 4] for i in range(max(1, len(marked) - 3))]
    return Counter(found)


def cosine(a, b, texts):
    """TF-IDF without hashing, spelled out."""

    def weigh(text):
        return {
            part: (1 + np.log(count))
            * (1 + np.log((1 + len(texts)) / (1 + sum(part in ngrams(t) for t in texts))))
            for part, count in ngrams(text).items()
        }

    a, b = weigh(a), weigh(b)
    dot = sum(weight * b.get(part, 0) for part, weight in a.items())
    return dot / np.sqrt(sum(w * w for w in a.values()) * sum(w * w for w in b.values()))


def test_similarities_follow_the_formula_up_to_hash_collisions():
    vectors = TfidfModel(TEXTS).encode_texts(TEXTS)
    expected = [[cosine(a, b, TEXTS) for b in TEXTS] for a in TEXTS]
    assert vectors @ vectors.T == pytest.approx(np.array(expected), abs=0.1)
    assert np.diag(vectors @ vectors.T) == pytest.approx(1)


def test_inflections_and_case_are_similar():
    dog, dogs, cat = TfidfModel(TEXTS).encode_texts(["the dog", "The DOGS!", "the cat"])
    assert dog @ dogs > 0.5 > dog @ cat


def test_rare_words_weigh_more():
    model = TfidfModel(["dog", "dog", "dog", "zebra"])
    query, dog, zebra = model.encode_texts(["dog zebra", "dog", "zebra"])
    assert query @ zebra > query @ dog


def test_a_text_without_words_is_similar_to_none():
    nothing, dog = TfidfModel(TEXTS).encode_texts(["?!", "dog"])
    assert nothing @ dog == 0


def test_vectors_are_reproducible():
    (vector,) = TfidfModel(["a"]).encode_texts(["a"])
    assert {int(n): round(float(vector[n]), 4) for n in np.flatnonzero(vector)} == PINNED


PINNED = {1500: -1.0}
