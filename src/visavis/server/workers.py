"""Several processes that serve one socket: each with its own model, connections and caches."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from visavis.errors import VisavisError

_READY = b"ready"


def run_workers(
    count: int, work: Callable[[Callable[[], None]], None], started: Callable[[], None]
) -> None:
    """Call `work` in so many processes until SIGINT or SIGTERM; then wait for their ends.

    Each gets a function to call when it is ready; `started` is called once all are. One that dies
    afterwards is replaced. The caller must hold nothing that a fork cannot share, such as
    connections and threads. Raises VisavisError if a worker does, or ends before it is ready, and
    where the system cannot fork.
    """
    if not hasattr(os, "fork"):
        raise VisavisError("--workers: this system serves with one process only")
    workers = _Workers(work)
    before = [signal.signal(each, workers.stop) for each in (signal.SIGINT, signal.SIGTERM)]
    try:
        workers.start(count)
        if not workers.stopping:
            started()
        workers.watch()
    finally:
        workers.stop()
        workers.wait()
        for each, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(each, handler)


class _Workers:
    def __init__(self, work: Callable[[Callable[[], None]], None]) -> None:
        self._work = work
        self._running: set[int] = set()
        self._asked: set[int] = set()  # to end: once, as a second signal would interrupt that
        self._lives, self._held = os.pipe()  # its end tells the processes that this one has died
        self.stopping = False

    def start(self, count: int) -> None:
        """Start so many processes at once, and wait until all are ready."""
        for pipe in [self._fork() for _ in range(count)]:
            with os.fdopen(pipe, "rb") as told:
                message = told.read()
            if message != _READY and not self.stopping:
                raise VisavisError(message.decode() or "a worker ended before it was ready")

    def watch(self) -> None:
        """Replace processes that end, until they are to stop."""
        while not self.stopping:
            with suppress(ChildProcessError):
                pid, _ = os.wait()
                self._running.discard(pid)
            if not self.stopping:
                self.start(1)

    def stop(self, *_: object) -> None:
        """Ask all processes to finish what they do and end."""
        self.stopping = True
        for pid in self._running - self._asked:
            self._asked.add(pid)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def wait(self) -> None:
        """Wait until all processes have ended."""
        while self._running:
            with suppress(ChildProcessError):
                os.waitpid(self._running.pop(), 0)
        os.close(self._held)
        os.close(self._lives)

    def _fork(self) -> int:
        """Start a process; return the end of a pipe that tells what became of its start."""
        told, tells = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(told)
            self._run(tells)
        os.close(tells)
        self._running.add(pid)
        return told

    def _end_with_parent(self) -> None:
        os.read(self._lives, 1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

    def _run(self, tells: int) -> NoReturn:
        """Work in a new process and end it, whatever happens."""
        code = 1
        try:
            os.setpgid(0, 0)  # Ctrl-C reaches the first process alone, which asks the others
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, signal.SIG_DFL)
            os.close(self._held)
            threading.Thread(target=self._end_with_parent, daemon=True).start()

            def ready() -> None:
                os.write(tells, _READY)
                os.close(tells)

            self._work(ready)
            code = 0
        except VisavisError as error:
            with suppress(OSError):
                os.write(tells, " ".join(str(error).split()).encode()[:4000])
        except SystemExit:
            code = 0
        finally:
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, signal.SIG_IGN)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
