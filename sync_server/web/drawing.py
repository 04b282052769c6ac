"""Draws and counts in processes beside: a report of charts is ten seconds of one core, and a tablet does not wait
behind it.

Two workers: one makes documents, one the figures of pages, so that whoever opens the first page does not wait
behind a report. A worker is started at the first thing asked of it and gives way to whoever answers (`nice`).
It is handed plain data and gives back plain data; it keeps no connection, and ends with its parent.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ParamSpec, TypeVar

from sync_server.errors import BesideError, ServerError, find_place

MOST_ASKED, WAIT = 12, 15
"""Things asked of one worker at a time, the one being made included: each holds a thread, and forty serve
everybody. After how many seconds whoever comes then may try again."""
RENEWED, RENEWED_PAGES = 200, 2_000
"""Things after which another worker takes over, which costs a second: what the libraries keep of memory, above all
those that draw, goes back to the system."""
_LOWER = 10
P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """A process beside this one, whichever app asks, and the line of those who wait for it."""

    def __init__(self, renewed: int) -> None:
        self.places, self.renewed = threading.BoundedSemaphore(MOST_ASKED), renewed
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._given = 0

    def run(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """Run `work`, a function of a module, in the worker. A ServerError that it raises is raised here, any
        other fault as a BesideError.

        Raises ServerError `drawing_busy` when too many wait already, `drawing_failed` when the worker ended
        midway.
        """
        if not self.places.acquire(blocking=False):
            raise ServerError("drawing_busy", retry_after=WAIT)
        try:
            try:
                pool, coming = self._submit(work, *args, **more)
            except BrokenProcessPool as error:  # its worker ended before this was handed over
                raise ServerError("drawing_failed", retry_after=WAIT) from error
            try:
                return coming.result()
            except BrokenProcessPool as error:
                with self._lock:
                    self._leave(pool)
                raise ServerError("drawing_failed", retry_after=WAIT) from error
        finally:
            self.places.release()

    def _submit(self, work: Callable[..., T], *args: Any, **more: Any) -> tuple[ProcessPoolExecutor, Future[T]]:
        """Hand over the next work; return the pool that got it, and what will come. Under the lock: another thread
        could renew the pool between the two."""
        with self._lock:
            if self._given >= self.renewed:
                self._leave(self._pool)
            if self._pool is None:
                # Not forked: a copy of a process with threads and open connections would share both.
                spawn = multiprocessing.get_context("spawn")
                self._pool, self._given = ProcessPoolExecutor(1, spawn, _begin), 0
            self._given += 1
            try:
                return self._pool, self._pool.submit(_run_there, work, *args, **more)
            except BrokenProcessPool:
                self._leave(self._pool)
                raise

    def stop(self) -> None:
        """Let the pool go and wait until its worker has ended."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
            del pool
            gc.collect()  # its semaphores are the system's: left to the end, they would be told as leaked

    def _leave(self, pool: ProcessPoolExecutor | None) -> None:
        """Let that pool go, under the lock: what it has begun it ends, and the next work starts another."""
        if pool is not None:
            pool.shutdown(wait=False)
        if pool is self._pool:
            self._pool, self._given = None, 0


DOCUMENTS, PAGES = Worker(RENEWED), Worker(RENEWED_PAGES)


def draw(work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """Make a document or a picture; raises as `Worker.run` does."""
    return DOCUMENTS.run(work, *args, **more)


def count(work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """Count what a page shows, which a person waits for; raises as `Worker.run` does."""
    return PAGES.run(work, *args, **more)


def stop() -> None:
    """End the workers, with the server."""
    for worker in (DOCUMENTS, PAGES):
        worker.stop()


def _run_there(work: Callable[..., T], *args: Any, **more: Any) -> T:
    """Run it, in the worker; a fault is told as one that can always travel."""
    try:
        return work(*args, **more)
    except ServerError:
        raise
    except Exception as error:
        raise BesideError(type(error).__name__, find_place(error)) from None


def _begin() -> None:
    """Prepare the worker: behind whoever answers, deaf to Ctrl-C, which is for its parent, and gone with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_LOWER)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # also of one that was killed
    os._exit(1)
