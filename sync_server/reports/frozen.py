"""Submitted reports: frozen with their digest, never changed (R8)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, func, insert, select

from shared.french import format_day, format_number, format_percent
from sync_server.errors import ServerError
from sync_server.files.tabular import Percent, Ranged, Rate, Value
from sync_server.reports.pact_report import Body
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.desk_tables import FrozenReport
from sync_server.storage.tables import table

REPORT = table(FrozenReport)
HEADINGS = ("id", "kind", "title", "first", "last", "cut_off", "frozen_on", "frozen_by", "comment", "digest")
"""What a list of reports shows: all but the body."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen report, read back: its heading and its body."""

    heading: RowMapping
    body: Body


def canonical(body: Body) -> str:
    """Return the one text of a body: what is kept, and what the digest is of."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(body: Body) -> str:
    """Hash the canonical text by SHA-256."""
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def freeze(connection: Connection, actor: Actor, body: Body, comment: str = "") -> str:
    """Keep the report for ever, with an entry in the audit log; return its id."""
    database.lock_territory(connection, actor.territory)
    mine = REPORT.c.territory == actor.territory
    before = connection.scalar(select(func.count()).select_from(REPORT).where(mine))
    report_id = f"{before or 0:08x}{str(uuid4())[8:]}"  # in the order of freezing, those of one day too
    values: dict[str, Any] = {name: date.fromisoformat(body[name]) for name in ("first", "last", "cut_off")}
    values |= {"kind": body["kind"], "title": body["title"], "comment": comment, "digest": digest(body)}
    values |= {"frozen_on": actor.today, "frozen_by": actor.login, "body": canonical(body)}
    connection.execute(insert(REPORT).values(territory=actor.territory, id=report_id, **values))
    told = {name: values[name] for name in ("kind", "first", "last", "cut_off", "digest", "comment")}
    audit_log.note(connection, actor, Act("Rapport figé", body["title"][:200]), after=told)
    return report_id


def list_frozen(connection: Connection, territory: str) -> list[RowMapping]:
    """List every frozen report without its body, the latest first."""
    columns = [REPORT.c[name] for name in HEADINGS]
    mine = select(*columns).where(REPORT.c.territory == territory)
    latest = mine.order_by(REPORT.c.frozen_on.desc(), REPORT.c.id.desc())
    return list(connection.execute(latest).mappings())


def read_frozen(connection: Connection, territory: str, report_id: str) -> Frozen:
    """Read that report. Raises ServerError when there is none, or when its text is no more what was frozen."""
    mine = select(REPORT).where(REPORT.c.territory == territory, REPORT.c.id == report_id)
    row = connection.execute(mine).mappings().first()
    if row is None:
        raise ServerError("not_found")
    if hashlib.sha256(row["body"].encode()).hexdigest() != row["digest"]:
        raise ServerError("report_altered")
    body: Body = json.loads(row["body"])
    return Frozen(row, body)


def format_value(value: Value, kind: str = "text") -> str:
    """Format a value as a person reads it, on a page and in a document."""
    if value is None or value == "":
        return "—" if kind != "text" else ""
    if isinstance(value, Ranged):
        return (
            format_number(value)
            if value.high == value
            else f"{format_number(value)} à {format_number(value.high)}"
        )
    if isinstance(value, Rate):
        return f"{format_percent(value)} ({value.made_of})"
    if isinstance(value, Percent) or (kind == "percent" and isinstance(value, int | float)):
        return format_percent(value)
    if isinstance(value, date):
        return format_day(value)
    return format_number(value, 1) if isinstance(value, int | float) else value
