"""A collection being served: its threads, its caches, its settings."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from visavis.collection import Collection
from visavis.server.bodies import Bodies
from visavis.server.cache import Cache
from visavis.server.metrics import Metrics
from visavis.server.settings import Settings
from visavis.server.workers import Workers
from visavis.stores import Stats
from visavis.types import Hit

_HITS = 10_000
_VIEWS = 16
_IMAGES = 64_000_000
_IMAGES_WAITING = 128
_WRITES_WAITING = 8


class Service:
    """What the routes share. `ready` says whether queries will be answered at once."""

    def __init__(self, collection: Collection, settings: Settings) -> None:
        self.collection, self.settings = collection, settings
        seconds, threads = settings.answer_seconds, settings.threads
        self.queries = Workers("query", threads, settings.queries, seconds)
        self.images = Workers("image", threads, _IMAGES_WAITING, seconds)
        self.writes = Workers("write", 1, _WRITES_WAITING, seconds)
        self.bodies = Bodies(settings.body_seconds)
        self.answers: Cache[tuple[Hit, ...]] = Cache(_HITS, lambda hits: len(hits) + 1)
        self.views: Cache[Any] = Cache(_VIEWS)
        self.thumbnails: Cache[bytes] = Cache(_IMAGES, len)
        self.metrics = Metrics(self)
        self.ready = False

    def warm_up(self) -> None:
        """Load both encoders and the vectors, so that the first query is as fast as others."""
        if self.ready:
            return
        encoder = self.collection.encoder
        side = encoder.image_size
        encoder.encode_images([np.zeros((side, side, 3), np.uint8)])
        self.collection.search("warm", 1, None)
        self.ready = True

    def check(self) -> None:
        """Search; raises VisavisError if the collection cannot be read or has another model now."""
        store = self.collection.store
        store.search(np.ones((1, store.dim), np.float32), 1)

    def stats(self) -> tuple[int, Stats]:
        """Return the generation of the collection and what it holds."""
        generation = self.collection.store.generation
        stats: Stats = self.view(("stats", generation), self.collection.stats)
        return generation, stats

    def view(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return something made of the whole collection, made once for each key."""
        known = self.views.get(key)
        if known is None:
            known = make()
            self.views.put(key, known)
        return known

    def close(self) -> None:
        """Let running work end."""
        self.ready = False
        for workers in (self.queries, self.images, self.writes):
            workers.close()
