"""visavis: images and texts, face to face in one vector space."""

from __future__ import annotations

from importlib import import_module

from visavis import errors
from visavis.errors import VisavisError
from visavis.version import __version__ as __version__

# Before the command has begun, Ctrl-C ends in a traceback: typing takes longer than all else here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from visavis.collection import Collection
    from visavis.datasets import Dataset, load_dataset
    from visavis.encoders import Encoder, load_encoder
    from visavis.evaluation import Report, evaluate
    from visavis.indexing import IndexReport, index
    from visavis.queries import Query, image, text
    from visavis.server.serve import serve
    from visavis.training.run import train
    from visavis.types import Box, Condition, Hit, Item, Near

_HOME_OF = {
    "Box": "visavis.types",
    "Collection": "visavis.collection",
    "Condition": "visavis.types",
    "Dataset": "visavis.datasets",
    "Encoder": "visavis.encoders",
    "Hit": "visavis.types",
    "IndexReport": "visavis.indexing",
    "Item": "visavis.types",
    "Near": "visavis.types",
    "Query": "visavis.queries",
    "Report": "visavis.evaluation",
    "evaluate": "visavis.evaluation",
    "image": "visavis.queries",
    "index": "visavis.indexing",
    "load_dataset": "visavis.datasets",
    "load_encoder": "visavis.encoders",
    "serve": "visavis.server.serve",
    "text": "visavis.queries",
    "train": "visavis.training.run",
}
_EXTRA_OF = {
    "visavis.server.serve": ("the server", "serve"),
    "visavis.training.run": ("training", "train"),
}
"""For modules that need an extra: the feature, and the extra to install."""

__all__ = [
    "Box",
    "Collection",
    "Condition",
    "Dataset",
    "Encoder",
    "Hit",
    "IndexReport",
    "Item",
    "Near",
    "Query",
    "Report",
    "VisavisError",
    "errors",
    "evaluate",
    "image",
    "index",
    "load_dataset",
    "load_encoder",
    "serve",
    "text",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, to keep `import visavis` cheap."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOME_OF[name]
    if home in _EXTRA_OF:
        from visavis.extras import import_extra

        return getattr(import_extra(home, *_EXTRA_OF[home]), name)
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
