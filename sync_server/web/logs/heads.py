"""Tell outside the database, each hour, how far the security log has come: cut short since, it is noticed."""

from __future__ import annotations

import asyncio
import logging
import logging.handlers
import os
from pathlib import Path

from anyio import to_thread

from sync_server.settings import Settings
from sync_server.storage import database, log_keys, private_files, security_log
from sync_server.storage.log_check import LogHead
from sync_server.web.context import Context

log = logging.getLogger(__name__)
EVERY = 3_600.0
"""Seconds between two heads."""
SYSLOG = "syslog"
SOCKET = "/dev/log"
NOT_TOLD = "the head of the security log could not be told in %s: %s"


def find_path(settings: Settings) -> Path | None:
    """Return the file where the heads are written: the one that is set, else one beside the key. None where they
    go to syslog, or the database is in memory."""
    if settings.security_heads == SYSLOG:
        return None
    if settings.security_heads:
        return Path(settings.security_heads)
    key = log_keys.find_path(settings)
    return key.with_suffix(".tetes") if key else None


async def tell_heads(context: Context, every: float = EVERY) -> None:
    """Tell the head at the start, then each hour, for as long as the server answers."""
    while True:
        try:
            await to_thread.run_sync(tell_head, context)
        except Exception as error:  # whatever it is: the next hour tells it
            log.exception("the head of the security log waits: %s", type(error).__name__, exc_info=False)
        await asyncio.sleep(every)


def tell_head(context: Context) -> LogHead:
    """Print the head of the security log, and send it where the settings say."""
    settings = context.settings
    with database.reading(context.engine) as connection:
        head = LogHead(context.now, settings.territory, *security_log.end(connection, settings.territory))
    log.info("security log: %s", head.write())
    path = find_path(settings)
    try:
        if path is not None:
            _append(path, head.write())
        elif settings.security_heads == SYSLOG:
            _send(head.write())
        context.metrics.head_told = head.at
    except OSError as error:
        log.warning(NOT_TOLD, settings.security_heads or path, error.strerror or type(error).__name__)
    return head


def _append(path: Path, line: str) -> None:
    private_files.make_folder(path.parent)
    private_files.make_file(path)
    with path.open("a", encoding="ascii") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def _send(line: str) -> None:
    handler = logging.handlers.SysLogHandler(SOCKET, logging.handlers.SysLogHandler.LOG_AUTH)
    try:
        handler.emit(logging.LogRecord("trait-dunion", logging.INFO, "", 0, f"trait-dunion: {line}", None, None))
    finally:
        handler.close()
