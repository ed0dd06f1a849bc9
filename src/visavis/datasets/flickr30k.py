"""Flickr30k in its two common layouts.

    FOLDER/results_20130124.token       image#n<TAB>caption, as published
    FOLDER/results.csv                  image_name| comment_number| comment
    FOLDER/flickr30k_images/*.jpg       or flickr30k-images/, or images/

The original has no splits. For splits, use Karpathy's `dataset_flickr30k.json`: see `karpathy`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from visavis.datasets.base import DATASETS, NO_SPLIT, Dataset, Skipped
from visavis.datasets.tables import read_csv_with_images
from visavis.datasets.token_files import read_token_file
from visavis.errors import DatasetError

IMAGE_FOLDERS = ("flickr30k_images", "flickr30k-images", "images", ".")


@DATASETS.register("flickr30k")
def read_flickr30k(path: str) -> Dataset:
    """Read a Flickr30k folder, or one of its caption files; invalid lines are skipped.

    Raises DatasetError if there are no captions or no images.
    """
    file = _caption_file(Path(path))
    if file.suffix == ".csv":
        return read_csv_with_images(str(file), IMAGE_FOLDERS)
    images = {image.name: image for image in _images(file)}
    skipped: list[Skipped] = []
    captions = tuple(read_token_file(file, images, skipped, Counter()))
    splits = dict.fromkeys(images, NO_SPLIT)
    return Dataset(file.stem, images, captions, splits, tuple(skipped))


def _caption_file(path: Path) -> Path:
    if path.is_file():
        return path
    found = [*sorted(path.glob("*.token")), *path.glob("results.csv")]
    if not found:
        expected = "expected results_20130124.token or results.csv in it"
        raise DatasetError(f"{path} is not a Flickr30k folder: no captions, {expected}")
    return found[0]


def _images(captions: Path) -> list[Path]:
    for folder in IMAGE_FOLDERS:
        if found := sorted((captions.parent / folder).glob("*.jpg")):
            return found
    expected = " or ".join(f"{folder}/*.jpg" for folder in IMAGE_FOLDERS)
    raise DatasetError(f"{captions}: not of Flickr30k: no images beside it, expected {expected}")
