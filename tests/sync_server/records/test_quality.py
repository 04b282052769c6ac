"""What looks wrong in the records, and only that."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.directory import services
from sync_server.intake import store
from sync_server.records import quality
from sync_server.records.quality_checks import Scope, fence
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from tests.sync_server.records.test_records import give
from tests.sync_server.world import ME, OTHER_TEAM, TODAY, encounter, new_id, of_kind, push

NEED = [{"theme": "famille--garde-denfants"}]
TWO_NEEDS = [*NEED, {"theme": "equipement-et-alimentation--alimentation"}]
THREE = [*TWO_NEEDS, {"theme": "famille--soutien-a-la-parentalite-et-a-leducation"}]
OTHER_THREE = [*TWO_NEEDS, {"theme": "famille--surmonter-conflits-separation-violence"}]


def scope(only: list[str] | None = None, first: date = date(2025, 3, 10), last: date = TODAY) -> Scope:
    return Scope(TERRITORY, TODAY, first, last, only)


def pointed(engine: Engine, code: str, within: Scope | None = None) -> set[str]:
    with database.reading(engine) as connection:
        return set(quality.list_flagged(connection, within or scope(), code))


def ids(*records: dict[str, Any]) -> set[str]:
    return {record["id"] for record in records}


def service_verified(engine: Engine) -> None:
    with database.writing(engine) as connection:
        connection.exec_driver_sql("UPDATE service SET verified_on = '2026-01-01'")


def test_a_day_long_before_the_first_reception_is_pointed_at(engine: Engine) -> None:
    old, just = encounter(day="2025-12-09"), encounter(day="2025-12-10")
    push(engine, old, just)
    assert pointed(engine, "jour-ancien") == ids(old)


def test_a_late_correction_of_what_came_in_time_is_not(engine: Engine) -> None:
    met = encounter(day="2025-09-01")
    store.accept(engine, ME, [met], date(2025, 9, 2))
    push(engine, encounter(met["id"], 2, 1, day="2025-09-01", gender="femme"))
    assert pointed(engine, "jour-ancien") == set()
    store.accept(engine, ME, [encounter(met["id"], 3, 2, day="2025-03-20")], TODAY)  # the day itself, mistyped
    assert pointed(engine, "jour-ancien") == ids(met)


def test_a_day_to_come_that_a_clock_let_in_is_pointed_at(engine: Engine) -> None:
    met = encounter(day="2026-03-20")
    store.accept(engine, ME, [met], date(2026, 3, 21))  # the server's clock was wrong
    push(engine, encounter())
    assert pointed(engine, "jour-futur") == ids(met)
    assert pointed(engine, "jour-futur", scope([met["id"]])) == ids(met)


@pytest.mark.parametrize(
    ("code", "kind", "field", "usual", "odd"),
    [
        ("effectif", "group_session", "headcount", 20, 90),
        ("minutes", "presence", "minutes", 120, 600),
        ("agents", "presence", "agents", 2, 12),
    ],
)
def test_a_number_far_above_the_others_is_pointed_at(
    engine: Engine, code: str, kind: str, field: str, usual: int, odd: int
) -> None:
    push(engine, *(of_kind(kind, **{field: usual + place % 3}) for place in range(24)))
    far = of_kind(kind, **{field: odd})
    push(engine, far)
    assert pointed(engine, code) == ids(far)
    assert pointed(engine, code, scope([new_id()])) == set()


def test_where_large_numbers_are_usual_they_are_not_pointed_at(engine: Engine) -> None:
    push(engine, *(of_kind("group_session", headcount=50 + 10 * (place % 6)) for place in range(24)))
    assert pointed(engine, "effectif") == set()


def test_the_fence_is_drawn_from_the_quartiles_and_not_of_too_few() -> None:
    assert fence([(value, 1) for value in range(1, 21)]) == 15 + 3 * 10
    assert fence([(10, 40)]) == 10
    assert fence([(10, 19)]) == 0
    assert fence([]) == 0


def test_who_needed_nothing_and_was_referred_all_the_same_is_pointed_at(engine: Engine) -> None:
    referred = [{"id": new_id(), "service": "mobijob"}]
    odd = encounter(no_need=True, referrals=referred)
    push(
        engine, odd, encounter(no_need=True), encounter(referrals=[referred[0] | {"id": new_id()}]),
        encounter(no_need=True, day="2025-03-09", referrals=[referred[0] | {"id": new_id()}]),
    )  # fmt: skip
    assert pointed(engine, "orientee-sans-besoin") == ids(odd)
    assert pointed(engine, "orientee-sans-besoin", scope([new_id()])) == set()


def test_the_same_person_noted_twice_is_pointed_at_on_both_sides(engine: Engine) -> None:
    alike: dict[str, Any] = {"age_band": "18-21", "gender": "femme", "needs": NEED}
    twice = [encounter(**alike), encounter(**alike, day="2026-03-08")]
    push(engine, *twice, encounter(**alike, day="2026-03-06"))
    assert pointed(engine, "doublon") == ids(*twice)
    assert pointed(engine, "doublon", scope([twice[0]["id"]])) == ids(twice[0])
    assert pointed(engine, "doublon", scope(first=date(2026, 3, 9))) == ids(twice[0])  # its like is a day before


@pytest.mark.parametrize(
    "other",
    [
        {"commune": "90033"},
        {"place_type": "domicile"},
        {"slot": "soiree"},
        {"age_band": "22-25"},
        {"gender": "homme"},
        {"needs": TWO_NEEDS},
        {"needs": []},
    ],
)
def test_what_differs_in_one_trait_is_somebody_else(engine: Engine, other: dict[str, Any]) -> None:
    alike: dict[str, Any] = {"age_band": "18-21", "gender": "femme", "needs": NEED}
    push(engine, encounter(**alike), encounter(**alike | other))
    assert pointed(engine, "doublon") == set()


def test_needs_are_compared_whole_and_teams_apart(engine: Engine) -> None:
    alike: dict[str, Any] = {"age_band": "18-21", "gender": "femme"}
    push(engine, encounter(**alike, needs=THREE), encounter(**alike, needs=OTHER_THREE))
    push(engine, encounter(**alike, needs=NEED))
    push(engine, encounter(**alike, needs=NEED), sender=OTHER_TEAM)
    assert pointed(engine, "doublon") == set()
    same = encounter(**alike, needs=list(reversed(THREE)))
    push(engine, same)
    assert same["id"] in pointed(engine, "doublon")


def test_two_of_whom_nothing_was_said_are_not_taken_for_one(engine: Engine) -> None:
    push(engine, encounter(), encounter())
    assert pointed(engine, "doublon") == set()


def test_presences_of_more_than_a_day_for_each_agent_are_pointed_at(engine: Engine) -> None:
    long = [of_kind("presence", minutes=900, agents=1), of_kind("presence", minutes=600, agents=1)]
    push(engine, *long)
    push(engine, of_kind("presence", minutes=900, agents=1), sender=OTHER_TEAM)
    push(engine, of_kind("presence", minutes=1440, agents=2, day="2026-03-08"))
    assert pointed(engine, "plus-de-24-h") == ids(*long)
    assert pointed(engine, "plus-de-24-h", scope([long[0]["id"]])) == ids(long[0])


def test_an_encounter_where_the_team_was_not_that_day_is_pointed_at(engine: Engine) -> None:
    elsewhere = encounter(commune="90033")
    no_presence_at_all = encounter(day="2026-03-07")
    push(engine, of_kind("presence"), encounter(), elsewhere, no_presence_at_all)
    push(engine, encounter(commune="90033"), sender=OTHER_TEAM)  # that team notes no presence
    assert pointed(engine, "sans-presence") == ids(elsewhere)


def test_referrals_to_a_service_gone_or_never_verified_are_told_apart(engine: Engine) -> None:
    service_verified(engine)
    good, gone, unverified = (
        encounter(referrals=[{"id": new_id(), "service": service}])
        for service in ("mobijob", "france-services-giromagny", "france-services-valdoie")
    )
    push(engine, good, gone, unverified)
    assert pointed(engine, "service-retire") | pointed(engine, "service-non-verifie") == set()
    with database.writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM service WHERE id = 'france-services-giromagny'")
        connection.exec_driver_sql("UPDATE service SET verified_on = NULL WHERE id = 'france-services-valdoie'")
    assert pointed(engine, "service-retire") == ids(gone)
    assert pointed(engine, "service-non-verifie") == ids(unverified)


def give_out(engine: Engine, service: str, day: date, retired: bool) -> None:
    """The coordinator retires the service on that day, corrects it, or puts it back."""
    actor = Actor(TERRITORY, "coordination", day)
    with database.writing(engine) as connection:
        now = services.entry(connection, TERRITORY, service)
        assert now is not None
        fields = now.fields.model_copy(update={"phone": f"03 84 00 00 {now.revision:02}"})
        services.change(connection, actor, service, now.revision, fields, retired=retired)


def sent_to(service: str, day: str) -> dict[str, Any]:
    return encounter(day=day, referrals=[{"id": new_id(), "service": service}])


def test_only_referrals_made_after_the_day_a_service_was_retired_are_pointed_at(engine: Engine) -> None:
    before, same_day, after = (sent_to("mobijob", day) for day in ("2026-03-01", "2026-03-02", "2026-03-03"))
    push(engine, before, same_day, after, sent_to("france-services-valdoie", "2026-03-03"))
    assert pointed(engine, "service-retire") == set()
    give_out(engine, "mobijob", date(2026, 3, 2), retired=True)
    assert pointed(engine, "service-retire") == ids(after)
    assert pointed(engine, "service-retire", scope([before["id"]])) == set()


def test_a_retired_service_that_is_corrected_was_retired_on_its_first_day(engine: Engine) -> None:
    after = sent_to("mobijob", "2026-03-03")
    push(engine, after)
    give_out(engine, "mobijob", date(2026, 3, 2), retired=True)
    give_out(engine, "mobijob", date(2026, 3, 8), retired=True)
    assert pointed(engine, "service-retire") == ids(after)


def test_a_service_put_back_is_pointed_at_from_the_day_it_is_retired_again(engine: Engine) -> None:
    between, after = sent_to("mobijob", "2026-03-03"), sent_to("mobijob", "2026-03-09")
    push(engine, between, after)
    give_out(engine, "mobijob", date(2026, 3, 2), retired=True)
    give_out(engine, "mobijob", date(2026, 3, 4), retired=False)
    assert pointed(engine, "service-retire") == set()
    give_out(engine, "mobijob", date(2026, 3, 8), retired=True)
    assert pointed(engine, "service-retire") == ids(after)


def test_what_was_validated_is_pointed_at_no_more_until_it_changes(engine: Engine) -> None:
    met = encounter(day="2025-11-01")
    push(engine, met)
    give(engine, "a-revoir", (met["id"], 1))
    assert pointed(engine, "jour-ancien") == ids(met)
    give(engine, "validee", (met["id"], 1))
    assert pointed(engine, "jour-ancien") == set()
    push(engine, encounter(met["id"], 2, 1, day="2025-11-02"))
    assert pointed(engine, "jour-ancien") == ids(met)


def test_what_was_deleted_or_falls_outside_the_days_looked_at_is_not_pointed_at(engine: Engine) -> None:
    met, other = encounter(day="2025-11-01"), encounter(day="2025-11-01")
    push(engine, met, other)
    push(engine, {"id": met["id"], "kind": "encounter", "revision": 2, "base_revision": 1, "deleted": True})
    assert pointed(engine, "jour-ancien") == ids(other)
    assert pointed(engine, "jour-ancien", scope(first=TODAY - timedelta(30))) == set()


def test_a_structure_that_seems_to_be_a_person_is_pointed_at(engine: Engine) -> None:
    person = of_kind("partner_contact", structure="Mme Haddad, bénévole")
    young = of_kind("group_session", partner="MJC de Delle", establishment="chez Mamadou")
    school = of_kind("group_session", partner="Foyer Rosa Parks", establishment="Collège Simone-Signoret")
    push(engine, person, young, school, of_kind("partner_contact"))
    assert pointed(engine, "nom-de-personne") == ids(person, young)
    assert pointed(engine, "nom-de-personne", scope([young["id"]])) == ids(young)
    give(engine, "validee", (person["id"], 1))
    assert pointed(engine, "nom-de-personne") == ids(young)


def test_every_check_is_counted_and_said_in_french(engine: Engine) -> None:
    met = encounter(day="2025-11-01")
    push(engine, met)
    with database.reading(engine) as connection:
        found = {flag.check.code: flag.count for flag in quality.flags(connection, scope())}
        mine = quality.flag_records(connection, scope([met["id"]]))
    assert found.keys() == quality.CHECKS.keys()
    assert {code for code, count in found.items() if count} == {"jour-ancien"}
    assert [check.label for check in mine[met["id"]]] == ["Jour ancien"]
    assert all("'" not in check.sentence and check.sentence.endswith(".") for check in quality.CHECKS.values())
