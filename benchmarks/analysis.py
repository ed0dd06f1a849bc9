"""What the bundled model confuses, and where its French is behind its English.

    python benchmarks/analysis.py flickr8k:FOLDER

prints the tables of docs/results.md that `visavis evaluate` does not.
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
from visavis.evaluation.embedded import Embedded, embed
from visavis.evaluation.metrics import hit_at, median_rank
from visavis.evaluation.places import Places
from visavis.evaluation.protocol import image_to_text, text_to_image
from visavis.evaluation.randomisation import p_value

# What a caption may name; words of one line mean the same here.
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
RANDOM_PICTURES = 20
COSINES = (0.92, 0.85, 0.75, -1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="such as flickr8k:FOLDER")
    parser.add_argument("--model", help="model folder (default: the bundled one)")
    options = parser.parse_args()
    encoder, dataset = load_encoder(options.model), load_dataset(options.data)
    (test,) = embed(encoder, dataset, "test", ["en"])
    print(f"model {encoder.id}, {dataset.name}")
    tell_confusions(test)
    tell_new_words(test, dataset, "en")
    tell_french(encoder, dataset)


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def groups(lines: str) -> list[set[str]]:
    return [set(line.split()) for line in lines.splitlines()]


def tell_confusions(found: Embedded) -> None:
    """Print how often a wrong first picture shares what the caption names."""
    said = [words_of(caption.text) for caption in found.captions]
    shown = [set[str]() for _ in found.keys]
    for words, owner in zip(said, found.owners, strict=True):
        shown[owner] |= words
    wrong = first_wrong(found)
    print(f"\ntest, en: {len(wrong):,} of {len(said):,} captions find a wrong picture first")
    rng = np.random.default_rng(0)
    for name, lines in NAMED.items():
        shared, by_chance = [], []
        for caption, picture in wrong.items():
            others = rng.integers(len(shown), size=RANDOM_PICTURES)
            for group in groups(lines):
                if said[caption] & group:
                    shared.append(bool(shown[picture] & group))
                    by_chance.append(np.mean([bool(shown[other] & group) for other in others]))
        share, chance = 100 * np.mean(shared), 100 * np.mean(by_chance)
        print(f"  names {name}: {len(shared):,} times; shared {share:.0f} %, random {chance:.0f} %")


def first_wrong(found: Embedded) -> dict[int, int]:
    """Return the wrong picture that each caption finds before, or level with, its own."""
    scores = found.texts @ found.images.T  # (captions, images)
    rows = np.arange(len(scores))
    own = scores[rows, found.owners].copy()
    scores[rows, found.owners] = -np.inf
    best = scores.argmax(axis=1)
    behind = np.flatnonzero(scores[rows, best] >= own - TIE)
    return {int(row): int(best[row]) for row in behind}


def tell_new_words(found: Embedded, dataset: Dataset, lang: str) -> None:
    """Print how captions fare that hold a word no person used in training captions."""
    training = dataset.select(split="train", lang=lang).captions
    known = set[str]().union(*(words_of(c.text) for c in training if not c.machine))
    new = np.array([not words_of(caption.text) <= known for caption in found.captions])
    hits = hit_at(10, text_to_image(found))
    print(
        f"{found.split}, {lang}: R@10 of {new.sum():,} captions with a new word "
        f"{100 * hits[new].mean():.1f} %, of the others {100 * hits[~new].mean():.1f} %"
    )


def tell_french(encoder: Encoder, dataset: Dataset) -> None:
    """Print what the same sentences find in both languages."""
    english, french = translations(*embed(encoder, dataset, "dev", ["en", "fr"]))
    print(f"\ndev: {len(french.captions):,} French captions and what they translate")
    for way in (text_to_image, image_to_text):
        compare(way.__name__, way(english), way(french), english)
    for found in (english, french):
        tell_new_words(found, dataset, found.lang)
    cosines = (english.texts * french.texts).sum(axis=1)
    hits = [hit_at(10, text_to_image(found)) for found in (english, french)]
    for low, high in zip(COSINES, (2.0, *COSINES), strict=False):
        chosen = (cosines >= low) & (cosines < high)
        recalls = " and ".join(f"{100 * each[chosen].mean():.1f} %" for each in hits)
        print(f"  cosine from {low}: {chosen.sum()} pairs, R@10 {recalls}")


def translations(english: Embedded, french: Embedded) -> tuple[Embedded, Embedded]:
    """Keep the captions that are one another's translation, in the same order."""
    row_of = {caption.key: row for row, caption in enumerate(english.captions)}
    originals = [row_of.get(caption.key.removesuffix("@fr")) for caption in french.captions]
    pairs = [(row, n) for n, row in enumerate(originals) if row is not None]
    return keep(english, (row for row, _ in pairs)), keep(french, (n for _, n in pairs))


def keep(found: Embedded, rows: Iterable[int]) -> Embedded:
    chosen: NDArray[np.int64] = np.fromiter(rows, np.int64)
    captions = tuple(found.captions[row] for row in chosen)
    return replace(found, captions=captions, owners=found.owners[chosen], texts=found.texts[chosen])


def compare(name: str, english: Places, french: Places, asked: Embedded) -> None:
    images = english.queries if name == "image_to_text" else asked.owners[english.queries]
    print(f"  {name}: median rank {median_rank(english.ranks):g} and {median_rank(french.ranks):g}")
    for k in (1, 5, 10):
        one, other = hit_at(k, english), hit_at(k, french)
        p = p_value(one - other, images)
        print(f"    R@{k} {100 * one.mean():.1f} % and {100 * other.mean():.1f} %, p = {p:.4f}")


if __name__ == "__main__":
    main()
