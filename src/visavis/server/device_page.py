"""The page that searches in the browser itself: its files, and those of the bundled model."""

from __future__ import annotations

import hashlib
import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount, Route

from visavis.encoders.resolve import BUNDLED
from visavis.errors import VisavisError
from visavis.server.static_files import PageFiles

FOLDER = Path(__file__).parent / "device"
"""What `make device-page` builds; too large to be kept with the sources."""

NOT_BUILT = "The device page is not part of this installation; in the repository, make device-page builds it.\n"
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@cache
def listing(model: Path = BUNDLED) -> dict[str, Any]:
    """Describe the files of a model, each at an address that changes with its content."""
    info = json.loads((model / "model.json").read_text("utf-8"))
    files = {}
    for name in (
        "model.json",
        info["image"]["file"],
        info["text"]["file"],
        info["text"]["tokenizer"],
    ):
        data = (model / name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        files[name] = {"url": f"model/{digest[:16]}/{name}", "bytes": len(data), "sha256": digest}
    return {"format": 1, "model": {"id": info["id"], "files": files}}


def routes() -> list[BaseRoute]:
    """Return the routes below /device: the page, or one line that says it was not built."""
    if not (FOLDER / "index.html").is_file():
        return [Route("/", _not_built)]
    return [
        Route("/device.json", _listing),
        Route("/model/{digest}/{name}", _model_file),
        Mount("/", PageFiles(FOLDER)),
    ]


def write_site(folder: Path) -> int:
    """Copy the page with the bundled model to a folder for any static host; return its bytes.

    Raises VisavisError if the page was not built.
    """
    if not (FOLDER / "index.html").is_file():
        raise VisavisError("the device page is not built: make device-page")
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    found = listing()
    (folder / "device.json").write_text(json.dumps(found), "utf-8")
    for name, file in found["model"]["files"].items():
        target = folder / file["url"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BUNDLED / name, target)
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def _not_built(_: Request) -> Response:
    return PlainTextResponse(NOT_BUILT, 404)


def _listing(_: Request) -> Response:
    return JSONResponse(listing(), headers={"Cache-Control": "no-cache"})


def _model_file(request: Request) -> Response:
    digest, name = request.path_params["digest"], request.path_params["name"]
    known = listing()["model"]["files"].get(name)
    if not known or known["url"] != f"model/{digest}/{name}":
        return PlainTextResponse("no such file of the model\n", 404)
    return FileResponse(BUNDLED / name, headers=_FOR_EVER)


def redirect(_: Request) -> Response:
    """Lead to the page's folder, to which its addresses are relative."""
    return RedirectResponse("device/", 307)
