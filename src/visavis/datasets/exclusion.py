"""Files and folders that are left out: rubbish by its name, and what a user's rules exclude.

Rules are written as in gitignore. Those of `--exclude` decide first, then the files called
`.visavisignore`, the one nearest to a file before those above it, then the rules built in. The last
rule of a list that fits decides; one that begins with `!` brings back what a weaker one excludes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visavis.datasets.text_files import is_utf8, read_text
from visavis.errors import DatasetError

if TYPE_CHECKING:
    from pathspec.pattern import RegexPattern

FILE = ".visavisignore"
HIDDEN = ".*"
"""The built-in rule for names that begin with a dot."""
FOLDERS = (
    "#recycle",
    "#snapshot",
    "$RECYCLE.BIN",
    "@eaDir",
    "@Recently-Snapshot",
    "@Recycle",
    "__MACOSX",
    "lost+found",
    "node_modules",
    "System Volume Information",
    "thumbnails",
    "thumbs",
)
"""Names of folders that systems, network drives and programs fill; upper case or lower."""
_FOLDERS = frozenset(name.casefold() for name in FOLDERS)
_FOLDER = "ps_d"
"""The group in pathspec's patterns that ends with the folder which a pattern names."""
_OWN = (FILE, ".visavis")


class Exclusion:
    """The rules for what lies below a folder, and what they left out.

    Folders are to be visited from the top down. Raises DatasetError for a rule that cannot be
    read: what is private must not be indexed because of a slip.
    """

    def __init__(
        self,
        root: str | Path,
        patterns: Sequence[str] = (),
        read: Callable[[str], str] = lambda file: read_text(Path(file)),
    ) -> None:
        self.excluded: dict[str, str] = {}
        """The rule that excluded each path; what lies in an excluded folder is not looked at."""
        base = os.path.join(root, "")  # noqa: PTH118
        self._first = _Rules.of(base, patterns, "--exclude")
        self._files: dict[str, tuple[_Rules, ...]] = {}
        self._read = read

    def enter(self, folder: str, files: Sequence[str]) -> None:
        """Read the rules in a folder that has these files."""
        rules = self._files.get(os.path.dirname(folder), ())  # noqa: PTH120
        if FILE in files:
            file = os.path.join(folder, FILE)  # noqa: PTH118
            base = os.path.join(folder, "")  # noqa: PTH118
            rules = (*_Rules.of(base, self._read(file).splitlines(), file), *rules)
        self._files[folder] = rules

    def kept(self, folder: str, names: Sequence[str], *, folders: bool) -> list[str]:
        """Return those of the names in a folder that no rule excludes, in alphabetical order."""
        rules = (*self._first, *self._files[folder])
        kept = []
        for name in sorted(names):
            rule = self._rule(folder, name, rules, is_folder=folders)
            if not rule:
                kept.append(name)
            elif name not in _OWN:
                self.excluded[os.path.join(folder, name)] = rule  # noqa: PTH118
        return kept

    def _rule(self, folder: str, name: str, rules: Sequence[_Rules], *, is_folder: bool) -> str:
        """Return the rule that excludes a file or folder, or an empty text."""
        if rules:
            path = os.path.join(folder, name) + (os.sep if is_folder else "")  # noqa: PTH118
            for each in rules:
                rule = each.check(path)
                if rule is not None:
                    return rule
        if name.startswith("."):
            return HIDDEN
        return name if is_folder and name.casefold() in _FOLDERS else ""


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule; it may be about names, in any folder, or about paths."""

    line: str
    pattern: RegexPattern
    by_name: bool

    def fits(self, path: str) -> bool:
        """Tell whether it names a path itself: the folders of the path were looked at before."""
        subject = path[path.rstrip("/").rfind("/") + 1 :] if self.by_name else path
        result = self.pattern.match_file(subject)
        if result is None:
            return False
        match = result.match
        folder = match.end(_FOLDER) if _FOLDER in match.re.groupindex else -1
        return folder in {-1, len(subject)}


@dataclass(frozen=True, slots=True)
class _Rules:
    """Rules of one list, for paths that begin with `base`; the strongest comes first."""

    base: str
    rules: tuple[_Rule, ...]

    @classmethod
    def of(cls, base: str, lines: Sequence[str], where: str) -> tuple[_Rules, ...]:
        """Compile a list of rules: none, if it is empty."""
        found = [line for line in lines if line.strip() and not line.startswith("#")]
        rules = tuple(_compile(line, where) for line in reversed(found))
        return (cls(base, rules),) if rules else ()

    def check(self, path: str) -> str | None:
        """Return the rule that excludes a path, "" if one brings it back, None if none fits."""
        relative = path[len(self.base) :].replace(os.sep, "/")
        for rule in self.rules:
            if rule.fits(relative):
                return rule.line if rule.pattern.include else ""
        return None


def _compile(line: str, where: str) -> _Rule:
    if not is_utf8(line):
        raise DatasetError(f"{where}: a rule is not UTF-8: {line!a}")
    from pathspec import GitIgnoreSpec  # few people have rules

    try:
        (pattern,) = GitIgnoreSpec.from_lines([line]).patterns
    except ValueError:
        raise DatasetError(
            f"{where}: {line!r} is no rule; write them as in gitignore, such as '*.png' or 'raw/'"
        ) from None
    return _Rule(line, pattern, by_name="/" not in line.removeprefix("!").rstrip()[:-1])
