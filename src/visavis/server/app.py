"""The application: routes, what stands before them, and the life of what they share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware

from visavis import __version__
from visavis.collection import Collection
from visavis.server import openapi, problems
from visavis.server.guard import Guard
from visavis.server.page import FOLDER, Page
from visavis.server.routes import collection as collection_routes
from visavis.server.routes import health, images, items, search
from visavis.server.service import Service
from visavis.server.settings import Settings

API = "/api/v1"


def create_app(collection: Collection, settings: Settings | None = None) -> FastAPI:
    """Make an application that serves a collection; its caller opens and closes that.

    The model is loaded when the application starts.
    """
    settings = settings or Settings()
    service = Service(collection, settings)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(service.warm_up)
        try:
            yield
        finally:
            await asyncio.to_thread(service.close)

    app = FastAPI(
        title="visavis",
        summary="Search images with texts and texts with images.",
        version=__version__,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # they would load scripts of other sites
        redoc_url=None,
        lifespan=life,
    )
    app.state.service = service
    problems.install(app)
    openapi.install(app)
    for routes in (search, items, images, collection_routes):
        app.include_router(routes.router, prefix=API)
    app.include_router(health.router)
    if (FOLDER / "index.html").is_file():
        app.mount("/", GZipMiddleware(Page(FOLDER)), name="page")
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=["ETag", "Retry-After"],
        )
    app.add_middleware(Guard, settings=settings, metrics=service.metrics, prefix=API)
    return app
