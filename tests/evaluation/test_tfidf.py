from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from visavis.evaluation.tfidf import TfidfJudge

TEXTS = (
    "A black dog runs on the beach .",
    "Two dogs run along a beach",
    "A man climbs a rock",
    "Un chien court sur la plage",
    "A woman in a red dress",
)


def parts(text):
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
            * (1 + np.log((1 + len(texts)) / (1 + sum(part in parts(t) for t in texts))))
            for part, count in parts(text).items()
        }

    a, b = weigh(a), weigh(b)
    dot = sum(weight * b.get(part, 0) for part, weight in a.items())
    return dot / np.sqrt(sum(w * w for w in a.values()) * sum(w * w for w in b.values()))


def test_similarities_are_those_of_the_formula_but_for_the_hashing():
    vectors = TfidfJudge(TEXTS).encode_texts(TEXTS)
    expected = [[cosine(a, b, TEXTS) for b in TEXTS] for a in TEXTS]
    assert vectors @ vectors.T == pytest.approx(np.array(expected), abs=0.1)
    assert np.diag(vectors @ vectors.T) == pytest.approx(1)


def test_forms_of_a_word_and_case_are_near():
    dog, dogs, cat = TfidfJudge(TEXTS).encode_texts(["the dog", "The DOGS!", "the cat"])
    assert dog @ dogs > 0.5 > dog @ cat


def test_rare_words_weigh_more():
    judge = TfidfJudge(["dog", "dog", "dog", "zebra"])
    query, dog, zebra = judge.encode_texts(["dog zebra", "dog", "zebra"])
    assert query @ zebra > query @ dog


def test_a_text_without_words_is_near_to_none():
    nothing, dog = TfidfJudge(TEXTS).encode_texts(["?!", "dog"])
    assert nothing @ dog == 0


def test_it_does_not_change_from_run_to_run():
    (vector,) = TfidfJudge(["a"]).encode_texts(["a"])
    assert {int(n): round(float(vector[n]), 4) for n in np.flatnonzero(vector)} == PINNED


PINNED = {1500: -1.0}
