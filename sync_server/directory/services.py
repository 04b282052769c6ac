"""The directory of services: all its SQL. A service is a record of the log like any other, which every team
pulls: each change is its next revision. One is retired by a tombstone that keeps its fields: old referrals keep
its name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, union_all

from shared.models import ServiceFields
from shared.models.tables import Service, ServiceReport
from shared.search_text import plain
from sync_server.intake import publishing, stale_tallies
from sync_server.intake.store import PAST, RECORD
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.database import in_chunks
from sync_server.storage.desk_tables import Review
from sync_server.storage.tables import table

SERVICE, REPORT, REVIEW = (table(m) for m in (Service, ServiceReport, Review))
NAMES = tuple(ServiceFields.model_fields)
HANDLED = "validee"
"""The review of a report that was dealt with (`review` list)."""


class StaleError(Exception):
    """Somebody changed the service since it was read: `now` is what stands there."""

    def __init__(self, now: DirectoryEntry) -> None:
        super().__init__(now.id)
        self.now = now


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A service as it stands, under the number of its last revision; `reports` are those that wait."""

    id: str
    fields: ServiceFields
    revision: int
    retired: bool
    reports: int = 0


@dataclass(frozen=True, slots=True)
class ReportedProblem:
    """What a worker saw wrong, on which day."""

    id: str
    problem: str
    day: date


def entries(connection: Connection, territory: str, ids: Collection[str] | None = None) -> list[DirectoryEntry]:
    """Return every service, or those of these ids, in alphabetical order of their names."""
    waiting = _waiting(territory).subquery()
    c, head = SERVICE.c, RECORD.c
    wanted = (
        select(SERVICE, head.revision, head.deleted, func.coalesce(waiting.c.reports, 0).label("reports"))
        .join(RECORD, (head.territory == c.territory) & (head.id == c.id))
        .outerjoin(waiting, waiting.c.service == c.id)
        .where(c.territory == territory)
    )
    if ids is not None:
        wanted = wanted.where(c.id.in_(ids))
    found = [
        DirectoryEntry(
            r["id"], ServiceFields(**{n: r[n] for n in NAMES}), r["revision"], bool(r["deleted"]), r["reports"]
        )
        for r in connection.execute(wanted).mappings()
    ]
    return sorted(found, key=lambda e: (plain(e.fields.name), e.id))


def entry(connection: Connection, territory: str, service_id: str) -> DirectoryEntry | None:
    """Return one service, retired or not."""
    found = entries(connection, territory, [service_id])
    return found[0] if found else None


def _open(territory: str) -> Any:
    """Return the reports that nobody handled in the revision that stands there."""
    c, head, seen = REPORT.c, RECORD.c, REVIEW.c
    return (
        select(REPORT)
        .join(RECORD, (head.territory == c.territory) & (head.id == c.id))
        .outerjoin(REVIEW, (seen.territory == c.territory) & (seen.record_id == c.id))
        .where(c.territory == territory)
        .where(or_(seen.state.is_(None), seen.state != HANDLED, seen.revision < head.revision))
    )


def _waiting(territory: str) -> Any:
    c = REPORT.c
    return _open(territory).with_only_columns(c.service, func.count().label("reports")).group_by(c.service)


def reports(connection: Connection, territory: str, service_id: str) -> list[ReportedProblem]:
    """List the problems that workers reported of a service and that wait, the latest first."""
    c = REPORT.c
    wanted = _open(territory).with_only_columns(c.id, c.problem, c.day).where(c.service == service_id)
    return [ReportedProblem(*row) for row in connection.execute(wanted.order_by(c.day.desc(), c.id))]


def handle(connection: Connection, actor: Actor, service_id: str, report_id: str) -> bool:
    """Note that a report was dealt with; False where it does not wait any more."""
    database.lock_territory(connection, actor.territory)
    found = next((r for r in reports(connection, actor.territory, service_id) if r.id == report_id), None)
    service = entry(connection, actor.territory, service_id)
    if found is None or service is None:
        return False
    key = (REVIEW.c.territory == actor.territory) & (REVIEW.c.record_id == report_id)
    revision = select(RECORD.c.revision).where(RECORD.c.territory == actor.territory, RECORD.c.id == report_id)
    connection.execute(delete(REVIEW).where(key))
    connection.execute(
        insert(REVIEW).values(
            territory=actor.territory, record_id=report_id, revision=connection.scalar(revision), state=HANDLED,
            note="", reviewed_by=actor.login, reviewed_on=actor.today,
        )
    )  # fmt: skip
    said = {"problem": found.problem, "day": str(found.day)}
    _note(connection, actor, "Signalement traité", service.fields.name, said, said | {"state": HANDLED})
    return True


def add(connection: Connection, actor: Actor, fields: ServiceFields) -> str:
    """Add a service and return its id, which is made from its name and never changes."""
    database.lock_territory(connection, actor.territory)
    service_id = _free_id(connection, actor.territory, fields.name)
    publish(connection, actor.territory, {service_id: fields}, actor.today)
    _note(connection, actor, "Service ajouté", fields.name, None, fields.compact())
    return service_id


def change(
    connection: Connection,
    actor: Actor,
    service_id: str,
    revision: int,
    fields: ServiceFields | None = None,
    retired: bool | None = None,
    act: str = "Service modifié",
) -> DirectoryEntry:
    """Write the next revision of a service that was read under that one. Raises KeyError where there is none, and
    StaleError where somebody changed it since: nobody's edit is overwritten unseen."""
    database.lock_territory(connection, actor.territory)
    now = entry(connection, actor.territory, service_id)
    if now is None:
        raise KeyError(service_id)
    if now.revision != revision:
        raise StaleError(now)
    new = DirectoryEntry(
        now.id, fields or now.fields, now.revision + 1, now.retired if retired is None else retired, now.reports
    )
    if (new.fields, new.retired) == (now.fields, now.retired):
        return now
    publish(connection, actor.territory, {service_id: new.fields}, actor.today, new.retired)
    before, after = changes(now.fields, new.fields)
    if new.retired != now.retired:
        before, after = before | {"retired": now.retired}, after | {"retired": new.retired}
    _note(connection, actor, act, new.fields.name, before, after)
    return new


def changes(before: ServiceFields, after: ServiceFields) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields that differ, as they were and as they are."""
    one, other = before.model_dump(mode="json"), after.model_dump(mode="json")
    names = [name for name in NAMES if one[name] != other[name]]
    return {name: one[name] for name in names}, {name: other[name] for name in names}


def retired_ids(territory: str) -> Select[Any]:
    """Build the query of the ids of the services that are retired now."""
    c = RECORD.c
    return select(c.id).where(c.territory == territory, c.kind == "service", c.deleted)


def retired_since(connection: Connection, territory: str) -> dict[str, date]:
    """Return the day each retired service left the directory: that of the first tombstone since it last stood
    there, for one corrected while retired has several. It is the day the coordinator said it, not the day the
    service closed, which nobody noted."""
    days: dict[str, date] = {}
    versions = union_all(
        *(
            select(c.id, c.revision, c.deleted, c.received_on).where(
                c.territory == territory, c.id.in_(retired_ids(territory))
            )
            for c in (PAST.c, RECORD.c)
        )
    ).subquery("versions")
    for row in connection.execute(select(versions).order_by(versions.c.revision)):
        if row.deleted:
            days.setdefault(row.id, row.received_on)
        else:
            days.pop(row.id, None)
    return days


def publish(
    connection: Connection,
    territory: str,
    services: Mapping[str, ServiceFields],
    today: date,
    retired: bool = False,
) -> None:
    """Write the next revision of these services, in the directory and in the log that every tablet pulls."""
    ids = list(services)
    for part in in_chunks(ids):
        stale_tallies.mark_services_stale(connection, territory, part)
        connection.execute(delete(SERVICE).where(SERVICE.c.territory == territory, SERVICE.c.id.in_(part)))
        rows = [{"territory": territory, "id": i, **services[i].model_dump()} for i in part]
        connection.execute(insert(SERVICE), rows)
    bodies = {i: fields.compact() for i, fields in services.items()}
    publishing.publish(connection, territory, "service", bodies, today, deleted=retired)


def _free_id(connection: Connection, territory: str, name: str) -> str:
    """Return a slug that no service has, nor ever had."""
    slug = "".join(letter if letter.isascii() else "-" for letter in plain(name).replace(" ", "-"))
    slug = "-".join(part for part in slug[:80].split("-") if part) or "service"
    slug = slug if len(slug) > 1 else f"service-{slug}"
    alike = select(RECORD.c.id).where(RECORD.c.territory == territory, RECORD.c.id.like(f"{slug}%"))
    taken = set(connection.scalars(alike))
    return next(i for i in (slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3))) if i not in taken)


def _note(connection: Connection, actor: Actor, act: str, name: str, before: Any, after: Any) -> None:
    audit_log.note(connection, actor, Act(act, name), before, after)
