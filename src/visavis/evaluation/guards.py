"""What would make figures look better than they are: refused, or told beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from visavis.errors import DatasetError
from visavis.evaluation.embedded import Embedded

if TYPE_CHECKING:
    from visavis.datasets import Dataset

TRAINING = "train"
"""The split models learn from."""

USUAL_CAPTIONS = 5
_WORD = re.compile(r"\w+")


def check_overlap(dataset: Dataset, split: str) -> None:
    """Raise DatasetError when an image of the split has the content of one in training."""
    if split == TRAINING or TRAINING not in dataset.splits.values():
        return
    seen = _by_content(dataset.select(split=TRAINING).images.items())
    measured = _by_content(dataset.select(split=split).images.items())
    if shared := sorted(seen.keys() & measured.keys()):
        first = shared[0]
        raise DatasetError(
            f"{dataset.name}: images of {split!r} that are also in {TRAINING!r}: {len(shared)}, "
            f"such as {measured[first]} = {seen[first]}; --allow-overlap measures all the same"
        )


def find_notes(dataset: Dataset, embedded: Embedded) -> list[str]:
    """List what a reader of the figures should know."""
    notes = [_few_captions(embedded)]
    if embedded.split == TRAINING:
        notes.append("this is the training split: the model has seen these images and captions")
    elif TRAINING in dataset.splits.values():
        learned = dataset.select(split=TRAINING).captions
        notes += _seen(embedded, [c.text for c in learned if c.lang == embedded.lang])
    return [note for note in notes if note]


def _few_captions(embedded: Embedded) -> str:
    counts = Counter(embedded.owners.tolist())
    few = sum(counts[n] < USUAL_CAPTIONS for n in range(len(embedded.images)))
    if not few:
        return ""
    bare = sum(counts[n] == 0 for n in range(len(embedded.images)))
    return (
        f"{few:,} of {len(embedded.images):,} images have fewer than {USUAL_CAPTIONS} captions "
        f"in {embedded.lang}, {bare:,} have none: not comparable with five captions an image"
    )


def _seen(embedded: Embedded, learned: list[str]) -> list[str]:
    """Tell how many captions, and how much of the vocabulary, training has shown.

    Machine-translated captions count: models learn from them.
    """
    if not learned:
        return [f"the training split has no captions in {embedded.lang}"]
    own = [_words(caption.text) for caption in embedded.captions]
    known = {_words(text) for text in learned}
    vocabulary = {word for words in known for word in words}
    words = {word for caption in own for word in caption}
    repeated = sum(caption in known for caption in own)
    strange = sum(not vocabulary.issuperset(caption) for caption in own)
    new = f"{len(words - vocabulary):,} of {len(words):,}"
    return [
        f"captions that stand word for word in training: {repeated:,} of {len(own):,}",
        f"words never seen in training captions: {new}; captions with one: {strange:,}",
    ]


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))


def _by_content(images: Iterable[tuple[str, Path]]) -> dict[str, str]:
    return {sha256(path.read_bytes()).hexdigest(): key for key, path in images}
