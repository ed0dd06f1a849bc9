"""The built page, served from the package."""

from __future__ import annotations

import os
from http import HTTPStatus
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"


class PageFiles(StaticFiles):
    """Static files that browsers revalidate: file names do not change between builds."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or for an unknown address a page to browsers and a problem to programs."""
        response = await super().get_response(path, scope)
        if response.status_code == HTTPStatus.NOT_FOUND and "text/html" not in _accepted(scope):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return response

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return a file with `Cache-Control: no-cache`."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _accepted(scope: Scope) -> str:
    return Headers(scope=scope).get("accept", "")
