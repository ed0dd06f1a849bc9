"""Notes on a split that a reader of its figures should know."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from visavis.evaluation.checks import TRAINING
from visavis.evaluation.embedding import EmbeddedSplit

if TYPE_CHECKING:
    from visavis.datasets import Dataset

USUAL_CAPTIONS = 5
"""Captions of an image in Flickr8k, Flickr30k and COCO."""

_WORD = re.compile(r"\w+")


def find_notes(dataset: Dataset, embedded: EmbeddedSplit) -> list[str]:
    """List what makes the figures of a split easier or harder to reach than usual."""
    notes = [_few_captions(embedded)]
    if embedded.split == TRAINING:
        notes.append("this is the training split: the model has seen these images and captions")
    elif TRAINING in dataset.splits.values():
        trained_on = dataset.select(split=TRAINING).captions
        notes += _seen_in_training(
            embedded, [c.text for c in trained_on if c.lang == embedded.lang]
        )
    return [note for note in notes if note]


def _few_captions(embedded: EmbeddedSplit) -> str:
    counts = Counter(embedded.image_index.tolist())
    few = sum(counts[n] < USUAL_CAPTIONS for n in range(len(embedded.images)))
    if not few:
        return ""
    bare = sum(counts[n] == 0 for n in range(len(embedded.images)))
    return (
        f"{few:,} of {len(embedded.images):,} images have fewer than {USUAL_CAPTIONS} captions "
        f"in {embedded.lang}, {bare:,} have none: not comparable with five captions an image"
    )


def _seen_in_training(embedded: EmbeddedSplit, trained_on: list[str]) -> list[str]:
    """Count the captions, and the words, that occur in training captions.

    Machine-translated captions count: models are trained on them.
    """
    if not trained_on:
        return [f"the training split has no captions in {embedded.lang}"]
    own = [_words(caption.text) for caption in embedded.captions]
    known = {_words(text) for text in trained_on}
    vocabulary = {word for words in known for word in words}
    words = {word for caption in own for word in caption}
    repeated = sum(caption in known for caption in own)
    unseen = sum(not vocabulary.issuperset(caption) for caption in own)
    new = f"{len(words - vocabulary):,} of {len(words):,}"
    return [
        f"captions that occur word for word in training: {repeated:,} of {len(own):,}",
        f"words never seen in training captions: {new}; captions with such a word: {unseen:,}",
    ]


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))
