"""Flickr8k in its original layout, with captions in any number of languages.

    FOLDER/Flicker8k_Dataset/*.jpg           or images/, or Flickr8k_Dataset/
    FOLDER/Flickr8k.token.txt                or in text/, or in Flickr8k_text/
    FOLDER/Flickr8k.fr.token.txt             captions in French
    FOLDER/Flickr8k.fr.mt.token.txt          captions a program translated into French
    FOLDER/Flickr_8k.trainImages.txt         and devImages, testImages: the splits

Each line of a caption file is `image#n<TAB>caption`; captions are taken as they are, spaces
before full stops included.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from visavis.datasets.base import DATASETS, NO_SPLIT, Caption, Dataset, Skipped
from visavis.datasets.lines import read_lines
from visavis.datasets.token_files import read_token_file
from visavis.errors import DatasetError

TEXT_FOLDERS = ("", "text", "Flickr8k_text")
IMAGE_FOLDERS = ("images", "Flicker8k_Dataset", "Flickr8k_Dataset")
ENGLISH = "Flickr8k.token.txt"
# Two or three letters: the original also holds Flickr8k.lemma.token.txt, no language.
OTHERS = re.compile(r"Flickr8k\.(?P<lang>[a-z]{2,3})(\.(?P<variant>\w+))?\.token\.txt")
MACHINE = "mt"


@DATASETS.register("flickr8k")
def read_flickr8k(path: str) -> Dataset:
    """Read the Flickr8k folder at `path`; bad lines are skipped.

    Captions of `Flickr8k.token.txt` keep their keys, `image#n`; `@lang` is appended to others
    (`@lang.mt` to machine translations), and `-2`, `-3` … where that is not unique yet.
    Raises DatasetError when the captions or the images are not where they should be.
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
    places = [root / folder / name for folder in folders]
    for place in places:
        if place.exists():
            return place
    expected = " or ".join(str(place.relative_to(root)) for place in places)
    raise DatasetError(f"{root} is not a Flickr8k folder: no {what}, expected {expected} in it")


def _captions(folder: Path, images: dict[str, Path], skipped: list[Skipped]) -> Iterator[Caption]:
    seen: Counter[str] = Counter()
    for file, lang, machine, tag in _caption_files(folder):
        yield from read_token_file(file, images, skipped, seen, lang=lang, machine=machine, tag=tag)


def _caption_files(folder: Path) -> Iterator[tuple[Path, str, bool, str]]:
    """Yield caption files with their language, whether a machine wrote them, and their tag."""
    yield folder / ENGLISH, "en", False, ""
    for file in sorted(folder.iterdir()):
        if match := OTHERS.fullmatch(file.name):
            lang, machine = match["lang"], match["variant"] == MACHINE
            yield file, lang, machine, f"@{lang}.{MACHINE}" if machine else f"@{lang}"


def _splits(folder: Path, images: dict[str, Path], skipped: list[Skipped]) -> dict[str, str]:
    splits: dict[str, str] = {}
    for split in ("train", "dev", "test"):
        file = folder / f"Flickr_8k.{split}Images.txt"
        for place, line in read_lines(file, skipped) if file.exists() else ():
            image = line.strip()
            if image not in images:
                skipped.append(Skipped(place, f"no image {image}"))
            elif splits.setdefault(image, split) != split:
                skipped.append(Skipped(place, f"{image} is already in {splits[image]}"))
    return splits
