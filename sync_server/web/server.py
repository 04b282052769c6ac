"""Start our own server: uvicorn, and what it believes of whoever stands before it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from sync_server.access import slips
from sync_server.settings import Settings
from sync_server.web import drawing
from sync_server.web.context import Context
from sync_server.web.logs import heads
from sync_server.web.logs.request_log import logging_config
from sync_server.web.patience import Patience, be_patient
from sync_server.web.running import tls

log = logging.getLogger(__name__)
SETTLE_EVERY = 2.0
"""Seconds between two looks at what services answered to slips."""


@asynccontextmanager
async def working(app: FastAPI) -> AsyncIterator[None]:
    """Do, while the server answers, what no request waits for; at its end, end the workers that draw and count."""
    context: Context = app.state.context
    tasks = [asyncio.create_task(one) for one in (settle_answers(context), heads.tell_heads(context))]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    drawing.stop()


async def settle_answers(context: Context, every: float = SETTLE_EVERY) -> None:
    """Look up, again and again, what services answered to slips: at a pace of its own, so that no answer takes
    longer for a slip that exists. One that cannot be written now is taken up at the next turn."""
    while True:
        await asyncio.sleep(every)
        try:
            await to_thread.run_sync(slips.settle, context.engine, context.settings.territory)
        except Exception as error:  # whatever the database says, it is told by its type
            log.exception("answers to slips wait: %s", type(error).__name__, exc_info=False)


def serve(app: FastAPI, settings: Settings) -> None:
    """Answer until the process is stopped. Ends it where the port is not free."""
    config = configure(app, settings)
    config.log_config = logging_config(settings.log_level)
    config.configure_logging()
    context: Context = app.state.context
    context.metrics.certificate_end = tell_certificate(settings)
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run()


def tell_certificate(settings: Settings) -> int | None:
    """Warn of a certificate that ends soon, or has: tablets refuse it, and say « serveur injoignable ». Return its
    end, in seconds since 1970; None without one."""
    if settings.tls_certificate is None:
        return None
    end = tls.read_end(settings.tls_certificate)
    if (left := (end - datetime.now(UTC)).days) < tls.SHORT:
        log.warning("the certificate ends on %s, in %d days: tablets refuse it then", end.date(), left)
    return int(end.timestamp())


def configure(app: FastAPI, settings: Settings, patience: Patience | None = None) -> uvicorn.Config:
    """Return what the server is started with. uvicorn's own access log would be a second line, with the ids and
    the queries of the addresses (PRIVACY). Raises ValueError, in French, where it would serve in clear beyond this
    machine, or the certificate is none."""
    encrypted = tls.open_context(settings)
    return uvicorn.Config(
        app,
        host=settings.server_host,
        port=settings.server_port,
        http=be_patient(patience or Patience()),
        ws="none",
        timeout_keep_alive=round((patience or Patience()).idle),
        access_log=False,
        server_header=False,  # who attacks need not be told what to look up
        log_config=None,
        proxy_headers=bool(settings.trusted_proxies.strip()),
        forwarded_allow_ips=settings.trusted_proxies,
        ssl_context_factory=(lambda *_: encrypted) if encrypted else None,
    )
