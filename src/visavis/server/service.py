"""A collection being served: its threads, its caches, its settings."""

from __future__ import annotations

import numpy as np

from visavis.collection import Collection
from visavis.server.bodies import Bodies
from visavis.server.cache import Cache
from visavis.server.metrics import Metrics
from visavis.server.settings import Settings
from visavis.server.workers import Workers
from visavis.stores import Stats

_ANSWERS = 512
_PICTURES = 64_000_000
_PICTURES_WAITING = 128
_WRITES_WAITING = 8


class Service:
    """What the routes share. `ready` says whether queries will be answered at once."""

    def __init__(self, collection: Collection, settings: Settings) -> None:
        self.collection, self.settings = collection, settings
        seconds, threads = settings.answer_seconds, settings.threads
        self.queries = Workers("query", threads, settings.queries, seconds)
        self.pictures = Workers("picture", threads, _PICTURES_WAITING, seconds)
        self.writes = Workers("write", 1, _WRITES_WAITING, seconds)
        self.bodies = Bodies(settings.body_seconds)
        self.answers: Cache[object] = Cache(_ANSWERS)
        self.thumbnails: Cache[bytes] = Cache(_PICTURES, len)
        self.metrics = Metrics(self)
        self.ready = False

    def warm_up(self) -> None:
        """Load both encoders and the vectors, so that the first query is as fast as others."""
        encoder = self.collection.encoder
        side = encoder.image_size
        encoder.encode_images([np.zeros((side, side, 3), np.uint8)])
        self.collection.search("warm", 1, None)
        self.ready = True

    def stats(self) -> tuple[int, Stats]:
        """Return the generation of the collection and what it holds."""
        generation = self.collection.store.generation
        known = self.answers.get(("stats", generation))
        if not isinstance(known, Stats):
            known = self.collection.stats()
            self.answers.put(("stats", generation), known)
        return generation, known

    def close(self) -> None:
        """Let running work end."""
        self.ready = False
        for workers in (self.queries, self.pictures, self.writes):
            workers.close()
