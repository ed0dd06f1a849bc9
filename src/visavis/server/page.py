"""The built page: files that come with the package."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
_YEAR = 365 * 24 * 3600


class Page(StaticFiles):
    """Files that browsers keep for good if their name holds a hash, and else ask for again."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with a file."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        hashed = Path(full_path).parent.name == "assets"
        keep = f"public, max-age={_YEAR}, immutable" if hashed else "no-cache"
        response.headers["Cache-Control"] = keep
        return response
