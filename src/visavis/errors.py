"""One short tree of exceptions; each message names the value and what would be allowed."""

from __future__ import annotations


class VisavisError(Exception):
    """Something the user gave was wrong; the message is one line, fit to be shown as it is."""


class QueryError(VisavisError):
    """A search query, filter or number of results that cannot be understood."""


class ImageError(VisavisError):
    """A picture that cannot be opened: `source` names it, `reason` says why."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class DatasetError(VisavisError):
    """A dataset that cannot be read at all (single bad rows are reported, not raised)."""


class ModelError(VisavisError):
    """A model folder that is missing, incomplete or of an unknown format."""


class TrainingError(VisavisError):
    """A recipe, its data or its weights that cannot be trained with, or a run gone wrong."""


class CollectionError(VisavisError):
    """A collection that is missing, unreadable or in use."""


class ModelMismatchError(CollectionError):
    """A collection made with one model was opened with another."""


class UnknownNameError(VisavisError):
    """A name that no registered thing has; the message names the nearest one."""


class MissingExtraError(VisavisError):
    """An optional dependency is not installed; the message says what to install."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an extra: pip install 'visavis[{extra}]'")
