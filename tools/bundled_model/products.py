"""Products of a shop as images with captions, in English and French."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WORDS = Path(__file__).parent / "shop_words.tsv"
HELD_OUT = "held-out"
"""Split of the products that are kept to choose by: those whose number ends in 0, 1 or 2."""


@dataclass(frozen=True, slots=True)
class Product:
    """A photograph of a product, with its kind, colour and wearer in the shop's own words."""

    image: Path
    kind: str
    colour: str
    wearer: str
    name: str

    @property
    def split(self) -> str:
        """Whether it is learned from or held out."""
        return HELD_OUT if self.image.stem[-1] in "012" else "train"


def read_products(table: Path) -> list[Product]:
    """Read a table of image, gender, type, colour and text; images are in a folder beside it."""
    with table.open(encoding="utf-8", newline="") as file:
        return [
            Product(
                table.parent.resolve() / "images" / row["image"],
                row["type"],
                row["colour"],
                row["gender"],
                row["text"],
            )
            for row in csv.DictReader(file)
        ]


def read_words() -> dict[str, tuple[str, str]]:
    """Return the English and the French name of each kind, colour and wearer."""
    lines = (line.split("\t") for line in WORDS.read_text("utf-8").splitlines())
    return {word: (english, french) for word, english, french in lines}


def captions(product: Product, words: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield what says the same of a product in English and in French."""
    (kind, sorte), (colour, couleur), (wearer, porteur) = (
        words.get(word, (word.lower(), word.lower()))
        for word in (product.kind, product.colour, product.wearer)
    )
    full = f"{sorte} {couleur} {porteur}"
    yield product.name, full
    yield f"{colour} {kind} {wearer}", full
    yield f"{colour} {kind}", f"{sorte} {couleur}"


def write_table(products: list[Product], path: Path) -> list[tuple[str, str]]:
    """Write a dataset of image, text, lang and split; return the captions that are learned from."""
    words, learned = read_words(), []
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "text", "lang", "split"])
        for product in products:
            pairs = list(dict.fromkeys(captions(product, words)))
            for english, french in pairs:
                writer.writerow([product.image, english, "en", product.split])
                writer.writerow([product.image, french, "fr", product.split])
            if product.split == "train":
                learned += pairs
    return list(dict.fromkeys(learned))
