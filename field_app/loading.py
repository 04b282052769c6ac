"""Load what the first screen does without: what keeps, judges and draws the records.

A tablet asks for the PIN sooner so (docs/benchmarks-web.md), and the rest is there before six digits are typed.
"""

from __future__ import annotations

import asyncio
from importlib import import_module

PARTS = (
    "pydantic",
    "field_app.store.kept",
    "field_app.state.session",
    "field_app.screens.home",
    "field_app.navigation",
)
"""In the order in which each needs the one before; between two of them a key pressed is heard."""
_allowed = asyncio.Event()


def allow() -> None:
    """Let the rest be loaded: the first screen stands."""
    _allowed.set()


async def load() -> None:
    """Load what is not loaded yet. Raises ImportError and whatever else a damaged build makes Python say."""
    for part in PARTS:
        import_module(part)
        await asyncio.sleep(0)


async def finish() -> None:
    """Wait until all of the app is loaded: only then has a build started. Raises as `load` does."""
    await _allowed.wait()
    await load()
