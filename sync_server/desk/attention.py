"""The notices of the first page: a few counts, each with a way to where one can act.

Teams and days, never a person: neither who was met nor who works (PRIVACY). To watch one more thing, add its
function to `WATCHES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, case, func, select

from shared.french import format_count, format_day, format_number
from shared.models.tables import Encounter, Referral
from sync_server.access.tablets import confirming
from sync_server.figures import compiler
from sync_server.records import quality
from sync_server.records.quality_checks import Scope
from sync_server.reports import referrals
from sync_server.steering import budget
from sync_server.storage.tables import Device, Quarantined, Team, table

DEVICE, ENCOUNTER, QUARANTINE, REFERRAL, TEAM = (
    table(m) for m in (Device, Encounter, Quarantined, Referral, Team)
)
SILENT_DAYS = 14
"""A tablet not seen for longer is told."""
DOUBT_DAYS = 30
"""Records that a check points at are told for so long: older ones stand in the list of the checks."""
OF_THE_DIRECTORY = frozenset({"service-retire", "service-non-verifie"})
"""What these checks ask for is done in the directory, not record by record."""
DUE_DAYS = 60
"""A deadline this near is told."""
NEWS_DAYS = (30, 60)
"""A referral without news for longer is told; the second is what A4-12 counts."""
NEWS_ADVICE = (
    "Dernière suite connue : proposée, rendez-vous pris ou sans nouvelle, sur un an. Demandez aux équipes de noter"
    " les suites, ou relancez les services."
)
WAKE = "Demandez à l’équipe de l’ouvrir là où il y a du réseau ; si elle est perdue, l’administration la révoque."
YEAR = 365
"""Days: older referrals no longer ask for a phone call."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One line: what there is, what to do about it, and where. `grave` for what should not wait; the first of
    `pages` that this server has is linked with `query`, none where the coordinator cannot act in the console."""

    text: str
    advice: str
    pages: tuple[str, ...] = ()
    link: str = ""
    grave: bool = False
    query: str = ""


Watch = Callable[[Connection, str, date], Iterator[Notice]]


def notices(connection: Connection, territory: str, today: date) -> list[Notice]:
    """Return all there is, the gravest first."""
    found = [notice for watch in WATCHES for notice in watch(connection, territory, today)]
    return sorted(found, key=lambda notice: not notice.grave)


def _deadlines(connection: Connection, territory: str, today: date) -> Iterator[Notice]:
    for due in budget.deadlines(connection, territory, until=today + timedelta(DUE_DAYS)):
        late = due.day < today
        when = f"en retard, attendue le {format_day(due.day)}" if late else f"pour le {format_day(due.day)}"
        where = f"/console/objectifs/echeances/{due.id}"
        yield Notice(f"Échéance « {due.label} » : {when}", "", (where,), "Voir l’échéance", late)


def _quarantine(connection: Connection, territory: str, _: date) -> Iterator[Notice]:
    query = select(func.count()).select_from(QUARANTINE).where(QUARANTINE.c.territory == territory)
    if many := connection.scalar(query) or 0:
        text = format_count(many, "saisie non prise attend", "saisies non prises attendent") + " sur tablette"
        advice = "Voyez pourquoi avec l’équipe."
        yield Notice(text, advice, ("/console/a-revoir",), "Voir ces saisies", grave=True)


def _referrals(connection: Connection, territory: str, today: date) -> Iterator[Notice]:
    short, long = without_news(connection, territory, today)
    if short:
        text = format_count(short, "orientation sans nouvelle", "orientations sans nouvelle")
        text += (
            f" depuis plus de {NEWS_DAYS[0]} jours, dont {format_number(long)} depuis plus de {NEWS_DAYS[1]} jours"
        )
        first, last = today - timedelta(YEAR), today - timedelta(NEWS_DAYS[0] + 1)
        query = f"?du={first}&au={last}&arrete={today}"
        yield Notice(text, NEWS_ADVICE, ("/console/orientations",), "Voir les orientations", query=query)


def without_news(connection: Connection, territory: str, today: date) -> tuple[int, int]:
    """Return the referrals made within a year and more than each of `NEWS_DAYS` ago, without a known outcome (R4):
    the definition of A4-12 and of the page of the referrals."""
    r, e = REFERRAL.c, ENCOUNTER.c
    columns = {"territory": r.territory, "subject_id": r.id, "accepted": r.accepted}
    outcome = compiler.outcome_of("referral", "outcome_referral", today, columns)
    short, long = (today - timedelta(days + 1) for days in NEWS_DAYS)
    query = (
        select(func.count(), func.sum(case((e.day <= long, 1), else_=0)))
        .select_from(REFERRAL.join(ENCOUNTER, (e.territory == r.territory) & (e.id == r.encounter_id)))
        .where(
            e.territory == territory,
            e.day.between(today - timedelta(YEAR), short),
            outcome.in_(referrals.WITHOUT_OUTCOME),
        )
    )
    many, older = connection.execute(query).one()
    return many, older or 0


def _waiting_tablets(connection: Connection, territory: str, _: date) -> Iterator[Notice]:
    if many := confirming.count_waiting(connection, territory):
        one, more = "tablette attend que vous la confirmiez", "tablettes attendent que vous les confirmiez"
        text = format_count(many, one, more)
        advice = "Jusque-là, rien n’est reçu ni envoyé. Ayez au téléphone la personne qui a la tablette en main."
        yield Notice(text, advice, ("/console/tablettes",), "Confirmer", grave=True)


def _devices(connection: Connection, territory: str, today: date) -> Iterator[Notice]:
    d, t = DEVICE.c, TEAM.c
    query = (
        select(t.name, func.count().label("many"), func.min(d.seen_on).label("since"))
        .select_from(DEVICE.join(TEAM, (t.territory == d.territory) & (t.id == d.team)))
        .where(d.territory == territory, d.revoked_on.is_(None), d.seen_on < today - timedelta(SILENT_DAYS))
        .group_by(t.name)
        .order_by(t.name)
    )
    for row in connection.execute(query):
        text = format_count(row.many, "tablette muette", "tablettes muettes")
        since = f"{'la plus ancienne ' if row.many > 1 else ''}depuis le {format_day(row.since)}"
        yield Notice(f"{row.name} : {text}, {since}", WAKE)


def _doubtful(connection: Connection, territory: str, today: date) -> Iterator[Notice]:
    scope = Scope(territory, today, today - timedelta(DOUBT_DAYS), today)
    codes = quality.CHECKS.keys() - OF_THE_DIRECTORY
    doubted = {record for code in codes for record in quality.list_flagged(connection, scope, code)}
    if doubted:
        many = "saisies sont à vérifier" if len(doubted) > 1 else "saisie est à vérifier"
        yield Notice(
            f"{len(doubted)} {many} sur les {DOUBT_DAYS} derniers jours",
            "Date, durée, doublon ou nom de personne possible : corrigez, ou validez si c’est juste.",
            ("/console/saisies/signalements",),
            "Voir les signalements",
        )


WATCHES: tuple[Watch, ...] = (_waiting_tablets, _deadlines, _quarantine, _referrals, _devices, _doubtful)
