"""visavis: images and texts, face to face in one vector space."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from visavis.collection import Collection
    from visavis.encoders import Encoder, load_encoder
    from visavis.errors import VisavisError
    from visavis.queries import Query, image, text
    from visavis.types import Box, Hit, Item

_HOME_OF = {
    "Box": "visavis.types",
    "Collection": "visavis.collection",
    "Encoder": "visavis.encoders",
    "Hit": "visavis.types",
    "Item": "visavis.types",
    "Query": "visavis.queries",
    "VisavisError": "visavis.errors",
    "image": "visavis.queries",
    "load_encoder": "visavis.encoders",
    "text": "visavis.queries",
}

__all__ = [
    "Box",
    "Collection",
    "Encoder",
    "Hit",
    "Item",
    "Query",
    "VisavisError",
    "image",
    "load_encoder",
    "text",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that `import visavis` costs nothing."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
