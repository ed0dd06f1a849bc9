"""XTD10: 1,000 images of COCO with a caption in each of eleven languages, for evaluation.

Aggarwal and Kale, Towards Zero-shot Cross-lingual Image Retrieval, 2020,
https://arxiv.org/abs/2012.05107; German and French are those of Rajendran et al., 2015,
https://arxiv.org/abs/1510.03519, and Japanese is that of STAIR captions.

    FOLDER/XTD10/test_image_names.txt        one name a line
    FOLDER/XTD10/test_1kcaptions_it.txt      its captions in Italian, line by line
    FOLDER/MIC/test_1kcaptions_fr.txt        and so on
    FOLDER/images/*.jpg                      or train2014/ and val2014/, here or one folder up
"""

from __future__ import annotations

import re
from pathlib import Path

from visavis.datasets.base import DATASETS, Caption, Dataset, Skipped
from visavis.datasets.image_files import ImageFolders
from visavis.datasets.text_files import is_utf8, read_text
from visavis.errors import DatasetError

NAMES = "test_image_names.txt"
SPLIT = "test"
IMAGE_FOLDERS = ("images", "train2014", "val2014", "../train2014", "../val2014", "..")
_CAPTIONS = re.compile(r"test_1kcaptions_(?P<lang>[a-z]{2})\.txt")
_LANGUAGES = {"jp": "ja"}
_UNTRANSLATED = "could not translate"


@DATASETS.register("xtd10")
def read_xtd10(path: str) -> Dataset:
    """Read an XTD10 folder; all images are of the split `test`.

    Skipped are images that are not there, empty captions, and the French lines that read "Could
    not translate". Raises DatasetError if it is not such a folder, or if a file of captions has
    not as many lines as there are names.
    """
    root = Path(path)
    names = _lines(_names_file(root))
    skipped: list[Skipped] = []
    folders = ImageFolders(root, IMAGE_FOLDERS)
    images: dict[str, Path] = {}
    for number, name in enumerate(names, 1):
        try:
            images[name] = folders.find(name)
        except ValueError as error:
            skipped.append(Skipped(f"{_names_file(root)}:{number}", str(error)))
    captions = [
        caption
        for file, lang in _caption_files(root)
        for caption in _captions(file, lang, names, images, skipped)
    ]
    splits = dict.fromkeys(images, SPLIT)
    return Dataset("xtd10", images, tuple(captions), splits, tuple(skipped))


def _names_file(root: Path) -> Path:
    for file in (root / "XTD10" / NAMES, root / NAMES):
        if file.is_file():
            return file
    raise DatasetError(f"{root} is not an XTD10 folder: no XTD10/{NAMES} in it")


def _caption_files(root: Path) -> list[tuple[Path, str]]:
    found = {}
    for file in sorted(root.glob("**/test_1kcaptions_*.txt")):
        if match := _CAPTIONS.fullmatch(file.name):
            lang = match["lang"]
            found[_LANGUAGES.get(lang, lang)] = file
    return [(found[lang], lang) for lang in sorted(found)]


def _captions(
    file: Path, lang: str, names: list[str], images: dict[str, Path], skipped: list[Skipped]
) -> list[Caption]:
    lines = _lines(file)
    if len(lines) != len(names):
        raise DatasetError(f"{file}: {len(lines):,} lines where {NAMES} has {len(names):,}")
    captions = []
    for number, (name, text) in enumerate(zip(names, lines, strict=True), 1):
        if name not in images:
            continue
        if fault := _fault(text):
            skipped.append(Skipped(f"{file}:{number}", fault))
        else:
            captions.append(Caption(f"{name}#{lang}", name, text, lang))
    return captions


def _fault(text: str) -> str:
    if not is_utf8(text):
        return "not UTF-8"
    if not text:
        return "empty caption"
    return "not translated" if text.lower().startswith(_UNTRANSLATED) else ""


def _lines(file: Path) -> list[str]:
    """Return all lines, blank ones too: they are counted."""
    return [line.strip() for line in read_text(file).rstrip("\n").split("\n")]
