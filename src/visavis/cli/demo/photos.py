"""The photographs in the package scikit-image."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from visavis.errors import MissingExtraError

PHOTOS = {
    "astronaut.png": "astronaut.png",
    "bricks.png": "brick.png",
    "cat.png": "chelsea.png",
    "coffee.png": "coffee.png",
    "coins.png": "coins.png",
    "eye.jpg": "retina.jpg",
    "galaxies.jpg": "hubble_deep_field.jpg",
    "grass.png": "grass.png",
    "gravel.png": "gravel.png",
    "handwriting.png": "text.png",
    "horse.png": "horse.png",
    "moon.png": "moon.png",
    "motorcycle.png": "motorcycle_left.png",
    "motorcycle-again.png": "motorcycle_right.png",
    "page.png": "page.png",
    "photographer.png": "camera.png",
    "rocket.jpg": "rocket.jpg",
    "tissue.png": "ihc.png",
}
"""Our name for each photograph, and scikit-image's."""


def copy_photos(folder: Path) -> int:
    """Copy the photographs that are installed, and return how many; nothing is downloaded.

    Raises MissingExtraError if scikit-image is not installed.
    """
    data = _data_folder()
    there = {name: data / file for name, file in PHOTOS.items() if (data / file).is_file()}
    if not there:
        raise MissingExtraError("the demo, which shows photographs of scikit-image,", "demo")
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in there.items():
        shutil.copyfile(file, folder / name)
    return len(there)


def _data_folder() -> Path:
    # Importing skimage.data may set up downloads; only its files are needed.
    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("the demo, which shows photographs of scikit-image,", "demo")
    return Path(spec.submodule_search_locations[0]) / "data"
