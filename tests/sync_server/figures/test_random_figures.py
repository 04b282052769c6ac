"""Any records, edited, deleted, followed up and late, in any period: the SQL and the second count agree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from shared import choices, territory
from shared.territory import TERRITORY
from sync_server.figures import counts, declarations, dimensions
from sync_server.figures.counts import Period
from sync_server.storage import database
from sync_server.storage.desk_tables import CommuneYear, LocalChoice
from sync_server.storage.tables import table
from tests import reference
from tests.sync_server.figures.test_worked_year import as_told, prepare
from tests.sync_server.world import new_id, push
from tests.worked_year import CCAS

DAYS = [date(2024, 12, 31), *(date(2025, m, d) for m, d in [(1, 1), (1, 30), (1, 31), (2, 15), (3, 31), (4, 1)])]
"""Ends of years, quarters and months; the last is sixty days after 31 January."""
COMMUNES = ["90010", "90052", "90033"]
TABLES = ("encounter", "need", "obstacle", '"right"', "referral", "follow_up", "presence", "group_session",
          "partner_contact", "past_revision", "commune_year")  # fmt: skip
NOT_DRAWN = ("household", "housing", "rsa", "contact_mode", "slot")
DIMENSIONS = [name for name in dimensions.LABELS if name not in NOT_DRAWN]


LOCAL = {
    "local-skatepark": ("place_type", "mairie"),
    "sante--local-dentiste": ("theme", "sante--acces-aux-soins"),
    "local-scooter": ("obstacle", "mobilite"),
    "local-cheque-eau": ("right", "rsa"),
    "local-lycee-agricole": ("partner_type", "college"),
    "local-alerte": ("partner_purpose", "signalement"),
}
"""Codes added here: the list of each, and the national code it counts under."""


def of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def code(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(list(choices.load(name).by_code))


there = {
    "action": of("jeunes", "trait-dunion"),
    "day": st.sampled_from(DAYS).map(str),
    "commune": st.sampled_from(COMMUNES),
}
outing = there | {"place_type": of("mairie", "domicile", "local-skatepark")}
_follow_ups = {
    kind: st.lists(st.tuples(of(0, 1, 1, 70), code(f"outcome_{kind}")), max_size=3)
    for kind in ("referral", "obstacle", "right")
}
encounters = st.fixed_dictionaries(
    outing
    | {
        "age_band": of("16-17", "18-21", "26-39", "inconnu"),
        "gender": of("femme", "homme"),
        "activity": of("ni-emploi-ni-etudes-ni-formation", "demandeur-d-emploi", "inconnu"),
        "already_followed": of("oui", "non", "inconnu"),
        "firsts": of(("oui", "oui"), ("oui", "ne-sait-pas"), ("non", "non"), ("ne-sait-pas", "ne-sait-pas")),
        "accompanied": st.booleans(),
        "needs": st.sets(of("sante--acces-aux-soins", "sante--local-dentiste", "remobilisation--lien-social")),
        "obstacles": st.dictionaries(
            of("mobilite", "langue", "local-scooter"), _follow_ups["obstacle"], min_size=1
        ),
        "rights": st.dictionaries(of("rsa", "aspa", "local-cheque-eau"), _follow_ups["right"]),
        "referrals": st.dictionaries(
            of("mobijob", "france-services-giromagny", "ccas-de-delle"),
            st.tuples(st.booleans(), _follow_ups["referral"]),
            min_size=1,
            max_size=2,
        ),
    }
)
presences = st.fixed_dictionaries(outing | {"minutes": of(30, 45), "agents": of(1, 3)})
sessions = st.fixed_dictionaries(
    outing
    | {"session_type": of("extra-scolaire", "atelier"), "headcount": of(2, 9), "school_holidays": of("oui", "non")}
)
partners = st.fixed_dictionaries(
    there
    | {
        "partner_type": of("equipe-municipale", "college", "association", "ccas", "local-lycee-agricole"),
        "purpose": of("presentation", "action-commune", "signalement", "local-alerte"),
        "structure": of("CCAS de Delle", "ccas de DELLE", "Élan", "elan", "Collège-Duclos"),
    }
)
fates = of("kept", "kept", "edited", "deleted", "again")


def kind_of(name: str, drawn: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(name), drawn, fates, drawn)


histories = st.lists(
    st.one_of(
        kind_of("encounter", encounters),
        kind_of("encounter", encounters),
        kind_of("encounter", encounters),
        kind_of("presence", presences),
        kind_of("presence", presences),
        kind_of("group_session", sessions),
        kind_of("partner_contact", partners),
    ),
    min_size=8,
    max_size=20,
)
periods = st.one_of(
    st.just((DAYS[0], DAYS[-1])), st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(sorted)
).flatmap(lambda d: st.builds(Period, st.just(d[0]), st.just(d[1]), of(d[1], DAYS[-1], date(2025, 6, 30))))
marks = st.sets(st.tuples(st.sampled_from(COMMUNES), of(2024, 2025)))


def sent_fields(kind: str, drawn: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The fields as a tablet sends them, and the follow-ups of their parts."""
    if kind != "encounter":
        return dict(drawn), []
    fields = {name: value for name, value in drawn.items() if name != "firsts"}
    fields["first_contact_year"], fields["first_contact_ever"] = drawn["firsts"]
    fields["needs"] = [{"theme": theme} for theme in sorted(drawn["needs"])]
    follow_ups: list[dict[str, Any]] = []

    def part(subject: str, later: list[tuple[int, str]], **more: Any) -> dict[str, Any]:
        made = new_id()
        for days, outcome in later:
            day = str(date.fromisoformat(drawn["day"]) + timedelta(days))
            said = {"subject_id": made, "subject_kind": subject, "day": day, "outcome": outcome}
            follow_ups.append({"id": new_id(), "kind": "follow_up", "revision": 1, "fields": said})
        return {"id": made} | more

    fields["obstacles"] = [part("obstacle", later, kind=k) for k, later in sorted(drawn["obstacles"].items())]
    fields["rights"] = [part("right", later, right=r) for r, later in sorted(drawn["rights"].items())]
    fields["referrals"] = [
        part("referral", later, service=s, accepted=accepted)
        for s, (accepted, later) in sorted(drawn["referrals"].items())
    ]
    return fields, follow_ups


def as_sent(history: list[tuple[str, Any, str, Any]]) -> list[dict[str, Any]]:
    """What the tablets send: first the records, then their follow-ups, then what becomes of the records."""
    first, later, last = [], [], []
    for kind, drawn, fate, other in history:
        fields, follow_ups = sent_fields(kind, drawn)
        record = {"id": new_id(), "kind": kind, "revision": 1, "fields": fields}
        first.append(record)
        later += follow_ups
        again = {"id": record["id"], "kind": kind, "revision": 2, "base_revision": 1}
        if fate == "edited":
            changed, more = sent_fields(kind, other)
            last += [again | {"fields": changed}, *more]
        elif fate == "deleted":
            last.append(again | {"deleted": True, "fields": {}})
        elif fate == "again":
            last.append(record)
    return [*first, *later, *last]


def empty(engine: Engine, marked: set[tuple[str, int]]) -> None:
    with database.writing(engine) as connection:
        for name in TABLES:
            connection.exec_driver_sql(f"DELETE FROM {name}")
        connection.exec_driver_sql("DELETE FROM record WHERE kind <> 'service'")
        rows = [{"territory": TERRITORY, "insee": c, "year": year} for c, year in marked]
        if rows:
            connection.execute(insert(table(CommuneYear)), rows)


def add_local_codes(engine: Engine) -> None:
    """As the coordinator did: the server reads them at each push."""
    rows = [
        {
            "territory": TERRITORY,
            "list_name": name,
            "code": code,
            "label": code,
            "order": 900,
            "national": national,
        }
        for code, (name, national) in LOCAL.items()
    ]
    with database.writing(engine) as connection:
        connection.execute(insert(table(LocalChoice)), rows)


def _world(marked: set[tuple[str, int]], cut_off: date) -> reference.World:
    epci_of = {c.insee: c.epci for c in territory.communes().values()}
    services = {s["id"]: s for s in [*territory.services(), CCAS]}
    under = {code: national for code, (_, national) in LOCAL.items()}
    return reference.World(epci_of, services, sorted(marked), cut_off, under)


def test_the_sql_and_the_second_count_agree_on_any_records(engine: Engine) -> None:
    prepare(engine)
    add_local_codes(engine)

    @settings(max_examples=45, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(history=histories, period=periods, marked=marks, by=st.sampled_from(DIMENSIONS), place=st.booleans())
    def agree(history: list[Any], period: Period, marked: set[tuple[str, int]], by: str, place: bool) -> None:
        sent = as_sent(history)
        empty(engine, marked)
        assert {r.status for r in push(engine, *sent)} <= {"accepted", "duplicate"}
        only = {"commune": ("90052", "90010")} if place else {}
        with database.reading(engine) as connection:
            found = counts.compute(connection, TERRITORY, period, (by,), only)
        world = reference.tell(_world(marked, period.cut_off), sent, period.first, period.last)
        told: dict[str | None, dict[str, reference.Told]] = {None: reference.figures(world, only)}
        assert set(found) == set(declarations.load())
        for code, cells in found.items():
            for cell, figure in cells.items():
                value = cell[0] if cell else None
                if value not in told:
                    told[value] = reference.figures(world, _both(only, by, str(value)))
                assert as_told(figure) == told[value][code], (code, cell)

    agree()


def _both(only: Mapping[str, tuple[str, ...]], by: str, value: str) -> dict[str, tuple[str, ...]]:
    return {**only, by: (value,)}
