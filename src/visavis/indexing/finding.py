"""Find the images and texts in folders, files and datasets."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from visavis.collection import text_id
from visavis.datasets import Dataset, Skipped, load_dataset
from visavis.datasets.base import NO_SPLIT
from visavis.datasets.exclusion import HIDDEN
from visavis.datasets.folder import LANGUAGE, read_folder
from visavis.datasets.text_files import is_utf8, read_lines
from visavis.embedded import CAPTION_KEYS
from visavis.embedded.sidecar import sidecar_of, sidecars_beside
from visavis.errors import DatasetError, MissingExtraError
from visavis.indexing.finding_remote import find_remote
from visavis.remote import is_remote, local_path, status_of
from visavis.types import Item, Metadata
from visavis.videos import is_video, split_moment

MAX_TEXT_BYTES = 64_000_000
"""Larger text files are refused."""
MAX_LETTERS = 10_000
"""Longer texts are skipped: the model reads their first hundreds of letters at most."""
_EMBEDDED = re.compile(rf"#({'|'.join(CAPTION_KEYS)})(@[a-z]{{2,3}})?\Z")
DATASET = "dataset"
"""The key of metadata that names the dataset an image or text came with."""
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".parquet")


class Findings:
    """Images and texts that were found, by source.

    The source of an image is its absolute path, or its URL. The source of a text is a path and a
    position: `texts.txt#3` is the third line of a file, `dog.jpg#0` the first caption of an image
    in a folder, `flickr8k:folder#key` a caption of a dataset. Texts in image files, such as
    `dog.jpg#description@fr`, are found when these are read.
    """

    def __init__(self) -> None:
        self.images: dict[str, Metadata] = {}
        self.texts: dict[str, Item] = {}
        self.skipped: list[Skipped] = []
        self.passed_over: Counter[str] = Counter()
        """Files of folders that are neither images nor captions, by suffix."""
        self.excluded: dict[str, str] = {}
        """The rule that left out each path in folders."""
        self.roots: list[str] = []
        """Beginnings of all sources that belong to what was searched."""
        self.vanished: list[str] = []
        """Absolute paths that were named as sources and are gone."""
        self.frames: dict[str, set[str]] = {}
        """Sources of the frames of those videos that were read again."""
        self.sidecars: dict[str, Path] = {}
        """The XMP file beside an image, by the source of the image."""
        self._files: set[str] = set()

    def only(self, sources: Iterable[str]) -> Findings:
        """Return findings of some of these images and texts alone."""
        part = Findings()
        for source in sources:
            if source in self.images:
                part.images[source] = self.images[source]
                if sidecar := self.sidecars.get(source):
                    part.sidecars[source] = sidecar
            else:
                part.texts[source] = self.texts[source]
        return part

    def restrict(self, holds: Callable[[str], bool]) -> None:
        """Keep only the sources that `holds` accepts, also of those that were skipped."""
        self.images = {name: each for name, each in self.images.items() if holds(name)}
        self.texts = {name: each for name, each in self.texts.items() if holds(name)}
        self.skipped = [each for each in self.skipped if holds(each.where)]

    def has_lost(self, source: str) -> bool:
        """Tell whether a known source has vanished from what was searched, or is excluded now."""
        below = source.startswith(tuple(self.roots))
        return below and (self.is_gone(source) or self._is_excluded(source))

    def _is_excluded(self, source: str) -> bool:
        """Tell whether rules leave out a known source; a hidden one was asked for by its name."""
        if not self.excluded or source in self.images or source in self.texts:
            return False
        paths = (Path(source), Path(source.rpartition("#")[0]))
        places = (str(place) for path in paths for place in (path, *path.parents))
        return any(self.excluded.get(place, HIDDEN) != HIDDEN for place in places)

    def is_gone(self, source: str) -> bool:
        """Tell whether a known source was not found, and its file is nowhere any more."""
        if source in self.images or source in self.texts or not is_gone(source):
            return False
        file, moment = split_moment(source)
        if moment is not None:
            known = self.frames.get(file)
            return is_gone(file) if known is None else source not in known
        if is_embedded(source):  # only who reads the image knows which texts are in it
            return is_gone(source.rpartition("#")[0])
        read_from = file_of_text(source)
        return read_from is None or read_from in self._files

    def add_image(self, path: Path) -> None:
        """Add one image file or video, whatever its name."""
        file = _absolute(path)
        self.roots += [f"{file}#t="] if is_video(file) else []
        self._add_image(file, {})
        sidecar = sidecar_of(path.name, sidecars_beside(Path(file)))
        self.sidecars |= {file: sidecar} if sidecar and not is_video(file) else {}

    def add_text_file(self, path: Path) -> None:
        """Add each line of a text file; `texts.fr.txt` is in French.

        Raises DatasetError for a file that is too large.
        """
        file = _absolute(path)
        self.roots.append(f"{file}#")
        self._files.add(file)
        match = LANGUAGE.fullmatch(path.stem)
        metadata = {"lang": match["lang"]} if match else {}
        for where, line in read_lines(path, self.skipped, MAX_TEXT_BYTES):
            self._add_text(f"{file}#{where.rpartition(':')[2]}", line.strip(), metadata)

    def add_folder(self, path: Path, exclude: Sequence[str] = ()) -> None:
        """Add the images below a folder, and the captions beside them, but what rules exclude."""
        root = _absolute(path)
        self.roots.append(str(Path(root, "_"))[:-1])
        self._add_dataset(read_folder(root, exclude), "", {})

    def add_remote(self, url: str, exclude: Sequence[str] = ()) -> bool:
        """Add the images at a URL, as in a folder; return whether there is anything."""
        remote = find_remote(url, exclude)
        if remote is None:
            return False
        self.roots.append(remote.root)
        self.skipped += remote.skipped
        self.passed_over.update(remote.passed_over)
        self.excluded.update(remote.excluded)
        for image in remote.images:
            self._add_image(image, {})
        return True

    def add_vanished(self, path: Path | str) -> None:
        """Add a file or folder that is gone: what was found there is to be marked as missing."""
        gone = _absolute(path)
        self.vanished.append(gone)
        self.roots += [f"{gone}#", os.path.join(gone, "")]  # noqa: PTH118

    def add_dataset(self, name: str, path: Path, columns: str = "") -> None:
        """Add all splits of a dataset, without machine translations; see `load_dataset`."""
        root = Path(_absolute(path))
        name = f"{name}:{root}" if name else str(root)
        dataset = load_dataset(name, columns)
        folder = root if root.is_dir() else root.parent
        self._files |= {str(root)} if root.is_file() else set()
        self.roots += [f"{name}#", str(folder / "_")[:-1]]
        self._add_dataset(dataset, f"{name}#", {DATASET: dataset.name})

    def _add_dataset(self, dataset: Dataset, prefix: str, metadata: Metadata) -> None:
        """Add images and captions; the sources of captions begin with the prefix, if any."""
        paths = {key: _absolute(path) for key, path in dataset.images.items()}
        about: dict[str, Metadata] = {
            split: metadata if split == NO_SPLIT else {**metadata, "split": split}
            for split in set(dataset.splits.values())
        }
        self.skipped += dataset.skipped
        self.passed_over.update(dataset.passed_over)
        self.excluded.update(dataset.excluded)
        for video in dataset.videos:
            self._add_image(_absolute(video), metadata)
        for key, path in paths.items():
            own = dataset.metadata.get(key, {})
            self._add_image(path, {**own, **about[dataset.splits[key]]})
        self.sidecars |= {paths[key]: path for key, path in dataset.sidecars.items()}
        for caption in dataset.captions:
            if caption.machine:
                continue
            image = paths[caption.image]
            source = (
                prefix + caption.key if prefix else caption.key.replace(caption.image, image, 1)
            )
            more = {"lang": caption.lang, "image": image, **about[dataset.splits[caption.image]]}
            self._add_text(source, caption.text, more)

    def _add_image(self, path: str, metadata: Metadata) -> None:
        self._files.add(path)
        if is_utf8(path):
            self.images[path] = metadata
        else:
            shown = os.fsencode(path).decode(errors="replace")
            self.skipped.append(Skipped(shown, "its name is not UTF-8; rename it"))

    def _add_text(self, source: str, text: str, metadata: Metadata) -> None:
        if len(text) > MAX_LETTERS:
            why = f"a text of {len(text):,} letters; at most {MAX_LETTERS:,} are read"
            self.skipped.append(Skipped(source, why))
            return
        item = text_id(text, metadata.get("lang", ""))
        self.texts[source] = Item(item, "text", source, text, metadata)


def find(
    sources: Iterable[str | Path],
    *,
    vanished: bool = False,
    columns: str = "",
    exclude: Sequence[str] = (),
) -> Findings:
    """Find what is in folders, image files, text files, and datasets named as `reader:path`.

    Folders and image files may be URLs that fsspec reads, such as `s3://bucket/photos`.

    With `vanished`, a file or folder that is gone is accepted, so that `index` marks what it
    found there as missing. `columns`, such as `image=filepath,text=title`, names the columns of
    tables; all sources must then be tables. `exclude` are rules for the contents of folders, as
    in gitignore; what was found there earlier is then marked as missing.

    Raises DatasetError for any other source that does not exist, for one without a name, and for
    a rule that cannot be read.
    """
    findings = Findings()
    for source in sources:
        name = local_path(str(source)) or str(source)
        look = _look_at_url if is_remote(name) else _look_in
        look(findings, name, vanished=vanished, columns=columns, exclude=exclude)
    return findings


def _look_in(
    findings: Findings, source: str, *, vanished: bool, columns: str, exclude: Sequence[str]
) -> None:
    if not source.strip():  # an unset shell variable must not mean the current folder
        raise DatasetError("a source has an empty name; write '.' for this folder")
    path = Path(source).expanduser()
    reader, colon, rest = source.partition(":")
    is_table = path.is_file() and path.suffix.lower() in TABLES
    if columns and not is_table and (path.exists() or reader == "folder"):
        raise DatasetError(f"{source} is not a table; --columns is for tables alone")
    if path.is_dir():
        findings.add_folder(path, exclude)
    elif path.is_file() and path.suffix.lower() == ".txt":
        findings.add_text_file(path)
    elif is_table:
        findings.add_dataset("", path, columns)
    elif path.is_file():
        findings.add_image(path)
    elif colon and reader == "folder":
        findings.add_folder(Path(rest).expanduser(), exclude)
    elif colon:
        findings.add_dataset(reader, Path(rest).expanduser(), columns)
    elif vanished:
        findings.add_vanished(path)
    else:
        raise DatasetError(f"{source}: no such file or folder; {_hint(source)}")


def _look_at_url(
    findings: Findings, url: str, *, vanished: bool, columns: str, exclude: Sequence[str]
) -> None:
    if columns:
        raise DatasetError(f"{url} is not a table; --columns is for tables alone")
    if findings.add_remote(url, exclude):
        return
    if not vanished:
        raise DatasetError(f"{url}: no such file or folder; {_hint(url)}")
    findings.add_vanished(url)


def is_embedded(source: str) -> bool:
    """Tell whether a source is a text in an image file: `dog.jpg#description@fr`."""
    return _EMBEDDED.search(source) is not None


def _hint(source: str) -> str:
    if re.search(r"[*?]", source):
        return "write patterns without quotes, for the shell"
    return "if it was indexed before, `index --vanished` marks its files as missing"


def _absolute(path: Path | str) -> str:
    if is_remote(path):
        return str(path).rstrip("/")
    return os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps `..`, resolve follows links


def file_of_text(source: str) -> str | None:
    """Return the file that a text is of, None if it is gone: `a.csv` of `a.csv#b.png#0`."""
    files = (file for file in before_marks(source) if not (is_gone(file) or Path(file).is_dir()))
    return next(files, None)


def before_marks(source: str) -> Iterator[str]:
    """Yield what stands before each `#` of a source, the longest first."""
    file, mark, _ = source.rpartition("#")
    while mark:
        yield file
        file, mark, _ = file.rpartition("#")


def is_gone(path: str) -> bool:
    """Tell whether nothing is at a path; a folder that may not be read proves nothing."""
    try:
        status_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError, MissingExtraError):
        return False
    return False
