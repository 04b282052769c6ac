"""Group sessions, partner contacts, reported directory errors, slips: what may be kept, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import coupons, ids, rules
from shared.models import KINDS, EncounterFields, GroupSessionFields, PartnerContactFields

TODAY = date(2026, 3, 10)
CONTEXT = rules.Evidence(TODAY, frozenset({"france-services-giromagny"}))


def session(**fields: Any) -> dict[str, Any]:
    place = {"action": "jeunes", "day": "2026-03-09", "commune": "90052", "place_type": "centre-social"}
    return place | {"headcount": 12} | fields


def contact(**fields: Any) -> dict[str, Any]:
    return {
        "action": "jeunes", "day": "2026-03-09", "commune": "90052", "partner_type": "college",
        "structure": "Collège du Val-de-Rosemont",
    } | fields  # fmt: skip


def codes(kind: str, raw: dict[str, Any]) -> set[tuple[str, str]]:
    return {(p.field, p.code) for p in rules.judge(kind, raw, CONTEXT).refusals}


def test_a_session_with_margins_within_its_headcount_passes() -> None:
    ages = [{"age_band": "16-17", "people": 5}, {"age_band": "18-21", "people": 6}]
    assert codes("group_session", session(ages=ages, genders=[{"gender": "femme", "people": 12}])) == set()


@given(
    st.integers(1, 40),
    st.dictionaries(st.sampled_from(["16-17", "18-21", "22-25", "inconnu"]), st.integers(1, 30), max_size=4),
)
def test_a_margin_above_the_headcount_is_always_refused(headcount: int, counts: dict[str, int]) -> None:
    ages = [{"age_band": band, "people": people} for band, people in counts.items()]
    found = codes("group_session", session(headcount=headcount, ages=ages))
    assert found == ({("ages", "above_headcount")} if sum(counts.values()) > headcount else set())


def test_a_band_counted_twice_is_refused() -> None:
    twice = [{"age_band": "16-17", "people": 1}] * 2
    assert ("ages", "twice") in codes("group_session", session(ages=twice))


@pytest.mark.parametrize("headcount", [0, -1, 2_001, "douze", None])
def test_a_headcount_that_is_none_is_refused(headcount: object) -> None:
    assert {field for field, _ in codes("group_session", session(headcount=headcount))} == {"headcount"}


def test_a_school_must_be_named_a_municipal_team_needs_not() -> None:
    assert codes("partner_contact", contact()) == set()
    assert codes("partner_contact", contact(structure=None)) == {("structure", "missing")}
    assert codes("partner_contact", contact(structure="", partner_type="club")) == {("structure", "missing")}
    assert codes("partner_contact", contact(structure=None, partner_type="equipe-municipale")) == set()


@pytest.mark.parametrize("name", ["M. X 06 12 34 56 78", "direction@college.fr"])
def test_a_structure_is_not_a_person(name: str) -> None:
    verdict = rules.judge("partner_contact", contact(structure=name), CONTEXT)
    assert [(p.field, p.code) for p in verdict.refusals] == [("structure", "personal")]
    assert "n’écrivez que le nom de la structure" in verdict.refusals[0].message
    assert name not in verdict.refusals[0].message
    assert codes("group_session", session(partner=name)) == {("partner", "personal")}


def test_the_name_of_a_structure_is_kept_with_single_spaces() -> None:
    fields = rules.judge("partner_contact", contact(structure="  Club  de   foot "), CONTEXT).fields
    assert isinstance(fields, PartnerContactFields)
    assert fields.structure == "Club de foot"


def test_a_directory_error_is_reported_about_a_service_that_is_there() -> None:
    report = {"service": "france-services-giromagny", "problem": "horaires-faux", "day": "2026-03-10"}
    assert codes("service_report", report) == set()
    assert codes("service_report", report | {"service": "nulle-part"}) == {("service", "unknown_code")}
    assert codes("service_report", report | {"problem": "méchant"}) == {("problem", "unknown_code")}
    assert codes("service_report", report | {"day": "2026-03-11"}) == {("day", "future")}


def test_a_slip_travels_as_its_hash_only() -> None:
    code = coupons.new_code()
    referral = {"id": ids.new_id(TODAY), "service": "france-services-giromagny"}
    raw = {"action": "jeunes", "day": "2026-03-09", "commune": "90052", "place_type": "mairie"}
    good = raw | {"referrals": [referral | {"coupon": coupons.hashed(code)}]}
    fields = rules.judge("encounter", good, CONTEXT).fields
    assert isinstance(fields, EncounterFields)
    assert fields.compact()["referrals"][0]["coupon"] == coupons.hashed(code)
    assert codes("encounter", raw | {"referrals": [referral | {"coupon": code}]}) == {
        ("referrals.0.coupon", "string_pattern_mismatch")
    }


def test_what_says_nothing_is_left_out_on_the_wire() -> None:
    fields = GroupSessionFields.model_validate(session())
    assert fields.compact() == session()
    assert {"group_session", "partner_contact", "service_report"} <= set(KINDS)
