"""How well a catalogue is searched: by kind, by colour and kind, and by a product and a colour.

python benchmarks/shop.py SHOP                     # SHOP/items.csv and SHOP/images

Queries, in English and French, are the names of kinds ("shirt"), of colours and kinds ("red
shirt"), and a product's photograph with another colour in words ("in red"). Right are the products
of that kind, of that kind and colour, and of the photograph's kind and wearer in that colour; the
photograph itself is not ranked. By default only products are ranked that the bundled model has not
learned from; prints tables in Markdown.
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

from composition_rankings import BALANCES, RIVALS, fusions
from visavis.encoders import Encoder, load_encoder
from visavis.evaluation.bootstrap import mean_intervals
from visavis.moments import Moments
from visavis.queries import DEFAULT_FUSION, FUSIONS, Fusion, Terms
from visavis.types import Modality, Vectors

WORDS = Path(__file__).parents[1] / "tools" / "bundled_model" / "shop_words.tsv"
DEPTH = 10
LEAST = 5  # right answers of a query
LANGS = ("en", "fr")
IN_COLOUR = {"en": "in {}", "fr": "en {}"}
COLOUR_AND_KIND = {"en": "{colour} {kind}", "fr": "{kind} {colour}"}

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
    print("| query | lang | queries | P@10 | at most |\n|---|---|---|---|---|")
    for lang in LANGS:
        for name, asked in (("kind", shop.kinds_asked), ("colour, kind", shop.colours_asked)):
            texts, right = zip(*asked(lang), strict=True)
            found = precision(encoder.encode_texts(list(texts)) @ images.T, np.array(right))
            most = np.minimum(np.sum(right, axis=1), DEPTH).mean() / DEPTH
            mean = _mean(found, np.arange(len(found)))
            print(f"| {name} | {lang} | {len(found):,} | {mean} | {100 * most:.1f} |")
    report([Changes.read(shop, encoder, images, lang) for lang in LANGS])


@dataclass(frozen=True)
class Changes:
    """Queries of a product and another colour: rows (queries,), texts (queries, dim), right."""

    images: Vectors
    rows: NDArray[np.intp]
    texts: Vectors
    right: Mask
    moments: dict[Modality, Moments]
    text_mean: Vectors | None

    @classmethod
    def read(cls, shop: Shop, encoder: Encoder, images: Vectors, lang: str) -> Changes:
        """Encode the changes that a shop's products are asked for in a language."""
        rows, texts, right = zip(*shop.changes_asked(lang), strict=True)
        distinct = list(dict.fromkeys(texts))
        encoded = encoder.encode_texts(distinct)
        vectors = dict(zip(distinct, encoded, strict=True))
        moments: dict[Modality, Moments] = {
            "image": Moments.of(images),
            "text": Moments.of(encoded),
        }
        wanted = np.stack([vectors[text] for text in texts])
        return cls(images, np.array(rows), wanted, np.array(right), moments, encoder.text_mean)

    def rankings(self) -> dict[str, NDArray[np.float64]]:
        """Return the precision of each query: by one term alone, and by each fusion."""
        alone = {"text only": self.texts, "image only": self.images[self.rows]}
        joined = {name: self.fused(fuse) for name, fuse in fusions().items()}
        return {name: self.precision(queries) for name, queries in (alone | joined).items()}

    def fused(self, fuse: Fusion, balance: float = 0.5) -> NDArray[np.floating]:
        """Return the vectors of the queries as a fusion joins them: (queries, dim)."""
        weights = np.array([1 - balance, balance])
        pairs = map(np.stack, zip(self.images[self.rows], self.texts, strict=True))
        terms = (Terms(pair, weights, ("image", "text"), self.text_mean) for pair in pairs)
        return np.stack([fuse(each, self._moments_of).vector for each in terms])

    def precision(self, queries: NDArray[np.floating]) -> NDArray[np.float64]:
        """Rank all images but the query's own by vectors (queries, dim)."""
        scores = queries @ self.images.T
        scores[np.arange(len(self.rows)), self.rows] = -np.inf
        return precision(scores, self.right)

    def _moments_of(self, modality: Modality | None = None) -> Moments:
        return self.moments[modality or "image"]


def report(changes: Sequence[Changes]) -> None:
    """Print the precision of composed queries, the default's lead, and other balances."""
    measured = [each.rankings() for each in changes]
    print(f"\nproduct and colour, {len(changes[0].rows):,} queries a language; 95 % bootstrap")
    print("intervals over products\n")
    print(f"| P@10 | {' | '.join(LANGS)} |\n|---|---|---|")
    for name in measured[0]:
        means = (
            _mean(found[name], each.rows) for found, each in zip(measured, changes, strict=True)
        )
        print(f"| {name} | {' | '.join(means)} |")
    print(f"\n| {DEFAULT_FUSION} over | {' | '.join(LANGS)} |\n|---|---|---|")
    for name in RIVALS:
        leads = (
            _lead(found[DEFAULT_FUSION] - found[name], each.rows)
            for found, each in zip(measured, changes, strict=True)
        )
        print(f"| {name} | {' | '.join(leads)} |")
    print(
        f"\n| P@10 at balance | {' | '.join(map(str, BALANCES))} |\n|{'---|' * (1 + len(BALANCES))}"
    )
    for name in (DEFAULT_FUSION, "sum"):
        for lang, each in zip(LANGS, changes, strict=True):
            queries = (each.fused(FUSIONS.get(name), balance) for balance in BALANCES)
            found = (each.precision(vectors).mean() for vectors in queries)
            print(f"| {lang}, {name} | {' | '.join(f'{100 * mean:.1f}' for mean in found)} |")


def precision(scores: NDArray[np.floating], right: Mask) -> NDArray[np.float64]:
    """Return the share of the first ten that are right, for each query."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    return np.take_along_axis(right, best, axis=1).mean(axis=1)


def _mean(found: NDArray[np.float64], groups: NDArray[np.intp]) -> str:
    """Write a mean with its interval; queries of one group, such as a product, go together."""
    ((low, high),) = 100 * np.array(mean_intervals(found[:, None], groups))
    return f"{100 * found.mean():.1f} ({low:.1f}–{high:.1f})"


def _lead(difference: NDArray[np.float64], groups: NDArray[np.intp]) -> str:
    ((low, high),) = 100 * np.array(mean_intervals(difference[:, None], groups))
    return f"{100 * difference.mean():+.1f} [{low:+.1f}, {high:+.1f}]"


def _frequent(words: Iterable[str]) -> list[str]:
    return sorted(word for word, count in Counter(map(str, words)).items() if count >= LEAST)


def _part(image: str) -> str:
    return "held-out" if Path(image).stem[-1] in "012" else "train"


if __name__ == "__main__":
    main()
