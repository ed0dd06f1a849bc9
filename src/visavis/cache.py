"""Where things are kept that can be made or fetched again: the user's cache folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "VISAVIS_CACHE"


def cache_folder(*parts: str) -> Path:
    """Return the folder `parts` inside of visavis's cache; it may not exist yet.

    The environment variable VISAVIS_CACHE names the cache, else it lies where the system keeps
    caches: XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%.
    """
    return (Path(own) if (own := os.environ.get(VARIABLE)) else _system_cache()).joinpath(*parts)


def _system_cache() -> Path:
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "visavis"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "visavis"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "visavis"
