"""Error analysis of the bundled model: confusions, and French against English.

    python benchmarks/analysis.py flickr8k:FOLDER

Prints the tables of docs/results.md that `visavis evaluate` does not.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from visavis.datasets import Dataset, load_dataset
from visavis.encoders import Encoder, load_encoder
from visavis.evaluation.embedding import EmbeddedSplit, embed_split
from visavis.evaluation.examples import word_recalls
from visavis.evaluation.metrics import hit_at, median_rank
from visavis.evaluation.protocol import image_to_text, text_to_image
from visavis.evaluation.ranks import Ranks
from visavis.evaluation.significance import p_value

# What a caption may name; the words of a line count as synonyms.
NAMED = {
    "a place": """water pool ocean lake river sea beach wave waves
        snow snowy ski snowboard snowboarder skier
        grass grassy field lawn yard
        street city sidewalk road
        rock mountain cliff climbing rocky
        room indoors couch kitchen table bed""",
    "who": """dog dogs puppy puppies
        man men guy guys
        woman women lady ladies
        boy boys
        girl girls
        child children kid kids toddler
        person people someone""",
    "what they do": """run runs running
        jump jumps jumping leaps midair
        sit sits sitting
        stand stands standing
        swim swims swimming
        bike bicycle biker bmx cyclist
        skateboard skateboarder skateboarding
        play plays playing""",
    "how many": """one
        two
        three
        four
        several group many crowd""",
    "a colour": "red\nblue\ngreen\nyellow\nwhite\nblack\nbrown\norange\npink\npurple\ngray",
}
TIE = 1e-6
RANDOM_IMAGES = 20
COSINES = (0.92, 0.85, 0.75, -1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="such as flickr8k:FOLDER")
    parser.add_argument("--model", help="model folder (default: the bundled one)")
    options = parser.parse_args()
    encoder, dataset = load_encoder(options.model), load_dataset(options.data)
    (test,) = embed_split(encoder, dataset, "test", ["en"])
    print(f"model {encoder.id}, {dataset.name}")
    print_confusions(test)
    print_new_words(test, dataset)
    print_lengths_and_subjects(test)
    print_words(test, least=40)
    print_french(encoder, dataset)


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def groups(lines: str) -> list[set[str]]:
    return [set(line.split()) for line in lines.splitlines()]


def print_confusions(found: EmbeddedSplit) -> None:
    """Print how often an image that wrongly ranks first shows what the caption names."""
    said = [words_of(caption.text) for caption in found.captions]
    shown = [set[str]() for _ in found.keys]
    for words, image in zip(said, found.image_index, strict=True):
        shown[image] |= words
    wrong = first_wrong(found)
    print(f"\ntest, en: {len(wrong):,} of {len(said):,} captions find a wrong image first")
    rng = np.random.default_rng(0)
    for name, lines in NAMED.items():
        shared, by_chance = [], []
        for caption, image in wrong.items():
            others = rng.integers(len(shown), size=RANDOM_IMAGES)
            for group in groups(lines):
                if said[caption] & group:
                    shared.append(bool(shown[image] & group))
                    by_chance.append(np.mean([bool(shown[other] & group) for other in others]))
        share, chance = 100 * np.mean(shared), 100 * np.mean(by_chance)
        print(f"  names {name}: {len(shared):,} times; shared {share:.0f} %, random {chance:.0f} %")


def first_wrong(found: EmbeddedSplit) -> dict[int, int]:
    """Return the wrong image of each caption that ranks it before, or level with, its own."""
    scores = found.texts @ found.images.T  # (captions, images)
    rows = np.arange(len(scores))
    own = scores[rows, found.image_index].copy()
    scores[rows, found.image_index] = -np.inf
    best = scores.argmax(axis=1)
    behind = np.flatnonzero(scores[rows, best] >= own - TIE)
    return {int(row): int(best[row]) for row in behind}


def has_new_word(found: EmbeddedSplit, dataset: Dataset) -> NDArray[np.bool_]:
    """Return which captions have a word that no human-written training caption has."""
    training = dataset.select(split="train", lang=found.lang).captions
    known = set[str]().union(*(words_of(c.text) for c in training if not c.machine))
    return np.array([not words_of(caption.text) <= known for caption in found.captions])


def print_new_words(found: EmbeddedSplit, dataset: Dataset) -> None:
    new = has_new_word(found, dataset)
    print_recalls(f"{found.split}, {found.lang}: {new.sum():,} with a new word", found, new)


def print_recalls(name: str, found: EmbeddedSplit, chosen: NDArray[np.bool_]) -> None:
    """Print text-to-image recall at 10 of the chosen captions, and of the others."""
    hits = 100 * hit_at(10, text_to_image(found))
    print(f"  {name}: R@10 {hits[chosen].mean():.1f} %, the others {hits[~chosen].mean():.1f} %")


def print_lengths_and_subjects(found: EmbeddedSplit) -> None:
    """Print recall at 10 by length of an English caption, and by who is in it."""
    lengths = np.array([len(re.findall(r"\w+", caption.text)) for caption in found.captions])
    for name, chosen in (("up to 6 words", lengths <= 6), ("above 16 words", lengths > 16)):
        print_recalls(f"{chosen.sum():,} of {name}", found, chosen)
    said = [words_of(caption.text) for caption in found.captions]
    for group in groups(NAMED["who"]):
        chosen = np.array([bool(words & group) for words in said])
        print_recalls(f"{chosen.sum():,} naming {'/'.join(sorted(group))}", found, chosen)


def print_words(found: EmbeddedSplit, least: int) -> None:
    """Print the hardest and easiest words in at least `least` captions."""
    words = [f"{w.word} {w.recall}" for w in word_recalls(found, text_to_image(found), least)]
    print(f"  hard words, R@10 in %: {', '.join(words[:12])}")
    print(f"  easy words, R@10 in %: {', '.join(words[-12:])}")


def print_french(encoder: Encoder, dataset: Dataset) -> None:
    """Print the figures of French captions and of the English captions they translate."""
    both = embed_split(encoder, dataset, "dev", ["en", "fr"])
    english, french = translations(*both)
    print(f"\ndev: {len(french.captions):,} French captions and what they translate")
    for way in (text_to_image, image_to_text):
        compare(way.__name__, way(english), way(french), english)
    for found in (english, french):
        print_new_words(found, dataset)
    print_recalls(
        "originals of French captions with a new word", english, has_new_word(french, dataset)
    )
    cosines = (english.texts * french.texts).sum(axis=1)
    hits = [hit_at(10, text_to_image(found)) for found in (english, french)]
    for low, high in zip(COSINES, (2.0, *COSINES), strict=False):
        chosen = (cosines >= low) & (cosines < high)
        recalls = " and ".join(f"{100 * each[chosen].mean():.1f} %" for each in hits)
        print(f"  cosine from {low}: {chosen.sum()} pairs, R@10 {recalls}")
    print(f"dev, fr: all {len(both[1].captions):,} captions")
    print_words(both[1], least=20)


def translations(
    english: EmbeddedSplit, french: EmbeddedSplit
) -> tuple[EmbeddedSplit, EmbeddedSplit]:
    """Keep the captions that are translations of each other, in the same order."""
    row_of = {caption.key: row for row, caption in enumerate(english.captions)}
    originals = [row_of.get(caption.key.removesuffix("@fr")) for caption in french.captions]
    pairs = [(row, n) for n, row in enumerate(originals) if row is not None]
    return keep(english, (row for row, _ in pairs)), keep(french, (n for _, n in pairs))


def keep(found: EmbeddedSplit, rows: Iterable[int]) -> EmbeddedSplit:
    chosen: NDArray[np.int64] = np.fromiter(rows, np.int64)
    captions = tuple(found.captions[row] for row in chosen)
    return replace(
        found, captions=captions, image_index=found.image_index[chosen], texts=found.texts[chosen]
    )


def compare(name: str, english: Ranks, french: Ranks, asked: EmbeddedSplit) -> None:
    images = english.queries if name == "image_to_text" else asked.image_index[english.queries]
    print(f"  {name}: median rank {median_rank(english.first):g} and {median_rank(french.first):g}")
    for k in (1, 5, 10):
        one, other = hit_at(k, english), hit_at(k, french)
        p = p_value(one - other, images)
        print(f"    R@{k} {100 * one.mean():.1f} % and {100 * other.mean():.1f} %, p = {p:.4f}")


if __name__ == "__main__":
    main()
