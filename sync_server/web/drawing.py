"""Draws in a process beside: a report of charts is ten seconds of one core, and a tablet does not wait behind it.

One worker, started at the first drawing, which gives way to whoever answers (`nice`). It is handed plain data and
gives back text or bytes; it holds no connection, and ends with the process that started it.
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

from sync_server.errors import ServerError

MOST_DRAWINGS, WAIT = 12, 15
"""Drawings asked for at a time, the one being drawn included: each holds a thread, and forty serve everybody.
After how many seconds whoever comes then may try again."""
RENEWED = 200
"""Drawings after which another worker takes over: what the libraries keep of memory goes back to the system."""
_LOWER = 10
_PLACES = threading.BoundedSemaphore(MOST_DRAWINGS)
P = ParamSpec("P")
T = TypeVar("T")


class _Workers:
    """The worker of this process, whichever app asks: each start costs a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._given = 0

    def submit(self, work: Callable[..., T], *args: Any, **more: Any) -> tuple[ProcessPoolExecutor, Future[T]]:
        """Hands over the next drawing: the pool that got it, and what will come. Under the lock: another thread
        could renew the pool between the two."""
        with self._lock:
            if self._given >= RENEWED:
                self._leave(self._pool)
            if self._pool is None:
                # Not forked: a copy of a process with threads and open connections would share both.
                spawn = multiprocessing.get_context("spawn")
                self._pool, self._given = ProcessPoolExecutor(1, spawn, _begin), 0
            self._given += 1
            try:
                return self._pool, self._pool.submit(work, *args, **more)
            except BrokenProcessPool:
                self._leave(self._pool)
                raise

    def leave(self, pool: ProcessPoolExecutor) -> None:
        """Lets that pool go: what it has begun it ends, and the next drawing starts another."""
        with self._lock:
            self._leave(pool)

    def stop(self) -> None:
        """Lets the pool go and waits until its worker has ended."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
            del pool
            gc.collect()  # its semaphores are the system's: left to the end, they would be told as leaked

    def _leave(self, pool: ProcessPoolExecutor | None) -> None:
        if pool is not None:
            pool.shutdown(wait=False)
        if pool is self._pool:
            self._pool, self._given = None, 0


_WORKERS = _Workers()


def draw(work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """Runs `work`, a function of a module, in the worker; what it raises is raised here.

    Raises ServerError `drawing_busy` when too many wait already, `drawing_failed` when the worker ended midway.
    """
    if not _PLACES.acquire(blocking=False):
        raise ServerError("drawing_busy", retry_after=WAIT)
    try:
        try:
            pool, coming = _WORKERS.submit(work, *args, **more)
        except BrokenProcessPool as error:  # its worker ended before this was handed over
            raise ServerError("drawing_failed", retry_after=WAIT) from error
        try:
            return coming.result()
        except BrokenProcessPool as error:
            _WORKERS.leave(pool)
            raise ServerError("drawing_failed", retry_after=WAIT) from error
    finally:
        _PLACES.release()


def stop() -> None:
    """Ends the worker, with the server."""
    _WORKERS.stop()


def _begin() -> None:
    """Prepares the worker: behind whoever answers, deaf to Ctrl-C, which is for its parent, and gone with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_LOWER)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # also of one that was killed
    os._exit(1)
