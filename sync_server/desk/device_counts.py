"""Count the tablets, for whoever watches over the server: how many, never which, nor of which team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import ColumnElement

from sync_server.desk.attention import SILENT_DAYS
from sync_server.storage.tables import Device, EnrolmentCode, table

DEVICE, CODE = table(Device), table(EnrolmentCode)


@dataclass(frozen=True, slots=True)
class DeviceCounts:
    """Tablets that wait for the coordination to confirm them; of the others, those that were seen these last days
    and those that were not; of all, those that asked for more than their quota today and were made to wait; codes
    that wait for a tablet."""

    waiting: int
    seen: int
    silent: int
    over_quota: int
    codes: int


def count_devices(connection: Connection, territory: str, today: date, now: int) -> DeviceCounts:
    """Count the tablets that are neither revoked nor enrolled anew since; `now` in seconds since 1970."""
    d, c = DEVICE.c, CODE.c
    ours = (d.territory == territory) & d.revoked_on.is_(None) & d.replaced_on.is_(None)
    confirmed, recent = d.confirmed_on.is_not(None), d.seen_on >= today - timedelta(SILENT_DAYS)

    def of(*conditions: ColumnElement[bool]) -> int:
        return connection.scalar(select(func.count()).where(*conditions)) or 0

    return DeviceCounts(
        waiting=of(ours, ~confirmed),
        seen=of(ours, confirmed, recent),
        silent=of(ours, confirmed, ~recent),
        over_quota=of(ours, d.limited_on == today),
        codes=of(c.territory == territory, c.spent.is_(False), c.expires_at >= now),
    )
