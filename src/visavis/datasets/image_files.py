"""The image files of a dataset, named relative to one of several folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from visavis.datasets.addresses import fetched_file, is_address


class ImageFolders:
    """The folders where a dataset's images may be: `root`, then its subfolders `names`."""

    def __init__(self, root: Path, names: Sequence[str] = ()) -> None:
        self._root = root
        self._folders = [root, *(root / name for name in names if name)]

    def find(self, name: str) -> Path:
        """Return the file called `name`, or that of a fetched web address.

        Raises ValueError if there is none.
        """
        if is_address(name):
            return fetched_file(name)
        for number, folder in enumerate(self._folders):
            if _is_file(folder / name):
                self._folders.insert(
                    0, self._folders.pop(number)
                )  # the next one is probably there too
                return folder / name
        raise ValueError(f"no image {self._root / name}"[:300])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, with a null byte, or in a folder that may not be read
        return False
