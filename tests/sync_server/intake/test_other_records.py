"""Group sessions, partner contacts and reports on services: kept as encounters are, counted apart from people."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from shared import choices
from shared.models import GroupSessionFields, PartnerContactFields, ServiceReportFields
from shared.models.tables import AgeCount, GenderCount, GroupSession, PartnerContact, ServiceReport
from tests.sync_server.figures.test_indicators import totals
from tests.sync_server.intake.test_rows import columns_of
from tests.sync_server.world import (
    COLLEAGUE,
    OTHER_TEAM,
    encounter,
    of_kind,
    people,
    pull,
    push,
    statuses,
)

OTHERS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "group_session": (GroupSession, GroupSessionFields, {"headcount": 20}),
    "partner_contact": (PartnerContact, PartnerContactFields, {"purpose": "coordination"}),
    "service_report": (ServiceReport, ServiceReportFields, {"problem": "demenage"}),
}
"""Each new kind: its table, its fields, and a correction."""


def corrected(record: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return record | {"revision": 2, "base_revision": 1, "fields": record["fields"] | fields}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_was_entered_stands_in_columns(engine: Engine, kind: str) -> None:
    model, fields, _ = OTHERS[kind]
    record = of_kind(kind)
    assert statuses(engine, record, record) == ["accepted", "duplicate"]
    [held] = columns_of(engine, model)
    entered = fields.model_validate(record["fields"]).model_dump(exclude={"ages", "genders"})
    assert held == {"territory": "90", "id": record["id"], "team": "giromagny"} | entered


@pytest.mark.parametrize("kind", OTHERS)
def test_the_colleague_s_tablet_pulls_it_and_its_correction_and_no_other_team_does(
    engine: Engine, kind: str
) -> None:
    model, _, change = OTHERS[kind]
    record = of_kind(kind)
    push(engine, record)
    assert [(r.kind, r.fields) for r in people(pull(engine))] == [(kind, record["fields"])]
    again = corrected(record, **change)
    assert statuses(engine, again, sender=COLLEAGUE) == ["accepted"]
    [held] = columns_of(engine, model)
    assert change.items() <= held.items()
    assert [r.revision for r in people(pull(engine, OTHER_TEAM))] == []
    assert statuses(engine, corrected(record), sender=OTHER_TEAM) == ["accepted"]  # apart: what stands stays
    assert columns_of(engine, model) == [held]


@pytest.mark.parametrize("kind", OTHERS)
def test_deleting_it_leaves_the_tombstone_alone(engine: Engine, kind: str) -> None:
    record, neighbour = of_kind(kind), of_kind(kind)
    push(engine, record, neighbour)
    gone = {"id": record["id"], "kind": kind, "revision": 2, "base_revision": 1, "deleted": True}
    assert statuses(engine, gone) == ["accepted"]
    assert [row["id"] for row in columns_of(engine, OTHERS[kind][0])] == [neighbour["id"]]
    assert {r.id: r.deleted for r in people(pull(engine))} == {record["id"]: True, neighbour["id"]: False}


def test_a_corrected_session_has_its_new_margins_alone_and_a_deleted_one_none(engine: Engine) -> None:
    record, neighbour = of_kind("group_session"), of_kind("group_session")
    push(engine, record, neighbour)
    push(engine, corrected(record, ages=[{"age_band": "16-17", "people": 2}], genders=[]))
    held = columns_of(engine, AgeCount, group_session_id=record["id"])
    assert [(row["age_band"], row["people"]) for row in held] == [("16-17", 2)]
    assert columns_of(engine, GenderCount, group_session_id=record["id"]) == []
    push(engine, {"id": record["id"], "kind": "group_session", "revision": 3, "base_revision": 2, "deleted": True})
    assert {row["group_session_id"] for row in columns_of(engine, AgeCount)} == {neighbour["id"]}
    assert [row["people"] for row in columns_of(engine, GenderCount)] == [7]


_codes = {name: list(choices.load(name).by_code) for name in ("age_band", "gender")}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ages=st.dictionaries(st.sampled_from(_codes["age_band"]), st.integers(1, 200), max_size=9),
    genders=st.dictionaries(st.sampled_from(_codes["gender"]), st.integers(1, 400), max_size=4),
)
def test_any_margins_within_the_headcount_stand_in_columns(
    engine: Engine, ages: dict[str, int], genders: dict[str, int]
) -> None:
    record = of_kind(
        "group_session",
        headcount=2_000,
        ages=[{"age_band": code, "people": n} for code, n in ages.items()],
        genders=[{"gender": code, "people": n} for code, n in genders.items()],
    )
    assert statuses(engine, record) == ["accepted"]
    held = columns_of(engine, AgeCount, group_session_id=record["id"])
    assert {row["age_band"]: row["people"] for row in held} == ages
    held = columns_of(engine, GenderCount, group_session_id=record["id"])
    assert {row["gender"]: row["people"] for row in held} == genders


@pytest.mark.parametrize(
    ("kind", "wrong", "field"),
    [
        ("group_session", {"headcount": 3}, "ages"),
        ("group_session", {"partner": "06 12 34 56 78"}, "partner"),
        ("partner_contact", {"structure": None}, "structure"),
        ("service_report", {"service": "chez-mon-cousin"}, "service"),
    ],
)
def test_what_the_tablet_refuses_the_server_refuses_too(
    engine: Engine, kind: str, wrong: dict[str, Any], field: str
) -> None:
    [receipt] = push(engine, of_kind(kind, **wrong))
    assert (receipt.status, receipt.reasons[0].field) == ("refused", field)
    assert columns_of(engine, OTHERS[kind][0]) == []


def test_a_session_of_any_size_adds_no_person_and_no_contact(engine: Engine) -> None:
    push(engine, encounter(first_contact_year="oui"), encounter(action="jeunes", age_band="18-21"))
    before = totals(engine)
    assert (before["A4-02"].value, before["A3-02"].value) == (1, 1)  # otherwise nothing could move
    for action in ("trait-dunion", "jeunes"):
        assert set(
            statuses(engine, *(of_kind("group_session", action=action, headcount=n) for n in (9, 2_000)))
        ) == {"accepted"}
    after = totals(engine)
    for code in ("A3-01", "A3-02", "A4-01", "A4-02"):
        assert after[code] == before[code], code


@pytest.mark.parametrize("text", ["Mairie\x00", "\x00", "a" * 81, "\ud800"], ids=ascii)
def test_a_name_no_database_keeps_is_refused_and_the_others_of_the_batch_pass(engine: Engine, text: str) -> None:
    receipts = push(engine, of_kind("group_session", partner=text), encounter())
    assert [r.status for r in receipts] == ["refused", "accepted"]
