"""A territory to look at: invented records, and what a coordinator would have done with them since the pact began.

Each step calls the same function as the console, in date order, so that the audit log tells the same story. What
is typed stands in `demo.toml`, as one types it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from importlib.resources import files
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Engine, func, select

from shared import ids
from shared.models import KINDS, ServiceFields
from sync_server.access import devices
from sync_server.directory import choice_lists, new_territory, services
from sync_server.figures import declarations
from sync_server.figures.counts import Period
from sync_server.intake.store import RECORD, Sender
from sync_server.operations import synthetic
from sync_server.records import corrections, detail, reviews
from sync_server.records.detail import RecordDetail
from sync_server.records.reviews import Word
from sync_server.reports import frozen, pact_report
from sync_server.reports.pact_report import ReportRequest
from sync_server.steering import budget, changes, deprived_communes, forms, goals
from sync_server.steering.trajectory import YEARS
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Actor

LOGIN, DEVICE = "coordination", "synthetic"
FIRST_DAY, SIGNED = date(2024, 1, 8), date(2024, 1, 15)
"""The first outing, and the day the targets were typed."""
TEAMS = {
    "trait-dunion": ("Équipe trait d’union", "trait-dunion"),
    "animation": ("Animation territoriale", "jeunes"),
}
TRUE_RECORDS = (
    "Cette base contient déjà des saisies ou des réglages : la démonstration ne s’y ajoute pas. "
    "Donnez une base vide (DATABASE_URL)."
)
_USUAL = {"action": "trait-dunion", "commune": "90052", "place_type": "mairie", "slot": "matin"}
_MET = _USUAL | {
    "age_band": "40-59", "gender": "femme", "household": "seul", "housing": "logement",
    "activity": "demandeur-d-emploi", "rsa": "oui",
    "contact_mode": "adresse-par-la-mairie", "already_followed": "non", "duration_band": "de-10-a-30-min",
    "first_contact_year": "oui", "first_contact_ever": "non",
}  # fmt: skip
_NEED = {"needs": [{"theme": "equipement-et-alimentation--alimentation"}]}
_CROWD = {"session_type": "evenement", "place_type": "evenement", "headcount": 340, "school_holidays": "non"}
Deed = Callable[[Engine, Actor], None]


def fill(engine: Engine, territory: str, count: int, today: date) -> None:
    """Fill an empty territory with `count` records and the whole desk. Raises ValueError, in French, where
    somebody has worked already, and RuntimeError when the rules refuse something: they have moved."""
    _refuse_true_records(engine, territory)
    for team, (name, action) in TEAMS.items():
        devices.create_team(engine, territory, team, name, action)
    new_territory.mark_synthetic(engine, territory)
    for day, deed in sorted([*_weeks(count, today), *_deeds(today)], key=lambda one: one[0]):
        if day <= today:
            deed(engine, Actor(territory, LOGIN, day))


@cache
def load_typed() -> Mapping[str, Any]:
    """Load what the coordinator types: `goals` by code, `nationals`, `funding` by action, `deadlines`,
    `directory`."""
    return tomllib.loads((files("sync_server.operations") / "demo.toml").read_text("utf-8"))


def _refuse_true_records(engine: Engine, territory: str) -> None:
    entry = audit_log.ENTRY.c
    with database.reading(engine) as connection:
        records = select(func.count()).where(RECORD.c.territory == territory, RECORD.c.kind.in_(KINDS))
        deeds = select(func.count()).where(entry.territory == territory)
        if connection.scalar(records) or connection.scalar(deeds):
            raise ValueError(TRUE_RECORDS)


def _weeks(count: int, today: date) -> Iterator[tuple[date, Deed]]:
    """Spread what the tablets send among the deeds of the coordinator."""
    teams = {action: team for team, (_, action) in TEAMS.items()}
    for day, team, records in synthetic.weeks(teams, count, FIRST_DAY, today):
        yield day, partial(_receive, team, records)


def _receive(team: str, records: Sequence[dict[str, Any]], engine: Engine, actor: Actor) -> None:
    synthetic.push(engine, Sender(actor.territory, team, DEVICE), records, actor.today)


def _deeds(today: date) -> list[tuple[date, Deed]]:
    """List what is done on which day; those of the days to come are not done."""
    ago = partial(_ago, today)
    return [
        (SIGNED, _set_goals),
        *((date(year, 1, 20), partial(_mark_communes, year)) for year in YEARS),
        (SIGNED, partial(_set_deadlines, today)),
        *((date(last + 1, 1, 20), partial(_tell_year, last)) for last in range(YEARS[0] - 1, YEARS[-1] + 1)),
        *((date.fromisoformat(d["done_on"]), partial(_set_deadlines, today)) for d in _list_done()),
        *_report(today.year - (1 if today >= date(today.year, 3, 16) else 2)),
        (ago(220), partial(_verify, slice(0, 8))),
        (ago(90), _add_local_choice),
        (ago(60), _add_invented_service),
        (ago(40), partial(_verify, slice(8, None))),
        (ago(50), partial(_set_deadlines, today)),
        (ago(36), partial(_report_service, "restos-du-coeur", "horaires-faux")),
        (ago(34), partial(_handle_report, "restos-du-coeur")),
        (ago(12), _slip),
        (ago(6), partial(_report_service, "armee-du-salut", "telephone-faux")),
        (ago(3), _review),
    ]


def _report(year: int) -> list[tuple[date, Deed]]:
    """Return the last report: sent, found wanting, sent again."""
    if year < YEARS[0]:
        return []
    return [
        (date(year + 1, 2, 3), partial(_freeze, year, "Premier envoi (exemple).")),
        (date(year + 1, 3, 9), partial(_come_late, year)),
        (date(year + 1, 3, 10), partial(_correct, year)),
        (date(year + 1, 3, 16), partial(_freeze, year, "Second envoi, après corrections (exemple).")),
    ]


def _ago(today: date, days: int) -> date:
    """Return the day about so many days before, never on a Sunday."""
    day = today - timedelta(days)
    return day - timedelta(day.weekday() == 6)


def _list_done() -> list[Mapping[str, str]]:
    return [deadline for deadline in load_typed()["deadlines"] if "done_on" in deadline]


def _type(engine: Engine, actor: Actor, thing: changes.Editable, texts: Mapping[str, str]) -> None:
    """Send a form as the console would; a box that is not there keeps its first choice."""
    fields = thing.fields(texts)
    found = forms.read_form(fields, forms.texts_of(fields, None) | dict(texts))
    if found.errors:
        raise RuntimeError(f"{thing.key}: {found.errors}")
    with database.writing(engine) as connection:
        was_read = forms.fingerprint(changes.read(connection, actor.territory, thing))
        changes.save(connection, actor, thing, was_read, found.values)


def _set_goals(engine: Engine, actor: Actor) -> None:
    for code, texts in load_typed()["goals"].items():
        _type(engine, actor, goals.GoalOf(declarations.load()[code]), texts)


def _tell_year(last: int, engine: Engine, actor: Actor) -> None:
    """Type the money of the year that ended and what the national indicators reached; the plan of those to
    come."""
    unknown = {f"{name}{year}" for year in YEARS if year > last for name in ("executed", "comment", "v")}
    for action, texts in load_typed()["funding"].items():
        _type(engine, actor, budget.FundingOf(action), _without(texts, unknown))
    for texts in load_typed()["nationals"]:
        _type(engine, actor, goals.NationalOf(_id_of(texts["label"])), _without(texts, unknown))


def _without(texts: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if name not in names}


def _id_of(label: str) -> str:
    return str(uuid5(NAMESPACE_URL, label))


def _set_deadlines(today: date, engine: Engine, actor: Actor) -> None:
    """Type the deadlines known by then, with what was done by then: the ones near the day of the demonstration
    come late."""
    known_of = [d for d in load_typed()["deadlines"] if "day" in d or actor.today > today - timedelta(60)]
    for texts in known_of:
        day = texts.get("day") or str(today + timedelta(texts["ahead"]))
        done = texts.get("done_on", "")
        known = {"label": texts["label"], "day": day, "done_on": done if done <= str(actor.today) else ""}
        _type(engine, actor, budget.DeadlineOf(_id_of(texts["label"])), known)


def _mark_communes(year: int, engine: Engine, actor: Actor) -> None:
    """Mark the communes of T0 at first; a year later, three fewer."""
    left = load_typed()["directory"]["deprived"][3 * (year - YEARS[0]) :]
    with database.writing(engine) as connection:
        deprived_communes.save_marks(connection, actor, year, left, [])


def _verify(which: slice, engine: Engine, actor: Actor) -> None:
    """Mark these services as checked: somebody phoned them."""
    with database.writing(engine) as connection:
        for entry in services.entries(connection, actor.territory, load_typed()["directory"]["verified"][which]):
            fields = entry.fields.model_copy(update={"verified_on": actor.today})
            services.change(connection, actor, entry.id, entry.revision, fields)


def _add_local_choice(engine: Engine, actor: Actor) -> None:
    with database.writing(engine) as connection:
        choice_lists.add(connection, actor, "place_type", "Skate-park", "equipement-sportif")


def _add_invented_service(engine: Engine, actor: Actor) -> None:
    """Add the one service of which all is told, the languages and the way in too."""
    told = {**load_typed()["directory"]["invented"], "verified_on": actor.today}
    with database.writing(engine) as connection:
        services.add(connection, actor, ServiceFields.model_validate(told))


def _send(
    engine: Engine, actor: Actor, kind: str, fields: Mapping[str, Any], number: int = 0, team: str = "trait-dunion"
) -> None:
    """Send one more record from a tablet, received that day."""
    day = fields["day"]
    bits = Random(f"{kind} {day} {number}").getrandbits(112)  # noqa: S311  # nosec B311  # the same each time, not secret
    record = {"id": ids.new_id(date.fromisoformat(day), bits), "kind": kind, "revision": 1, "fields": dict(fields)}
    _receive(team, [record], engine, actor)


def _report_service(service: str, problem: str, engine: Engine, actor: Actor) -> None:
    _send(engine, actor, "service_report", {"service": service, "problem": problem, "day": str(actor.today)})


def _handle_report(service: str, engine: Engine, actor: Actor) -> None:
    with database.writing(engine) as connection:
        for report in services.reports(connection, actor.territory, service):
            services.handle(connection, actor, service, report.id)


def _freeze(year: int, comment: str, engine: Engine, actor: Actor) -> None:
    """Freeze the report, both times with the outcomes of the same day: what differs then is what was corrected."""
    wanted = ReportRequest("annuel", Period(*pact_report.days_of("annuel", year), date(year + 1, 2, 3)))
    with database.snapshot(engine) as connection:
        body = pact_report.build(connection, actor.territory, wanted)
    with database.writing(engine) as connection:
        frozen.freeze(connection, actor, body, comment)


def _come_late(year: int, engine: Engine, actor: Actor) -> None:
    """Send an encounter of December, found on a tablet in March: the frozen report does not have it."""
    _send(engine, actor, "encounter", _MET | _NEED | {"day": f"{year}-12-04"})


def _correct(year: int, engine: Engine, actor: Actor) -> None:
    """Correct encounters of December: the first was one too many; on the next, an accompaniment was forgotten."""
    seen = _encounters(engine, actor, date(year, 12, 1), date(year, 12, 31))[:4]
    for place, record in enumerate(seen):
        if place == 0:
            corrections.remove(engine, actor, record.id, record.revision)
        else:
            corrections.correct(engine, actor, record.id, record.revision, record.fields | {"accompanied": True})


def _encounters(engine: Engine, actor: Actor, first: date, last: date) -> Sequence[RecordDetail]:
    c = RECORD.c
    with database.reading(engine) as connection:
        found = connection.scalars(
            select(c.id)
            .where(c.territory == actor.territory, c.kind == "encounter", c.team == "trait-dunion", ~c.deleted)
            .where(c.day.between(first, last))
            .order_by(c.day, c.id)
        ).all()
        held = [detail.read_detail(connection, actor.territory, record_id) for record_id in found[:12]]
    return [record for record in held if record is not None]


def _slip(engine: Engine, actor: Actor) -> None:
    """Send what the checks of the console point at: one met twice, a presence and a session far too long and
    large."""
    day = {"day": str(actor.today)}
    for number in (1, 2):
        _send(engine, actor, "encounter", _MET | _NEED | day | {"first_contact_year": "non"}, number)
    _send(engine, actor, "presence", _USUAL | day | {"minutes": 615, "agents": 2})
    _send(engine, actor, "group_session", _USUAL | _CROWD | day | {"action": "jeunes"}, team="animation")


def _review(engine: Engine, actor: Actor) -> None:
    """Give two encounters of the month to look at again, the next ones validated."""
    seen = [
        (r.id, r.revision)
        for r in _encounters(engine, actor, actor.today - timedelta(45), actor.today - timedelta(15))
    ]
    notes = "Exemple de note : la commune semble être celle de la veille, à vérifier avec l’équipe."
    with database.writing(engine) as connection:
        word = Word(reviews.AGAIN, notes)
        reviews.give(connection, actor, word, seen[:2])
        reviews.give(connection, actor, replace(word, state=reviews.VALIDATED, note=""), seen[2:10])
