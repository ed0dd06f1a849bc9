"""The tree of exceptions; each message names the value and what would be allowed."""

from __future__ import annotations

from collections.abc import Iterable


class VisavisError(Exception):
    """Base of all errors about a user's input; the message is one line, ready to be shown."""


class QueryError(VisavisError):
    """A query, filter or number of results that makes no sense.

    Common ones have a `code` and the `values` that the message quotes, for programs that say it in
    other words.
    """

    def __init__(self, message: str, code: str = "", **values: str) -> None:
        super().__init__(message)
        self.code, self.values = code, values


class ImageError(VisavisError):
    """An image that cannot be opened: `source` names it, `reason` says why."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason

    def __reduce__(self) -> tuple[type[ImageError], tuple[str, str]]:
        return type(self), (self.source, self.reason)  # a process pool pickles what it raises


class DatasetError(VisavisError):
    """A dataset that cannot be read at all; single bad rows are reported, not raised."""


class ModelError(VisavisError):
    """A model folder that is missing, incomplete or of an unknown format."""


class TrainingError(VisavisError):
    """A recipe, data or weights that cannot be trained with, or a failed run."""


class CollectionError(VisavisError):
    """A collection that is missing, unreadable or in use."""


class DamagedError(CollectionError):
    """Content of a collection that only damage or another program can have made."""


class RejectedError(CollectionError):
    """An item that the engine of a collection cannot keep."""


class UnavailableError(CollectionError):
    """A collection that another process is using, or whose server does not answer now."""


class DiskFullError(CollectionError):
    """A collection on a disk that is full."""


class ExpiredError(CollectionError):
    """A place in a history that is not kept any more, or of another collection."""


class DamagedVectorError(DamagedError):
    """A vector in a collection that is not what was written; indexing can make it again."""


class ModelMismatchError(CollectionError):
    """A collection made with one model was opened with another."""


class UnknownNameError(VisavisError):
    """An unknown name; the message suggests the nearest known one."""


class PluginError(VisavisError):
    """A plugin of another package that cannot be imported."""


class MissingExtraError(VisavisError):
    """An optional dependency is not installed; the message says what to install."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an extra: pip install 'visavis[{extra}]'")
        self.feature = feature
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return type(self), (self.feature, self.extra)


def reason(error: OSError) -> str:
    """Return the operating system's reason, in lower case like all messages."""
    return (error.strerror or str(error)).lower()


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's message, or the name of its class."""
    return str(error).strip().split("\n")[0] or type(error).__name__


def suggest(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return a hint for an unknown name: the nearest known one, or all of them."""
    from difflib import get_close_matches  # only needed after a mistake

    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {prefix + near[0]!r}?"
    return f"known: {', '.join(names) or 'none'}"
