"""What a record says and what the columns hold are the same thing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from shared import choices
from shared.models import EncounterFields, PresenceFields
from shared.models.tables import Encounter, Need, Obstacle, Presence, Referral, Right
from sync_server.intake import columns
from sync_server.storage import database
from sync_server.storage.tables import table
from tests.sync_server.world import encounter, follow_up, new_id, people, pull, push, statuses


def codes(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(list(choices.load(name).by_code))


def several(name: str, key: str, with_id: bool = True) -> st.SearchStrategy[list[dict[str, Any]]]:
    def entry(code: str) -> dict[str, Any]:
        return {key: code} | ({"id": new_id()} if with_id else {})

    return st.sets(codes(name), max_size=3).map(lambda found: [entry(code) for code in sorted(found)])


_profile = st.fixed_dictionaries(
    {},
    optional={
        "slot": codes("slot"),
        "contact_mode": codes("contact_mode"),
        "age_band": codes("age_band"),
        "gender": codes("gender"),
        "household": codes("household"),
        "housing": codes("housing"),
        "activity": codes("activity"),
        "rsa": codes("rsa"),
        "already_followed": codes("already_followed"),
        "duration_band": codes("duration_band"),
        "accompanied": st.booleans(),
        "needs": several("theme", "theme", with_id=False),
        "obstacles": several("obstacle", "kind"),
        "rights": several("right", "right"),
    },
)


def columns_of(engine: Engine, model: Any, **where: str) -> list[dict[str, Any]]:
    found = select(table(model))
    for name, value in where.items():
        found = found.where(table(model).c[name] == value)
    with database.reading(engine) as connection:
        return [dict(row) for row in connection.execute(found).mappings()]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(profile=_profile, service=st.sampled_from(["mobijob", "esd"]), accepted=st.booleans())
def test_any_encounter_stands_in_columns_as_it_was_entered(
    engine: Engine, profile: dict[str, Any], service: str, accepted: bool
) -> None:
    met = encounter(**profile, referrals=[{"id": new_id(), "service": service, "accepted": accepted}])
    assert statuses(engine, met) == ["accepted"]
    fields = EncounterFields.model_validate(met["fields"])
    [header] = columns_of(engine, Encounter, id=met["id"])
    for name in ("action", "day", "commune", "place_type", *profile):
        if name not in ("needs", "obstacles", "rights"):
            assert header[name] == getattr(fields, name), name
    parts = {"needs": Need, "obstacles": Obstacle, "rights": Right, "referrals": Referral}
    for part, model in parts.items():
        held = columns_of(engine, model, encounter_id=met["id"])
        entered = [entry.model_dump() for entry in getattr(fields, part)]
        stripped = [{k: v for k, v in row.items() if k not in ("territory", "encounter_id")} for row in held]
        assert sorted(map(repr, map(sorted_items, stripped))) == sorted(map(repr, map(sorted_items, entered)))


def sorted_items(row: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(row.items())


@pytest.mark.parametrize("minutes", [1, 45, 1440])
def test_a_presence_stands_in_columns(engine: Engine, minutes: int) -> None:
    fields = {"action": "jeunes", "day": "2026-03-01", "commune": "90010", "place_type": "marche-ou-commerce"}
    record = {"id": new_id(), "kind": "presence", "revision": 1, "fields": fields | {"minutes": minutes}}
    assert statuses(engine, record) == ["accepted"]
    [held] = columns_of(engine, Presence)
    entered = PresenceFields.model_validate(record["fields"])
    assert {name: held[name] for name in PresenceFields.model_fields} == entered.model_dump()


def test_a_need_one_asked_for_and_one_that_nobody_did_stand_apart(engine: Engine) -> None:
    need = [{"theme": "sante--acces-aux-soins"}]
    asked, unasked, needy, both = (
        encounter(no_need=True), encounter(), encounter(needs=need), encounter(no_need=True, needs=need),
    )  # fmt: skip
    assert statuses(engine, asked, unasked, needy, both) == ["accepted"] * 3 + ["refused"]
    held = {row["id"]: row["no_need"] for row in columns_of(engine, Encounter)}
    assert held == {asked["id"]: True, unasked["id"]: False, needy["id"]: False}
    pulled = {r.id: r.fields for r in people(pull(engine))}
    assert pulled == {one["id"]: one["fields"] for one in (asked, unasked, needy)}


def test_erasing_takes_the_parts_along_and_nothing_of_the_neighbour(engine: Engine) -> None:
    both = [encounter(needs=[{"theme": "sante--acces-aux-soins"}]) for _ in range(2)]
    push(engine, *both)
    with database.writing(engine) as connection:
        columns.erase(connection, "90", [both[0]["id"]])
    assert [row["id"] for row in columns_of(engine, Encounter)] == [both[1]["id"]]
    assert [row["encounter_id"] for row in columns_of(engine, Need)] == [both[1]["id"]]


def test_the_day_of_each_kind_of_subject_is_known(engine: Engine) -> None:
    obstacle, right, referral = new_id(), new_id(), new_id()
    push(
        engine,
        encounter(
            day="2026-03-05",
            obstacles=[{"id": obstacle, "kind": "langue"}],
            rights=[{"id": right, "right": "rsa"}],
            referrals=[{"id": referral, "service": "mobijob"}],
        ),
    )
    for subject, kind, outcome in (
        (obstacle, "obstacle", "leve"),
        (right, "right", "ouvert"),
        (referral, "referral", "honoree"),
    ):
        early = follow_up(subject, "2026-03-04", outcome, subject_kind=kind)
        late = follow_up(subject, "2026-03-05", outcome, subject_kind=kind)
        assert statuses(engine, early, late) == ["refused", "accepted"]
