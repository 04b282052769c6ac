"""What a request asks of the database: two that ask the same take the same time, on any machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def work_of(engine: Engine) -> Iterator[list[str]]:
    """The statements of the block and the ends of its transactions, in order, without their values."""
    found: list[str] = []

    def ask(_: object, __: object, statement: str, *___: object) -> None:
        found.append(statement)

    def commit(_: object) -> None:
        found.append("COMMIT")

    event.listen(engine, "before_cursor_execute", ask)
    event.listen(engine, "commit", commit)
    yield found
    event.remove(engine, "before_cursor_execute", ask)
    event.remove(engine, "commit", commit)
