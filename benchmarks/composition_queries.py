"""Queries of an image and a change, made of captions that differ in one thing.

"A black dog in the snow" and "a black dog on the beach" differ in the place alone: the image
of the first and the words "on the beach" ask for every image of a black dog on a beach.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from visavis.datasets import Caption

WORDS = Path(__file__).with_name("composition_words.txt")
REACH = 3
"""How many words after a colour or number the thing may stand that it belongs to."""
LEAST_RIGHT = 2
PER_WANTED = 5
"""References for each combination at most, so that frequent ones do not prevail."""


@dataclass(frozen=True, slots=True, order=True)
class Concept:
    """One thing a caption says: kind, and the words to ask for it.

    `thing` is what a colour or number belongs to.
    """

    kind: str
    phrase: str
    thing: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """A query: a reference image, a change in words, and the images that are right.

    `shown` is what the reference shows in place of the change, in words.
    """

    reference: str
    change: str
    shown: str
    kind: str
    wanted: frozenset[Concept]
    right: frozenset[str]


def read_words(path: Path = WORDS) -> dict[str, Concept]:
    """Read what each word means."""
    meanings = {}
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, phrase, words = (part.strip() for part in line.split("|"))
            meanings.update(dict.fromkeys(words.split(), Concept(kind, phrase)))
    return meanings


def concepts_of(caption: str, meanings: Mapping[str, Concept]) -> frozenset[Concept]:
    """Return the concepts of a caption, as far as its words are known."""
    words = re.findall(r"[a-z-]+", caption.lower())
    found = set()
    for place, word in enumerate(words):
        concept = meanings.get(word)
        if concept and concept.kind in {"thing", "place"}:
            found.add(concept)
        elif concept:
            found |= _bound(concept, words[place + 1 : place + 1 + REACH], meanings)
    return frozenset(found)


def _bound(concept: Concept, after: Sequence[str], meanings: Mapping[str, Concept]) -> set[Concept]:
    """Return the colour or number of the next thing, if one is near."""
    for word in after:
        thing = meanings.get(word)
        if thing and thing.kind == "thing":
            phrase = f"{concept.phrase} {word}"
            return {Concept(concept.kind, phrase, thing.phrase)}
    return set()


def compose(captions: Iterable[Caption]) -> list[Composed]:
    """Return the queries that the captions of some images make, in a pseudo-random order.

    The reference has no caption that says what is asked for, and at least two other
    images have captions that together say all of it.
    """
    meanings = read_words()
    said = [(caption.image, concepts_of(caption.text, meanings)) for caption in captions]
    images: dict[str, set[Concept]] = defaultdict(set)
    for image, concepts in said:
        images[image] |= concepts
    holding: dict[Concept, set[str]] = defaultdict(set)
    for image, concepts in images.items():
        for concept in concepts:
            holding[concept].add(image)
    found: dict[frozenset[Concept], dict[str, Composed]] = defaultdict(dict)
    for image, old, new, shared in _differing(said):
        wanted = shared | {new}
        right = frozenset(set.intersection(*(holding[c] for c in wanted)) - {image})
        if new not in images[image] and len(right) >= LEAST_RIGHT:
            found[wanted].setdefault(
                image, Composed(image, new.phrase, old.phrase, old.kind, wanted, right)
            )
    chosen = [q for queries in found.values() for q in _some(queries.values())]
    return sorted(chosen, key=_lot)


def _differing(
    said: Sequence[tuple[str, frozenset[Concept]]],
) -> Iterator[tuple[str, Concept, Concept, frozenset[Concept]]]:
    """Yield image, old and new concept and what is shared, for captions that differ in one."""
    changes: dict[frozenset[Concept], set[Concept]] = defaultdict(set)
    for _, concepts in said:
        for concept in concepts:
            if shared := concepts - {concept}:
                changes[shared].add(concept)
    for image, concepts in said:
        for old in sorted(concepts):
            shared = concepts - {old}
            for new in sorted(changes.get(shared, ())):
                if new != old and (new.kind, new.thing) == (old.kind, old.thing):
                    yield image, old, new, shared


def _some(queries: Iterable[Composed]) -> list[Composed]:
    return sorted(queries, key=_lot)[:PER_WANTED]


def _lot(query: Composed) -> bytes:
    """Order by lot, the same every time."""
    return hashlib.sha256(
        f"{query.reference} {query.change} {sorted(query.wanted)}".encode()
    ).digest()
