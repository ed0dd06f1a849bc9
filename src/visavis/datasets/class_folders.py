"""Class folders, as for image classification: the name of a folder says what its images show.

    FOLDER/golden_retriever/*.jpg            or FOLDER/train/…, FOLDER/val/…: splits
    FOLDER/classes.tsv                       folder<TAB>English name<TAB>French name, optional

An image is captioned "a photo of a golden retriever", and in French if a French name is given.
Folder names are English; underscores stand for spaces.
"""

from __future__ import annotations

from pathlib import Path

from visavis.datasets.base import DATASETS, NO_SPLIT, Caption, Dataset, ImageClass, Skipped
from visavis.datasets.prompts import caption
from visavis.datasets.text_files import read_lines
from visavis.errors import DatasetError
from visavis.image_formats import IMAGE_SUFFIXES

SPLITS = {"train": "train", "val": "dev", "valid": "dev", "dev": "dev", "test": "test"}
NAMES = "classes.tsv"
_FIELDS = 3


@DATASETS.register("classes")
def read_class_folders(path: str) -> Dataset:
    """Read class folders; invalid lines of `classes.tsv` are skipped.

    Raises DatasetError if the folder does not exist or has no subfolders.
    """
    root = Path(path)
    folders = _folders(root) if root.is_dir() else []
    if not folders:
        raise DatasetError(f"{root}: no class folders; expected FOLDER/CLASS/*.jpg")
    skipped: list[Skipped] = []
    names = _names(root / NAMES, skipped)
    images: dict[str, Path] = {}
    splits: dict[str, str] = {}
    classes: dict[str, ImageClass] = {}
    for folder, split in folders:
        english = {"en": folder.name.replace("_", " ")}
        shown = ImageClass(folder.name, names.get(folder.name, english))
        for file in sorted(folder.rglob("*")):
            if file.suffix.lower() in IMAGE_SUFFIXES:
                key = file.relative_to(root).as_posix()
                images[key], splits[key], classes[key] = file, split, shown
    captions = tuple(
        Caption(f"{key}#{lang}", key, caption(name, lang), lang)
        for key, shown in classes.items()
        for lang, name in shown.names.items()
    )
    return Dataset(root.resolve().name, images, captions, splits, tuple(skipped), classes=classes)


def _folders(root: Path) -> list[tuple[Path, str]]:
    """List the class folders with their splits, in alphabetical order."""
    inner = [each for each in sorted(root.iterdir()) if each.is_dir() and each.name[0] != "."]
    if not inner or not all(each.name in SPLITS for each in inner):
        return [(each, NO_SPLIT) for each in inner]
    return [(each, SPLITS[top.name]) for top in inner for each, _ in _folders(top)]


def _names(file: Path, skipped: list[Skipped]) -> dict[str, dict[str, str]]:
    """Read the names of classes by language, by folder; the French name may be empty."""
    names = {}
    for where, line in read_lines(file, skipped) if file.exists() else ():
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != _FIELDS or not (cells[0] and cells[1]):
            skipped.append(Skipped(where, "expected FOLDER, a tab, ENGLISH, a tab, FRENCH"))
            continue
        folder, english, french = cells
        names[folder] = {"en": english, "fr": french} if french else {"en": english}
    return names
