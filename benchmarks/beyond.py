"""Recall at 1 on the photographs of the demo, with phrases unlike the captions of Flickr8k.

python benchmarks/beyond.py

Each line of `beyond_phrases.tsv` is a subject and a phrase for it in English and French. They were
written before any model was measured on them, and must not be chosen by results. A photograph
shows the subject in its file name: `motorcycle-again.png` a motorcycle. Text to image: a phrase is
right if the photograph ranked first shows its subject. Image to text: a photograph is right if the
phrase ranked first is one for its subject.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.cli.demo.photos import copy_photos
from visavis.encoders import Encoder, load_encoder
from visavis.images import open_image

PHRASES = Path(__file__).with_name("beyond_phrases.tsv")
LANGUAGES = ("en", "fr")


@dataclass(frozen=True)
class Phrase:
    """A phrase for a subject, in each language."""

    subject: str
    texts: dict[str, str]


@dataclass(frozen=True)
class Found:
    """For each photograph and each phrase: whether its first hit is right."""

    photos: NDArray[np.bool_]
    phrases: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="model folder (default: the bundled one)")
    parser.add_argument("--wrong", action="store_true", help="list what was found instead")
    options = parser.parse_args()
    encoder, phrases = load_encoder(options.model), read_phrases(PHRASES)
    with tempfile.TemporaryDirectory() as folder:
        copy_photos(Path(folder))
        files = sorted(Path(folder).iterdir())
        images = encoder.encode_images([open_image(file) for file in files])
    names = [file.name for file in files]
    subjects = [subject_of(name) for name in names]
    print(f"model {encoder.id}: {len(names)} photographs, {len(phrases)} phrases a language")
    for lang in LANGUAGES:
        scores = images @ encode(encoder, phrases, lang).T
        print(f"{lang}: {describe(top_one(scores, subjects, phrases))}")
        if options.wrong:
            print(*mistakes(scores, names, phrases, lang), sep="\n")


def read_phrases(path: Path) -> list[Phrase]:
    """Read lines of a subject, an English and a French phrase, separated by tabs."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [Phrase(subject, dict(zip(LANGUAGES, own, strict=True))) for subject, *own in rows]


def subject_of(photo: str) -> str:
    return photo.partition(".")[0].partition("-")[0]


def encode(encoder: Encoder, phrases: Sequence[Phrase], lang: str) -> NDArray[np.float32]:
    return encoder.encode_texts([phrase.texts[lang] for phrase in phrases])


def top_one(
    scores: NDArray[np.float32], subjects: Sequence[str], phrases: Sequence[Phrase]
) -> Found:
    """Check the first hits by scores (photographs, phrases); several may show one subject."""
    shown = np.array(subjects)
    said = np.array([phrase.subject for phrase in phrases])
    return Found(shown == said[scores.argmax(axis=1)], said == shown[scores.argmax(axis=0)])


def describe(found: Found) -> str:
    ways = {"text -> image": found.phrases, "image -> text": found.photos}
    return ", ".join(
        f"{way} {100 * own.mean():.1f} % ({own.sum()} of {own.size})" for way, own in ways.items()
    )


def mistakes(
    scores: NDArray[np.float32], names: Sequence[str], phrases: Sequence[Phrase], lang: str
) -> list[str]:
    """List the wrong first hits, each as query and hit."""
    found = top_one(scores, [subject_of(name) for name in names], phrases)
    best_phrase, best_photo = scores.argmax(axis=1), scores.argmax(axis=0)
    return [
        *(
            f"  {phrases[i].texts[lang]} -> {names[best_photo[i]]}"
            for i in np.flatnonzero(~found.phrases)
        ),
        *(
            f"  {names[i]} -> {phrases[best_phrase[i]].texts[lang]}"
            for i in np.flatnonzero(~found.photos)
        ),
    ]


if __name__ == "__main__":
    main()
