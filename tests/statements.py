"""Compiles each SQL statement once a process, not once for the engine of each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

from sync_server.storage import database

MANY = 4_000
"""Statements kept: the figures alone have some hundreds."""


class _Shared(LRUCache[Any, Any]):
    """What SQLAlchemy compiled, under what was compiled: the first part of a key is the dialect of one engine,
    and all the engines in here have the same."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key[1:])

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


@contextmanager
def compiled_once() -> Iterator[None]:
    """Give each engine that `database.connect` makes, until the end of the block, the statements of the others."""
    shared: dict[str, _Shared] = {}

    def create_engine(*words: Any, **options: Any) -> Engine:
        engine = sqlalchemy.create_engine(*words, **options)
        engine._compiled_cache = shared.setdefault(engine.dialect.name, _Shared(MANY))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", create_engine)
        yield
