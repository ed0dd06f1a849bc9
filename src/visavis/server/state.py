"""State shared by the routes: the collection, thread pools, caches and metrics."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import numpy as np
from fastapi import Depends, Request

from visavis.collection import Collection
from visavis.encoders import load_encoder
from visavis.errors import ModelMismatchError
from visavis.indexing import read_progress, read_uploads
from visavis.remote import is_remote
from visavis.server.duplicates import DuplicateSearch
from visavis.server.events import Events
from visavis.server.metrics import Metrics
from visavis.server.problems import Problem
from visavis.server.request_body import BodyReader
from visavis.server.settings import Settings
from visavis.server.signing import Signer
from visavis.server.threadpool import ThreadPool
from visavis.server.uploads import sweep_uploads
from visavis.stores import MigratableStore, Stats, VectorStore
from visavis.types import Hits, Item
from visavis.videos import split_moment

_CACHED_HITS = 10_000
_CACHED_VIEWS = 16
_CACHED_THUMBNAIL_BYTES = 64_000_000
_IMAGE_CAPACITY = 128
_WRITE_CAPACITY = 8

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """A thread-safe LRU cache bounded by the total weight of its values (by default 1 each)."""

    def __init__(self, capacity: int, weigh: Callable[[Value], int] = lambda _: 1) -> None:
        self._capacity, self._weigh = capacity, weigh
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._weight = 0

    def get(self, key: Hashable) -> Value | None:
        """Return a cached value, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: Hashable, value: Value) -> None:
        """Cache a value; evict the least recently used beyond the capacity."""
        with self._lock:
            self._drop(key)
            self._values[key] = value
            self._weight += self._weigh(value)
            while self._weight > self._capacity:
                self._drop(next(iter(self._values)))

    def _drop(self, key: Hashable) -> None:
        value = self._values.pop(key, None)
        if value is not None:
            self._weight -= self._weigh(value)


class ServerState:
    """State of one application, at `app.state.server`; `ready` once the model is loaded."""

    def __init__(self, collection: Collection, settings: Settings) -> None:
        self.settings = settings
        self._collection = collection
        self._reopening = threading.Lock()
        self._unknown_model = ""
        seconds, threads = settings.answer_seconds, settings.threads
        self.queries = ThreadPool("query", threads, settings.queries, seconds)
        self.images = ThreadPool("image", threads, _IMAGE_CAPACITY, seconds)
        self.writes = ThreadPool("write", 1, _WRITE_CAPACITY, seconds)
        self.duplicates = DuplicateSearch()
        self.hits: Cache[Hits] = Cache(_CACHED_HITS, lambda hits: len(hits) + 1)
        self.views: Cache[Any] = Cache(_CACHED_VIEWS)
        self.thumbnails: Cache[bytes] = Cache(_CACHED_THUMBNAIL_BYTES, len)
        self.metrics = Metrics(lambda: self.queries.in_use)
        self.bodies = BodyReader(settings.body_seconds)
        self.events = Events(self._happening)
        self.signer = Signer(settings.signing, settings.secret, settings.keys)
        self.ready = False

    def warm_up(self) -> None:
        """Load both encoders and the vectors, so that the first query is as fast as the next."""
        if self.ready:
            return
        _warm_up(self.collection)
        if self.settings.write and self.settings.uploads is not None:
            sweep_uploads(self.settings.uploads, self.collection)
        self.ready = True

    @property
    def collection(self) -> Collection:
        """The collection, with its new model once it has been migrated.

        That is `settings.model` or the bundled one; raises ModelMismatchError for another.
        """
        if _current_store(self._collection) is not self._collection.store:
            with self._reopening:
                store = _current_store(self._collection)
                if store is not self._collection.store:
                    self._collection = self._reopen(store)
        return self._collection

    def _reopen(self, store: VectorStore) -> Collection:
        if store.model_id != self._unknown_model:
            for model in (self.settings.model, None):
                with suppress(ModelMismatchError):
                    collection = Collection(store, load_encoder(model))
                    _warm_up(collection)
                    return collection
            self._unknown_model = store.model_id
        raise ModelMismatchError(
            f"the collection was migrated to model {store.model_id!r}: "
            "start the server again with that model"
        )

    def check(self) -> None:
        """Run a search; raises VisavisError if the collection is unreadable or has a new model."""
        store = self.collection.store
        store.search(np.ones((1, store.dim), np.float32), 1)

    def item(self, item_id: str) -> Item:
        """Return an item; raises Problem 404 if the collection has none with this id."""
        items = self.collection.get([item_id])
        if not items:
            raise Problem("item-unknown", id=item_id)
        return items[0]

    def stats(self) -> tuple[int, Stats]:
        """Return the collection's generation and statistics."""
        generation = self.collection.store.generation
        stats: Stats = self.view(("stats", generation), self.collection.stats)
        return generation, stats

    def _happening(self) -> dict[str, Any]:
        """Return what events tell, by their names; raises VisavisError."""
        folder = self.settings.folder
        return {
            "generation": self.collection.store.generation,
            "indexing": _counts(read_progress(folder) if folder else None),
            "uploading": _counts(read_uploads(folder) if folder else None),
        }

    def view(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return `make()`, computed once for each key; the key holds the generation."""
        known = self.views.get(key)
        if known is None:
            known = make()
            self.views.put(key, known)
        return known

    def close(self) -> None:
        """Wait for running work."""
        self.ready = False
        self.duplicates.close()
        for pool in (self.queries, self.images, self.writes):
            pool.close()


def _warm_up(collection: Collection) -> None:
    side = collection.encoder.image_size
    collection.encoder.encode_images([np.zeros((side, side, 3), np.uint8)])
    collection.search("warm", 1, None)


def _counts(progress: tuple[int, int] | None) -> dict[str, int] | None:
    return {"done": progress[0], "total": progress[1]} if progress else None


def _current_store(collection: Collection) -> VectorStore:
    store = collection.store
    return store.current() if isinstance(store, MigratableStore) else store


def image_file(item: Item) -> str:
    """Return the path or URL of an image, or the moment of a video.

    Raises Problem 404 for a text or a missing file.
    """
    if item.modality == "image" and is_remote(item.source):
        return item.source
    file = Path(split_moment(item.source)[0])
    if item.modality != "image" or not file.is_absolute() or not file.is_file():
        raise Problem("image-missing", id=item.id)
    return item.source


async def get_state(request: Request) -> ServerState:
    """Return the state of the application that handles a request."""
    state: ServerState = request.app.state.server
    return state


StateDep = Annotated[ServerState, Depends(get_state)]
