"""Start our own server: uvicorn, and what it believes of whoever stands before it."""

from __future__ import annotations

from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from sync_server.settings import Settings
from sync_server.web.request_log import logging_config


def serve(app: FastAPI, settings: Settings) -> None:
    """Answer until the process is stopped. Ends it where the port is not free."""
    server = uvicorn.Server(configure(app, settings))
    with suppress(KeyboardInterrupt):
        server.run()


def configure(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Return what the server is started with. uvicorn's own access log would be a second line, with the ids and
    the queries of the addresses (PRIVACY)."""
    return uvicorn.Config(
        app,
        host=settings.server_host,
        port=settings.server_port,
        access_log=False,
        log_config=logging_config(settings.log_level),
        proxy_headers=bool(settings.trusted_proxies.strip()),
        forwarded_allow_ips=settings.trusted_proxies,
    )
