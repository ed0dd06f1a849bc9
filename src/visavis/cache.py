"""The user's cache directory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "VISAVIS_CACHE"


def cache_folder(*parts: str) -> Path:
    """Return the folder `parts` inside the cache; it may not exist yet.

    The cache is VISAVIS_CACHE if that is set, else a folder where the system keeps caches:
    XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%.
    """
    return (Path(own) if (own := os.environ.get(VARIABLE)) else _system_cache()).joinpath(*parts)


def _system_cache() -> Path:
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "visavis"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "visavis"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "visavis"
