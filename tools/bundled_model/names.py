"""Names of ImageNet's classes and everyday words, English and French, and texts made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
GROUPS = (  # classes, and what people call all of them
    (range(151, 269), "dog", "chien"),
    (range(281, 286), "cat", "chat"),
    ([*range(10, 25), *range(80, 100), *range(127, 147)], "bird", "oiseau"),
    (range(948, 958), "fruit", "fruit"),
)
# What a name stands in. A French noun's gender is not known here, and both articles are used.
PHRASES = (
    ("{}", "{}"),
    ("a {}", "un {}"),
    ("a {}", "une {}"),
    ("the {}", "le {}"),
    ("the {}", "la {}"),
    ("{}s", "des {}"),
    ("some {}", "des {}"),
    ("a photo of a {}", "une photo d'un {}"),
    ("a photo of a {}", "une photo d'une {}"),
    ("a photo of {}", "une photo de {}"),
    ("a picture of a {}", "une image de {}"),
)
ELIDED = re.compile(r"\b(l|d)[ae] (?=[aeiouyàâéèêîôœ])", re.IGNORECASE)
# How two words stand together.
TOGETHER = (
    ("{} and {}", "{} et {}"),
    ("{} on {}", "{} sur {}"),
    ("{} with {}", "{} avec {}"),
    ("{} in front of {}", "{} devant {}"),
    ("{} near {}", "{} près de {}"),
    ("{} and {} on a table", "{} et {} sur une table"),
    ("{} between {} and a tree", "{} entre {} et un arbre"),
    ("a photo of {} without {}", "une photo de {} sans {}"),
)
ARTICLES = (("a", "un"), ("a", "une"), ("the", "le"), ("the", "la"), ("old", "vieux"))
ARTICLES += (("small", "petit"), ("big", "grande"), ("many", "beaucoup de"), ("some", "des"))


@dataclass(frozen=True, slots=True)
class Name:
    """A name in English and perhaps in French, and the class of ImageNet that has it.

    A word that is no `noun`, such as "red" or "asleep", stands alone.
    """

    english: str
    french: str | None = None
    number: int | None = None
    noun: bool = True

    def phrases(self) -> Iterator[tuple[str, ...]]:
        """Yield the name alone and in a few words, in the languages it has."""
        for english, french in PHRASES if self.noun else PHRASES[:1]:
            own = (english.format(self.english),)
            yield own if self.french is None else (*own, elided(french.format(self.french)))


def elided(french: str) -> str:
    """Write French articles as they are before a vowel: l'avion, une photo d'avion."""
    return ELIDED.sub(r"\1'", french)


def read_names(labels: Path) -> list[Name]:
    """Gather the names of classes, from ImageNet's labels and our own table, and everyday words.

    `labels` has a class a line, the first of which is "background"; classes are numbered from 0
    without it.
    """
    names = []
    for number, label in enumerate(labels.read_text("utf-8").splitlines()[1:]):
        names += [Name(name, None, number) for name in label.split(", ")[:2]]
    for line in (HERE / "imagenet_words.tsv").read_text("utf-8").splitlines():
        number, english, french = line.split("\t")
        names.append(Name(english, french, int(number) - 1))
    for numbers, english, french in GROUPS:
        names += [Name(english, french, number) for number in numbers]
    for file, noun in (("vocabulary.tsv", True), ("descriptions.tsv", False)):
        for line in (HERE / file).read_text("utf-8").splitlines():
            english, french = line.split("\t")
            names.append(Name(english, french, noun=noun))
    return names


def combine(names: list[Name], count: int, seed: int) -> list[tuple[str, str]]:
    """Put two names at a time together, in both languages: to compose is learned by examples."""
    rng = np.random.default_rng(seed)
    known = [name for name in names if name.french and name.noun]
    made = []
    for _ in range(count):
        form = TOGETHER[rng.integers(len(TOGETHER))]
        first, second = (known[i] for i in rng.integers(len(known), size=2))
        (a, un), (b, une) = (ARTICLES[i] for i in rng.integers(len(ARTICLES), size=2))
        english = form[0].format(f"{a} {first.english}", f"{b} {second.english}")
        french = form[1].format(f"{un} {first.french}", f"{une} {second.french}")
        made.append((english, elided(french)))
    return made
