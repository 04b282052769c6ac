"""DuckDB as the reference for the indicators: the same tables in its own file, the same views and counting."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
from sqlalchemy import Select, Table
from sqlalchemy.dialects import postgresql

from shared.models.tables import (
    Encounter,
    FollowUp,
    GroupSession,
    Need,
    Obstacle,
    PartnerContact,
    Presence,
    Referral,
    Right,
    Service,
)
from shared.search_text import plain
from sync_server.figures import compiler, declarations, tallies, tally_version
from sync_server.figures.compiler import Period
from sync_server.figures.vocabulary import DISTINCT
from sync_server.storage import database
from sync_server.storage.desk_tables import CommuneYear
from sync_server.storage.tables import CommuneOfTerritory, table

TABLES = tuple(
    table(model)
    for model in (
        CommuneOfTerritory, CommuneYear, Service, Encounter, Need, Referral, Obstacle, Right, FollowUp, Presence,
        GroupSession, PartnerContact,
    )
)  # fmt: skip
DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy's own
Told = Mapping[tuple[str, str], Mapping[tuple[str, ...], int]]
"""By indicator and measure, then by cell."""
NOTHING = "\\N"
"""How a CSV file says NULL, which is not the empty text."""
CSV = f"AUTO_DETECT false, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR '{NOTHING}'"


@dataclass(frozen=True, slots=True)
class Question:
    """One SELECT, and the measures of indicators in its columns, after the `by` of the cell. Those of `once` count
    each value of one more column once, however it is typed."""

    sql: str
    measures: list[tuple[str, str]]
    by: int
    once: frozenset[tuple[str, str]] = frozenset()

    @property
    def keyed(self) -> bool:
        """Whether the column before the measures is what some of them count once."""
        return bool(self.once)


def questions(territory: str, period: Period) -> list[Question]:
    """Build all the questions that the 29 indicators are made of: one SELECT a view for what is kept by month,
    commune and age band, one a declaration for the others, in total, as the console gives them. Follow-ups are
    joined, never looked up: DuckDB is quicker so."""
    with mock.patch.object(compiler, "LOOKED_UP", frozenset()):
        return _questions(territory, period)


def _questions(territory: str, period: Period) -> list[Question]:
    kept = {i.code: i for i in declarations.load().values() if i.code in _by_grain()}
    found = [
        Question(_text(statement), measures, len(tallies.GRAIN))
        for measures, statement in tallies.statements(territory, period, {}, tuple(kept.values()))
    ]
    for indicator in declarations.load().values():
        if indicator.code not in kept:
            names = list(compiler.conditions(indicator))
            once = {n for n in names if compiler.unit_of(indicator, n) in DISTINCT}
            ordered = [(indicator.code, n) for n in sorted(names, key=once.__contains__)]  # as in the SELECT
            sql = _text(compiler.statement(indicator, territory, period))
            found.append(Question(sql, ordered, 0, frozenset((indicator.code, n) for n in once)))
    return found


def _by_grain() -> set[str]:
    """Return the indicators that have every dimension of the tallies."""
    return {i.code for i in tally_version.list_kept() if tallies.grain_of(i.of) == tallies.GRAIN}


def _text(statement: Select[Any]) -> str:
    return str(statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))


def fill(source: Path, target: Path, folder: Path) -> None:
    """Copy the tables of a SQLite file into a DuckDB file, through CSV, and make the views of `facts.sql`."""
    with closing(duckdb.connect(str(target))) as duck, closing(sqlite3.connect(source)) as lite:
        for one in TABLES:
            columns = ", ".join(f'"{c.name}" {c.type.compile(DIALECT)}' for c in one.columns)
            duck.execute(f'CREATE TABLE "{one.name}" ({columns})')
            path = folder / f"{one.name}.csv"
            _write(lite, one, path)
            duck.execute(f"COPY \"{one.name}\" FROM '{path}' ({CSV})")
            path.unlink()
        duck.execute("SET GLOBAL integer_division = true")  # as in SQLite and PostgreSQL
        for view in database.views():
            duck.execute(view)
        duck.execute("ANALYZE")


def _write(lite: sqlite3.Connection, one: Table, path: Path) -> None:
    names = ", ".join(f'"{c.name}"' for c in one.columns)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in lite.execute(f'SELECT {names} FROM "{one.name}"'):  # noqa: S608  # nosec B608  # our own names
            writer.writerow(NOTHING if value is None else value for value in row)


def opened(target: Path) -> duckdb.DuckDBPyConnection:
    """Open that file, read only."""
    duck = duckdb.connect(str(target), read_only=True)
    duck.execute("SET integer_division = true")
    return duck


def ask(duck: duckdb.DuckDBPyConnection, asked: list[Question]) -> list[list[tuple[Any, ...]]]:
    """Fetch all the rows of each question."""
    return [duck.execute(question.sql).fetchall() for question in asked]


def told(asked: list[Question], answers: list[list[tuple[Any, ...]]]) -> Told:
    """Return what those rows say, without zeros."""
    found: dict[tuple[str, str], Counter[tuple[str, ...]]] = defaultdict(Counter)
    for question, rows in zip(asked, answers, strict=True):
        seen: dict[tuple[str, str], set[str]] = defaultdict(set)
        first = question.by + question.keyed
        for row in rows:
            for measure, number in zip(question.measures, row[first:], strict=True):
                if question.keyed and measure in question.once and number:
                    seen[measure].add(plain(row[question.by]))
                elif number:
                    found[measure][row[: question.by]] += int(number)
        for measure, values in seen.items():
            found[measure][()] = len(values)
    return {measure: dict(counted) for measure, counted in found.items()}
