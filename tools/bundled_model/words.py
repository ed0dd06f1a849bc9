"""Words that no caption holds: names of ImageNet's classes, everyday words, the teacher's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from corpus import Sentence
from numpy.typing import NDArray
from teacher import teacher_vectors, teacher_words

HERE = Path(__file__).parent
CLASSES = 1001  # the first is background
KINDS = (  # classes of one kind, and what people call it
    (range(152, 270), "dog", "chien"),
    (range(282, 287), "cat", "chat"),
    (range(11, 26), "bird", "oiseau"),
    (range(81, 101), "bird", "oiseau"),
    (range(128, 148), "bird", "oiseau"),
    (range(949, 959), "fruit", "fruit"),
)
# What a name stands in. A French noun's gender is not known here, and both articles are used.
ENGLISH = ("{}", "a {}", "the {}", "a photo of a {}", "a picture of a {}", "{}s", "some {}")
ENGLISH += ("a photo of {}",)
FRENCH = ("{}", "un {}", "une {}", "le {}", "la {}", "des {}", "une photo de {}")
FRENCH += ("une image d'un {}", "une photo d'une {}")
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
class Word:
    """A name in English and perhaps in French, and the number of the class it is said of."""

    english: str
    french: str | None = None
    number: int | None = None


def read_words(labels: Path) -> list[Word]:
    """Gather the names of classes, from ImageNet's labels and our own table, and everyday words."""
    words = []
    for number, label in enumerate(labels.read_text("utf-8").splitlines()):
        if number > 0:
            words += [Word(name, None, number) for name in label.split(", ")[:2]]
    for line in (HERE / "imagenet_words.tsv").read_text("utf-8").splitlines():
        number, english, french = line.split("\t")
        words.append(Word(english, french, int(number)))
    for numbers, english, french in KINDS:
        words += [Word(english, french, number) for number in numbers]
    for line in (HERE / "vocabulary.tsv").read_text("utf-8").splitlines():
        english, french = line.split("\t")
        words.append(Word(english, french))
    return words


def combine(words: list[Word], count: int, seed: int) -> list[Sentence]:
    """Put two words at a time together, in both languages: to compose is learned by examples."""
    rng = np.random.default_rng(seed)
    known = [word for word in words if word.french]
    made = []
    for _ in range(count):
        form = TOGETHER[rng.integers(len(TOGETHER))]
        first, second = (known[i] for i in rng.integers(len(known), size=2))
        (a, un), (b, une) = (ARTICLES[i] for i in rng.integers(len(ARTICLES), size=2))
        english = form[0].format(f"{a} {first.english}", f"{b} {second.english}")
        french = form[1].format(f"{un} {first.french}", f"{une} {second.french}")
        made += [Sentence(english, english), Sentence(french, english)]
    return made


class Words:
    """Names and other words, with the teacher's vector of the English word of each."""

    def __init__(self, labels: Path, cache: Path) -> None:
        self.named = read_words(labels)
        self.all = self.named + [Word(word) for word in teacher_words()]
        english = [word.english for word in self.all]
        self.vectors = torch.from_numpy(teacher_vectors(english, cache))

    @cached_property
    def of_class(self) -> list[list[int]]:
        """The rows of the words of each class."""
        rows: list[list[int]] = [[] for _ in range(CLASSES)]
        for row, word in enumerate(self.named):
            if word.number is not None:
                rows[word.number].append(row)
        return rows

    def draw(self, rng: np.random.Generator, names: int, others: int) -> NDArray[np.int64]:
        """Draw rows of names, and of the teacher's other words."""
        return np.concatenate(
            [
                rng.integers(len(self.named), size=names),
                rng.integers(len(self.named), len(self.all), size=others),
            ]
        )

    def say(self, row: int, rng: np.random.Generator) -> str:
        """Put a word into a few others, in either language."""
        word = self.all[row]
        if word.french and rng.random() < 0.5:
            return str(rng.choice(FRENCH)).format(word.french)
        return str(rng.choice(ENGLISH)).format(word.english)
