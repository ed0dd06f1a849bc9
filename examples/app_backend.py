"""The backend of an app: its own routes, and visavis' page and API below /search.

uvicorn --factory app_backend:backend      # in examples/, after `visavis index ~/Pictures`
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from visavis import Collection
from visavis.server import create_app


def backend(location: str | Path | None = None) -> FastAPI:
    """Make the application; the collection is that of VISAVIS_COLLECTION by default."""
    photos = Collection.open(location or os.environ.get("VISAVIS_COLLECTION", ".visavis"))
    search = create_app(photos)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # A mounted application is not started by the one around it.
        async with search.router.lifespan_context(search):
            yield
        photos.close()

    app = FastAPI(title="An app of your own", lifespan=lifespan)

    @app.get("/albums/{word}")
    def album(word: str, k: int = 20) -> list[str]:
        """List the photographs that fit a word: a route of your own over the same collection."""
        return [hit.source for hit in photos.search(word, k)]

    app.mount("/search", search)
    return app
