"""A tablet at work, or a server, in a process whose clock is told what to say (libfaketime).

`work FOLDER URL TOKEN COUNT`: saves so many encounters of its own today, sends all, and says its date.
`serve DATABASE_URL PORT`: a server, until it is stopped.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvicorn

from field_app.locking.opening import open_store
from field_app.store.kept import Kept
from field_app.sync.client import SyncClient
from field_app.sync.pace import Pace
from shared import ids
from sync_server.settings import Settings
from sync_server.web.app import create_app
from sync_server.web.context import paris_now
from tests.field_app.world import SECRET, encounter


async def work(folder: Path, url: str, token: str, count: int) -> None:
    store = await open_store(folder / "tablet.db", SECRET)
    for _ in range(count):
        today = paris_now().date()
        await store.keep(Kept(ids.new_id(today), "encounter", encounter(day=str(today)), "pending"))
    print("began", paris_now().date(), flush=True)
    await SyncClient(url, token, pace=Pace(5)).run(store, prove=True)
    print("ended", paris_now().date(), flush=True)
    store.close()


def serve(database_url: str, port: int) -> None:
    """Tablets pull three years, so that a clock turned back a year leaves what to see."""
    app = create_app(Settings(database_url=database_url, device_window_days=1100))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", access_log=False)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        asyncio.run(work(Path(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])))
