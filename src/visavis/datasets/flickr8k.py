"""Flickr8k in its original layout, with captions in any number of languages.

    FOLDER/Flicker8k_Dataset/*.jpg           or images/, or Flickr8k_Dataset/
    FOLDER/Flickr8k.token.txt                or in text/, or in Flickr8k_text/
    FOLDER/Flickr8k.fr.token.txt             captions in French
    FOLDER/Flickr8k.fr.mt.token.txt          captions machine-translated into French
    FOLDER/Flickr_8k.trainImages.txt         and devImages, testImages: the splits

Each line of a caption file is `image#n<TAB>caption`; captions are not changed, not even the
spaces before full stops.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from visavis.datasets.base import DATASETS, NO_SPLIT, Caption, Dataset, Skipped
from visavis.datasets.text_files import read_lines
from visavis.datasets.token_files import read_token_file
from visavis.errors import DatasetError

TEXT_FOLDERS = ("", "text", "Flickr8k_text")
IMAGE_FOLDERS = ("images", "Flicker8k_Dataset", "Flickr8k_Dataset")
ENGLISH = "Flickr8k.token.txt"
# Two or three letters: the original also has Flickr8k.lemma.token.txt, which is no language.
OTHERS = re.compile(r"Flickr8k\.(?P<lang>[a-z]{2,3})(\.(?P<variant>\w+))?\.token\.txt")
MACHINE = "mt"


@DATASETS.register("flickr8k")
def read_flickr8k(path: str) -> Dataset:
    """Read the Flickr8k folder at `path`; invalid lines are skipped.

    Captions of `Flickr8k.token.txt` keep their keys, `image#n`; `@lang` is appended to others
    (`@lang.mt` to machine translations), then `-2`, `-3` … to duplicates. Raises DatasetError
    if the captions or the images are missing.
    """
    root = Path(path)
    texts = _find(root, TEXT_FOLDERS, ENGLISH, "captions").parent
    folder = _find(root, IMAGE_FOLDERS, "", "images")
    images = {file.name: file for file in sorted(folder.glob("*.jpg"))}
    skipped: list[Skipped] = []
    captions = tuple(_captions(texts, images, skipped))
    splits = dict.fromkeys(images, NO_SPLIT) | _splits(texts, images, skipped)
    return Dataset("flickr8k", images, captions, splits, tuple(skipped))


def _find(root: Path, folders: tuple[str, ...], name: str, what: str) -> Path:
    paths = [root / folder / name for folder in folders]
    for path in paths:
        if path.exists():
            return path
    expected = " or ".join(str(path.relative_to(root)) for path in paths)
    raise DatasetError(f"{root} is not a Flickr8k folder: no {what}, expected {expected} in it")


def _captions(folder: Path, images: dict[str, Path], skipped: list[Skipped]) -> Iterator[Caption]:
    seen: Counter[str] = Counter()
    for file, lang, machine, tag in _caption_files(folder):
        yield from read_token_file(file, images, skipped, seen, lang=lang, machine=machine, tag=tag)


def _caption_files(folder: Path) -> Iterator[tuple[Path, str, bool, str]]:
    """Yield each caption file with its language, whether it is machine-translated, and its tag."""
    yield folder / ENGLISH, "en", False, ""
    for file in sorted(folder.iterdir()):
        if match := OTHERS.fullmatch(file.name):
            lang, machine = match["lang"], match["variant"] == MACHINE
            yield file, lang, machine, f"@{lang}.{MACHINE}" if machine else f"@{lang}"


def _splits(folder: Path, images: dict[str, Path], skipped: list[Skipped]) -> dict[str, str]:
    splits: dict[str, str] = {}
    for split in ("train", "dev", "test"):
        file = folder / f"Flickr_8k.{split}Images.txt"
        for where, line in read_lines(file, skipped) if file.exists() else ():
            image = line.strip()
            if image not in images:
                skipped.append(Skipped(where, f"no image {image}"))
            elif splits.setdefault(image, split) != split:
                skipped.append(Skipped(where, f"{image} is already in {splits[image]}"))
    return splits
