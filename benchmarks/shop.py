"""How well a catalogue is searched: by kind, by colour and kind, and by a product and a colour.

python benchmarks/shop.py SHOP                     # SHOP/items.csv and SHOP/images

Queries, in English and French, are the names of kinds ("shirt"), of colours and kinds ("red
shirt"), and a product's photograph with another colour in words ("in red"). Right are the products
of that kind, of that kind and colour, and of the photograph's kind and wearer in that colour; the
photograph itself is not ranked. By default only products are ranked that the bundled model has not
learned from.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.encoders import Encoder, load_encoder
from visavis.evaluation.bootstrap import mean_intervals
from visavis.moments import Moments
from visavis.queries import FUSIONS, Terms
from visavis.types import Modality, Vectors

WORDS = Path(__file__).parents[1] / "tools" / "bundled_model" / "shop_words.tsv"
DEPTH = 10
LEAST = 5  # right answers of a query
LANGS = ("en", "fr")
IN_COLOUR = {"en": "in {}", "fr": "en {}"}
COLOUR_AND_KIND = {"en": "{colour} {kind}", "fr": "{kind} {colour}"}
EVEN = np.array([1.0, 1.0])

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Shop:
    """Products: kind, colour and wearer in the shop's own words, and the names of these words."""

    images: list[Path]
    kinds: NDArray[np.str_]
    colours: NDArray[np.str_]
    wearers: NDArray[np.str_]
    names: dict[str, dict[str, str]]

    @classmethod
    def read(cls, folder: Path, part: str) -> Shop:
        """Read the products of a folder; those held out have numbers that end in 0, 1 or 2."""
        with (folder / "items.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if part in ("all", _part(row["image"]))]
        lines = (line.split("\t") for line in WORDS.read_text("utf-8").splitlines())
        return cls(
            [folder / "images" / row["image"] for row in rows],
            *(np.array([row[key] for row in rows]) for key in ("type", "colour", "gender")),
            {word: dict(zip(LANGS, names, strict=True)) for word, *names in lines},
        )

    def kinds_asked(self, lang: str) -> Iterator[tuple[str, Mask]]:
        """Yield the name of each kind, and which products are right."""
        for kind in _frequent(self.kinds):
            yield self.names[kind][lang], self.kinds == kind

    def colours_asked(self, lang: str) -> Iterator[tuple[str, Mask]]:
        """Yield each colour and kind in words, and which products are right."""
        pairs = np.char.add(np.char.add(self.colours, "\t"), self.kinds)
        for pair in _frequent(pairs):
            colour, kind = (self.names[word][lang] for word in pair.split("\t"))
            yield COLOUR_AND_KIND[lang].format(colour=colour, kind=kind), pairs == pair

    def changes_asked(self, lang: str) -> Iterator[tuple[int, str, Mask]]:
        """Yield a product, another colour in words, and which products are right."""
        for row in range(len(self.images)):
            alike = (self.kinds == self.kinds[row]) & (self.wearers == self.wearers[row])
            for colour in _frequent(self.colours[alike]):
                if colour != self.colours[row]:
                    text = IN_COLOUR[lang].format(self.names[colour][lang])
                    yield row, text, alike & (self.colours == colour)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shop", type=Path)
    parser.add_argument("--part", choices=("held-out", "train", "all"), default="held-out")
    parser.add_argument("--model", help="model folder (default: the bundled one)")
    options = parser.parse_args()
    encoder, shop = load_encoder(options.model), Shop.read(options.shop, options.part)
    images = encoder.encode_images(shop.images)
    print(f"{len(images):,} products ({options.part}), model {encoder.id}")
    print(f"precision at {DEPTH} in percent, queries with {LEAST} right answers or more\n")
    print("| query | ranking | lang | queries | P@10 |\n|---|---|---|---|---|")
    for lang in LANGS:
        for name, asked in (("kind", shop.kinds_asked), ("colour, kind", shop.colours_asked)):
            texts, right = zip(*asked(lang), strict=True)
            scores = encoder.encode_texts(list(texts)) @ images.T
            _row(name, "text", lang, precision(scores, np.array(right)), np.arange(len(texts)))
        rows, texts, right = zip(*shop.changes_asked(lang), strict=True)
        queries = compositions(encoder, images, rows, texts)
        for ranking, found in queries.items():
            scores = found @ images.T
            scores[np.arange(len(rows)), rows] = -np.inf
            _row(
                "product, colour", ranking, lang, precision(scores, np.array(right)), np.array(rows)
            )


def compositions(
    encoder: Encoder, images: Vectors, rows: Sequence[int], texts: Sequence[str]
) -> dict[str, NDArray[np.floating]]:
    """Return the vectors of queries of a product and a text, by the way they are joined."""
    distinct = list(dict.fromkeys(texts))
    vectors = dict(zip(distinct, encoder.encode_texts(distinct), strict=True))
    wanted = np.stack([vectors[text] for text in texts])
    moments: dict[Modality, Moments] = {
        "image": Moments.of(images),
        "text": Moments.of(np.stack(list(vectors.values()))),
    }

    def moments_of(modality: Modality | None = None) -> Moments:
        return moments[modality or "image"]

    def fused(name: str) -> NDArray[np.float64]:
        pairs = (np.stack([images[row], text]) for row, text in zip(rows, wanted, strict=True))
        terms = (Terms(pair, EVEN, ("image", "text")) for pair in pairs)
        return np.stack([FUSIONS.get(name)(each, moments_of).vector for each in terms])

    queries: dict[str, NDArray[np.floating]] = {"text": wanted, "image": images[list(rows)]}
    return queries | {name: fused(name) for name in FUSIONS.names()}


def precision(scores: NDArray[np.floating], right: Mask) -> NDArray[np.float64]:
    """Return the share of the first ten that are right, for each query."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    return np.take_along_axis(right, best, axis=1).mean(axis=1)


def _row(
    query: str, ranking: str, lang: str, found: NDArray[np.float64], groups: NDArray[np.int64]
) -> None:
    """Print a row; queries of one group, such as a product, are drawn together."""
    (interval,) = mean_intervals(found[:, None], groups)
    low, mean, high = (100 * each for each in (interval[0], found.mean(), interval[1]))
    print(f"| {query} | {ranking} | {lang} | {len(found):,} | {mean:.1f} ({low:.1f}–{high:.1f}) |")


def _frequent(words: Iterable[str]) -> list[str]:
    return sorted(word for word, count in Counter(map(str, words)).items() if count >= LEAST)


def _part(image: str) -> str:
    return "held-out" if Path(image).stem[-1] in "012" else "train"


if __name__ == "__main__":
    main()
