"""The application: routes, middleware and lifespan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from starlette.routing import Router
from starlette.types import Lifespan

from visavis.collection import Collection
from visavis.server import device_page, openapi, problems
from visavis.server.compression import JsonCompression
from visavis.server.middleware import SecurityMiddleware
from visavis.server.routes import (
    changes,
    duplicates,
    events,
    health,
    images,
    items,
    listing,
    marks,
    originals,
    predict,
    search,
)
from visavis.server.routes import collection as collection_routes
from visavis.server.settings import Settings
from visavis.server.state import ServerState
from visavis.server.static_files import FOLDER, PageFiles
from visavis.version import __version__

API = "/api/v1"


def create_app(collection: Collection, settings: Settings | None = None) -> FastAPI:
    """Create an application that serves a collection.

    The model is loaded at startup. The caller closes the collection after shutdown.
    """
    settings = settings or Settings()
    state = ServerState(collection, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(state.warm_up)
        try:
            yield
        finally:
            await asyncio.to_thread(state.close)

    app = _application(lifespan)
    app.state.server = state
    app.add_route("/device", device_page.redirect, include_in_schema=False)
    device = Router(device_page.routes())
    app.mount("/device", GZipMiddleware(device, compresslevel=6), name="device")
    if (FOLDER / "index.html").is_file():
        app.mount("/", GZipMiddleware(PageFiles(FOLDER)), name="page")
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=["ETag", "Retry-After"],
        )
    app.add_middleware(JsonCompression)
    app.add_middleware(SecurityMiddleware, settings=settings, metrics=state.metrics, prefix=API)
    return app


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document, which is the same for every collection."""
    return _application().openapi()


def _application(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    app = FastAPI(
        title="visavis",
        summary="Search images with texts and texts with images.",
        version=__version__,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # they would load scripts of other sites
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
        lifespan=lifespan,
    )
    problems.install(app)
    openapi.install(app)
    of_items = search, listing, changes, items, marks, originals, images, duplicates
    for routes in (*of_items, collection_routes, events):
        app.include_router(routes.router, prefix=API)
    app.include_router(health.router)
    app.include_router(predict.router)
    return app
