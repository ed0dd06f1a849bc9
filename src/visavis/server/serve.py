"""Serve a collection in one call, safely by default."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from socket import socket
from threading import Thread

from visavis.collection import Collection
from visavis.encoders import Encoder
from visavis.errors import VisavisError
from visavis.server import run, signing
from visavis.server.keys import KeyRing, collection_folder, open_keys
from visavis.server.settings import Settings
from visavis.server.workers import run_workers


def serve(
    location: str | Path = ".visavis",
    *,
    model: Encoder | str | Path | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    keys: Path | None = None,
    write: bool = False,
    originals: bool = False,
    hosts: tuple[str, ...] = (),
    origins: tuple[str, ...] = (),
    queries: int = 32,
    workers: int = 1,
    browser: bool = False,
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the collection at a location as a web page and an HTTP API, until SIGINT or SIGTERM.

    `port` 0 takes a free one; `started` gets a line with the address, which is also opened in the
    user's `browser` if that is asked for. `keys` is a key file, by
    default `keys.json` in the collection's folder: if it has keys, every request needs one.
    `hosts`, `origins`, `write`, `originals` and `queries` are those of `Settings`. Several
    `workers`, processes that share the port, divide threads and queries among them. Raises
    VisavisError if other machines could reach the server without a key, or the port cannot be used.
    """
    folder = collection_folder(location)
    name = folder.name if folder else "collection"
    beside = keys.parent if keys else folder

    def settings() -> Settings:
        return Settings(
            name=name,
            keys=_required_keys(location, keys, host),
            write=write,
            originals=originals,
            hosts=(*run.LOCAL_NAMES, *hosts) if hosts or run.is_local(host) else (),
            origins=origins,
            folder=folder,
            model=model,
            signing=beside / signing.FILE if beside else None,
            queries=-(-queries // workers),
            threads=max(1, (os.cpu_count() or 1) // workers),
        )

    def accept(listener: socket) -> None:
        url = run.url_of(listener)
        started(f"{name} is at {url} (Ctrl-C stops)")
        if browser:
            _open_browser(url)

    if workers == 1:
        with Collection.open(location, model) as collection:
            chosen = settings()
            with run.listen(host, port) as listener:
                run.run(collection, chosen, listener, lambda: accept(listener))
        return
    chosen = settings()
    with run.listen(host, port) as listener:

        def work(ready: Callable[[], None]) -> None:
            with Collection.open(location, model) as collection:
                run.run(collection, chosen, listener, ready)

        run_workers(workers, work, lambda: accept(listener))


def _open_browser(url: str) -> None:
    """Open a page without waiting for the browser."""
    import webbrowser

    Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _required_keys(location: str | Path, file: Path | None, host: str) -> KeyRing | None:
    """Return the keys of the collection; None if it has none and only this machine is served."""
    keys = open_keys(location, file) if file or collection_folder(location) else None
    if keys and keys.keys:
        return keys
    if file:
        raise VisavisError(f"{file}: no keys there; make one with visavis keys add NAME")
    if not run.is_local(host):
        raise VisavisError(
            f"--host {host} is beyond this machine: make a key first, with visavis keys add NAME"
        )
    return None
