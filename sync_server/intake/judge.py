"""Reads and judges each record of a batch, before anything is written.

The rules are those of the tablet, once more: a tablet may be old, or mended by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, select

from shared import problems_fr, rules, wire
from shared.models import KINDS, EncounterFields, Fields
from shared.models.tables import Service
from sync_server.intake import columns
from sync_server.intake.batches import Damaged
from sync_server.storage import local_codes
from sync_server.storage.tables import table

SERVICE = table(Service)

DAMAGED = rules.Problem(
    "fields",
    "unreadable",
    "Contenu : cette saisie est illisible ; ouvrez-la, vérifiez-la, puis enregistrez-la de nouveau",
)
UNREADABLE = rules.Problem("fields", "unreadable", "Contenu : un caractère est illisible ; ressaisissez-le")
FULL_TOMBSTONE = rules.Problem(
    "fields",
    "not_empty",
    "Contenu : une saisie supprimée n’en a plus ; mettez à jour l’application et renvoyez",
)
REVOKED = wire.Reason(
    field="",
    code=wire.REVOKED,
    message="Tablette révoquée : ce qui change une saisie déjà envoyée attend un nouveau code à usage unique",
)
LARGEST = 2**63
"""Of a revision that is told again: every client reads it."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pushes or pulls: a device, its team, its territory. The console, and a service that answers to a slip,
    have no device.

    `former` are the enrolments before this one of the same tablet. `names_versions`: its protocol says from which
    versions an edit was made. A revoked one hands in what it never sent.
    """

    territory: str
    team: str
    device_id: str | None
    names_versions: bool = False
    revoked: bool = False
    former: tuple[Sender, ...] = ()

    def owns(self, team: str | None) -> bool:
        """Tell whether it may read and write what that team holds; what every team pulls is no tablet's to
        write."""
        return self.device_id is None or team == self.team

    @property
    def devices(self) -> set[str | None]:
        """The names under which it wrote."""
        return {sender.device_id for sender in (self, *self.former) if sender.device_id is not None}


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record of the batch that could be read, with its place in the batch.

    `apart` is the sender's team where the record must not touch what is held: its id, or what it is about, is
    another team's. `team` is the one that keeps it, where it is not the sender's.
    """

    place: int
    record: wire.Record
    digest: str
    fields: Fields | None = None
    apart: str = ""
    team: str = ""

    def set_apart(self, team: str) -> Incoming:
        """Return the same, to be kept apart for that team."""
        return replace(self, apart=team)

    def keys_of(self, team: str) -> tuple[str, str]:
        """Return the keys under which the log may hold it for that team: its id, or apart."""
        return self.record.id, key_apart(self.record.id, team)

    @property
    def key(self) -> str:
        """Key under which the log holds it."""
        return key_apart(self.record.id, self.apart) if self.apart else self.record.id

    @property
    def kind(self) -> str:
        """Its kind in the log: what is kept apart is of none that is counted or shown among the records."""
        return f"{APART}{self.record.kind}" if self.apart else self.record.kind

    @property
    def body(self) -> str:
        """The JSON that is kept and travels: what was judged, with the keys that were sent. `minutes: "60"` was
        judged as 60, and leaves as 60; the digest stays that of what was sent, which its sender knows."""
        return self.fields.model_dump_json(exclude_unset=True) if self.fields is not None else "{}"


Answers = dict[int, wire.Receipt]
"""Receipts by the place of their record in the batch."""
APART = "@"
"""In the log, between an id and the team for which it is kept apart; before the kind of such a record."""


def key_apart(record_id: str, team: str) -> str:
    """Return where the log keeps what that team sent under the id of another's record."""
    return f"{record_id}{APART}{team}"


def plain(name: str) -> str:
    """Return the id, or the kind, of a row of the log as it travels."""
    return name.removeprefix(APART).partition(APART)[0]


def read(place: int, item: Any) -> Incoming | wire.Receipt:
    """Read the envelope of one record; return its refusal where it cannot be read."""
    if isinstance(item, Damaged):
        return _unread(item.members, [DAMAGED])
    try:
        record = wire.Record.model_validate(item)
        canonical = wire.canonical(record.kind, record.deleted, record.fields)
        digest = wire.digest_of(canonical)
        if "\\u0000" not in canonical:  # PostgreSQL keeps no NUL: it would refuse the whole batch
            return Incoming(place, record, digest)
        problems = [UNREADABLE]
    except ValidationError as error:
        problems = list(problems_fr.in_french(error))
    except UnicodeEncodeError:
        problems = [UNREADABLE]
    except RecursionError:  # read, but too deep to be written again
        problems = [DAMAGED]
    return _unread(item if isinstance(item, dict) else {}, problems)


def _unread(members: Mapping[str, Any], problems: Sequence[rules.Problem]) -> wire.Receipt:
    """Return the refusal of a record that could not be read, under the id and revision that could."""
    record_id, revision = members.get("id"), members.get("revision")
    return wire.Receipt(
        id=problems_fr.printable(record_id[:100]) if isinstance(record_id, str) else "",
        revision=revision if type(revision) is int and abs(revision) < LARGEST else 0,
        status="refused",
        reasons=_reasons(problems),
    )


def judge(
    connection: Connection,
    sender: Sender,
    incoming: list[Incoming],
    today: date,
) -> tuple[list[Incoming], Answers]:
    """Judge records by the rules of the tablet, once more. Return those that pass, each with its fields, and the
    refusals of the others."""
    # 1. Read all that the rules may know, once for the batch. Of other teams' encounters the sender knows no day.
    local_codes.adopt(connection, sender.territory)
    subjects = columns.subjects(connection, sender.territory, [i.record for i in incoming])
    days = {s.id: s.day for s in subjects if sender.owns(s.team) and not sender.revoked}
    services = set(connection.scalars(select(SERVICE.c.id).where(SERVICE.c.territory == sender.territory)))
    evidence = rules.Evidence(today, services, days)
    kept, refused = [], {}
    # 2. Judge each record. Follow-ups come last: what they are about may be in this very batch.
    for item in sorted(incoming, key=lambda i: i.record.kind == "follow_up"):
        verdict = _verdict(item.record, evidence)
        if refusals := verdict.refusals:
            refused[item.place] = receipt(item, "refused", reasons=_reasons(refusals))
            continue
        if isinstance(verdict.fields, EncounterFields):
            days.update(dict.fromkeys(verdict.fields.subject_ids, verdict.fields.day))
        # 3. Put it where it belongs. A team that the log lost is as unknown as an encounter that has not come yet.
        subject = item.record.fields.get("subject_id")
        teams = [s.team for s in subjects if s.id == subject and s.team is not None]
        kept.append(_for_its_team(replace(item, fields=verdict.fields), sender, teams))
    return sorted(kept, key=lambda i: i.place), refused


def _for_its_team(item: Incoming, sender: Sender, teams: list[str]) -> Incoming:
    """Send a follow-up to the team that made what it is about: this one, one the tablet was of; any other knows
    nothing of it and it changes none of its figures."""
    if all(sender.owns(team) for team in teams):
        return item
    before = next((s.team for s in sender.former if s.team in teams), "")
    return replace(item, team=before) if before else item.set_apart(sender.team)


def _verdict(record: wire.Record, evidence: rules.Evidence) -> rules.Verdict:
    """Judge a record by the rules. A tombstone has no fields to judge, so it must truly have none: they would
    be kept in the log as they came."""
    if not record.deleted or record.kind not in KINDS:
        return rules.judge(record.kind, record.fields, evidence)
    return rules.Verdict(None, (FULL_TOMBSTONE,) if record.fields else ())


def _reasons(problems: Sequence[rules.Problem]) -> list[wire.Reason]:
    return [wire.Reason(field=p.field, code=p.code, message=p.message) for p in problems[: problems_fr.MOST_SAID]]


def receipt(item: Incoming, status: wire.Status, **more: Any) -> wire.Receipt:
    """Make the receipt of a record that could be read."""
    return wire.Receipt(
        id=item.record.id, revision=item.record.revision, status=status, digest=item.digest, **more
    )
