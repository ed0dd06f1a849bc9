"""Collections by name, so that commands find them from any folder.

A name is a small file in the user's settings that holds the collection's location: two
processes that add names never overwrite each other's.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from visavis.cli.config import HERE, config_folder
from visavis.cli.output import tell
from visavis.errors import UnknownNameError, VisavisError, reason, suggest

_FILE = "collection.sqlite"  # as in `visavis.stores.sqlite`, which takes long to import
_NAME = re.compile(r"\w[\w. -]*")


def known_collections() -> dict[str, str]:
    """Return the locations of all known collections by name, in alphabetical order."""
    found = {}
    for file in sorted(config_folder("collections").glob("*")):
        with suppress(OSError, ValueError):  # forgotten meanwhile, or no text
            found[file.name] = file.read_text("utf-8").strip()
    return {
        name: location for name, location in found.items() if _NAME.fullmatch(name) and location
    }


def is_gone(location: str) -> bool:
    """Tell whether the place of a collection no longer exists; never of a database server."""
    return "://" not in location and not Path(location).exists()


def locate(collection: str, *, may_be_new: bool = False) -> str:
    """Return the location that a name stands for; a folder or URL stands for itself.

    A collection in the current folder goes before a name, and a name before a folder without a
    collection: then a line says which of the two is meant, and also if the collection `may_be_new`.
    """
    path = Path(collection)
    if not _NAME.fullmatch(collection) or path.is_file() or (path / _FILE).exists():
        return collection
    known = known_collections().get(collection)
    if known == str(path.absolute()):
        return collection
    if known and (may_be_new or path.exists()):
        tell(f"{collection} is the name of {known}; write ./{collection} for the folder")
    return known or collection


def only_collection() -> str:
    """Return the only collection that is known, or that of the current folder if there is none.

    Raises VisavisError if several are known.
    """
    there = {name: where for name, where in known_collections().items() if not is_gone(where)}
    if len(there) > 1:
        raise VisavisError(
            f"no collection here; name one with --collection, such as {', '.join(there)}"
        )
    return next(iter(there.values()), HERE)


def remember(location: str) -> None:
    """Give a collection in a folder a name, unless it has one: that of the folder it is in.

    The name is a convenience: if it cannot be written, nothing is lost.
    """
    if "://" in location:  # it may hold a password
        return
    folder = os.path.abspath(location)  # noqa: PTH100 - links stay as they are
    if folder in known_collections().values():
        return
    with suppress(OSError):
        config_folder("collections").mkdir(parents=True, exist_ok=True)
        for name in _free_names(Path(folder)):
            with suppress(FileExistsError):
                _write(name, folder)
                return


def _free_names(folder: Path) -> list[str]:
    stem = folder.parent.name if folder.name == HERE else folder.stem
    plain = re.sub(r"[^\w. -]+|^\W+", "", stem) or "collection"
    return [plain, *(f"{plain}-{number}" for number in range(2, 1000))]


def _write(name: str, location: str) -> None:
    """Write a name that is not taken; raises FileExistsError."""
    file = config_folder("collections", name)
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as opened:
        opened.write(f"{location}\n".encode(errors="surrogateescape"))


def name_collection(name: str, location: str) -> None:
    """Give a collection this name instead of the one it has; raises VisavisError."""
    if not _NAME.fullmatch(name):
        raise VisavisError(f"name {name!r}: use letters, digits, spaces, '.', '_' and '-'")
    where = location if "://" in location else os.path.abspath(location)  # noqa: PTH100
    known = known_collections()
    if known.get(name, where) != where:
        raise VisavisError(f"{name!r} is the name of {known[name]}; forget it first")
    try:
        config_folder("collections").mkdir(parents=True, exist_ok=True)
        if name not in known:
            _write(name, where)
        for other in known:
            if other != name and known[other] == where:
                forget(other)
    except OSError as error:
        raise VisavisError(f"{config_folder('collections', name)}: {reason(error)}") from None


def forget(name: str) -> None:
    """Forget a name; the collection itself stays. Raises UnknownNameError."""
    known = known_collections()
    if name not in known:
        raise UnknownNameError(f"unknown collection {name!r}; {suggest(name, known)}")
    config_folder("collections", name).unlink(missing_ok=True)
