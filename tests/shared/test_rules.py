"""The one door: what passes, what is refused, what is only warned about, and in which words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import choices, rules
from shared.models import KINDS

TODAY = date(2026, 3, 10)
MET = {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052", "place_type": "mairie"}
ONE, TWO = "08d40000-0000-8000-8000-000000000001", "08d40000-0000-8000-8000-000000000002"
LINK, CARE = "remobilisation--lien-social", "sante--acces-aux-soins"


def judge(kind: str, fields: Any, **evidence: Any) -> tuple[list[str], list[str]]:
    """The codes of the refusals and of the warnings."""
    verdict = rules.judge(kind, fields, rules.Evidence(TODAY, **evidence))
    return [p.code for p in verdict.refusals], [p.code for p in verdict.problems if p.warning]


def encounter(**fields: Any) -> tuple[list[str], list[str]]:
    return judge("encounter", MET | fields)


def test_action_day_commune_and_place_are_enough() -> None:
    assert encounter() == ([], [])


@pytest.mark.parametrize("missing", ["action", "day", "commune", "place_type"])
def test_but_each_of_the_four_is_needed(missing: str) -> None:
    verdict = rules.judge("encounter", {k: v for k, v in MET.items() if k != missing}, rules.Evidence(TODAY))
    [problem] = verdict.refusals
    assert (problem.field, problem.code) == (missing, "missing")
    assert problem.message.endswith("à indiquer avant d’enregistrer")


def test_today_is_not_the_future_and_tomorrow_is() -> None:
    assert encounter(day="2026-03-10") == ([], [])
    assert encounter(day="2026-03-11") == (["future"], [])


def test_the_first_day_of_the_pact_counts_and_the_eve_does_not() -> None:
    assert encounter(day="2024-01-01") == ([], [])
    assert encounter(day="2023-12-31") == (["before_action"], [])


def test_a_referral_that_answers_no_noted_need_is_only_a_warning() -> None:
    referral = {"id": ONE, "service": "mobijob", "theme": LINK}
    assert encounter(referrals=[referral]) == ([], ["no_such_need"])
    assert encounter(referrals=[referral], needs=[{"theme": LINK}]) == ([], [])
    assert encounter(referrals=[{"id": ONE, "service": "mobijob"}]) == ([], [])


def test_an_age_outside_sixteen_to_twenty_five_in_the_youth_action_is_only_a_warning() -> None:
    for age in ("moins-de-16", "26-39", "75-et-plus"):
        assert encounter(action="jeunes", age_band=age) == ([], ["age_outside_action"])
    for age in ("16-17", "18-21", "22-25", "inconnu"):
        assert encounter(action="jeunes", age_band=age) == ([], [])
    assert encounter(action="trait-dunion", age_band="75-et-plus") == ([], [])


@pytest.mark.parametrize(
    ("year", "ever", "refused"),
    [
        ("oui", "oui", False), ("oui", "non", False), ("oui", "ne-sait-pas", False),
        ("non", "oui", True), ("non", "non", False), ("non", "ne-sait-pas", True),
        ("ne-sait-pas", "oui", True), ("ne-sait-pas", "non", False), ("ne-sait-pas", "ne-sait-pas", False),
    ],
)  # fmt: skip
def test_the_two_first_contacts_do_not_contradict_each_other(year: str, ever: str, refused: bool) -> None:
    refusals, _ = encounter(first_contact_year=year, first_contact_ever=ever)
    assert refusals == (["contradiction"] if refused else [])


def test_an_encounter_says_a_need_or_that_there_is_none_never_both() -> None:
    assert encounter(no_need=True) == ([], [])
    assert encounter(no_need=False, needs=[{"theme": LINK}]) == ([], [])
    assert encounter(no_need=True, rights=[{"id": ONE, "right": "rsa"}]) == ([], [])  # seen, not asked for
    assert encounter(no_need=True, needs=[{"theme": LINK}]) == (["contradiction"], [])


def test_each_need_right_obstacle_and_service_stands_once() -> None:
    assert encounter(needs=[{"theme": LINK}, {"theme": CARE}]) == ([], [])
    assert encounter(needs=[{"theme": LINK}, {"theme": LINK}]) == (["twice"], [])
    assert encounter(rights=[{"id": ONE, "right": "rsa"}, {"id": TWO, "right": "rsa"}]) == (["twice"], [])
    assert encounter(obstacles=[{"id": ONE, "kind": "langue"}, {"id": TWO, "kind": "langue"}]) == (["twice"], [])
    same_service = [{"id": ONE, "service": "mobijob"}, {"id": TWO, "service": "mobijob"}]
    assert encounter(referrals=same_service) == (["twice"], [])


def test_two_parts_with_one_id_are_refused() -> None:
    assert encounter(obstacles=[{"id": ONE, "kind": "langue"}], rights=[{"id": ONE, "right": "rsa"}]) == (
        ["twice"],
        [],
    )


def test_a_service_is_checked_where_the_directory_is_known() -> None:
    fields = MET | {"referrals": [{"id": ONE, "service": "mobijob"}]}
    assert judge("encounter", fields, services={"mobijob"}) == ([], [])
    assert judge("encounter", fields, services={"esd"}) == (["unknown_code"], [])
    assert judge("encounter", fields, services=None) == ([], [])


def follow_up(outcome: str, kind: str = "referral", **more: Any) -> tuple[list[str], list[str]]:
    fields = {"subject_id": ONE, "subject_kind": kind, "day": "2026-03-09", "outcome": outcome} | more
    return judge("follow_up", fields, subject_days={ONE: date(2026, 3, 9)})


def test_an_outcome_comes_from_the_list_of_what_it_is_about() -> None:
    assert follow_up("honoree") == ([], [])
    assert follow_up("leve", "obstacle") == ([], [])
    assert follow_up("ouvert", "right") == ([], [])
    assert follow_up("ouvert", "referral") == (["unknown_code"], [])
    assert follow_up("honoree", "obstacle") == (["unknown_code"], [])


def test_a_follow_up_on_the_very_day_passes_and_the_day_before_does_not() -> None:
    assert follow_up("honoree", day="2026-03-09") == ([], [])
    assert follow_up("honoree", day="2026-03-08") == (["before_subject"], [])
    assert follow_up("honoree", day="2026-03-11") == (["future"], [])


def test_a_reason_explains_a_failure_only() -> None:
    assert follow_up("non-presentee", reason="non-mobile") == ([], [])
    assert follow_up("honoree", reason="non-mobile") == (["contradiction"], [])


def test_a_very_long_presence_is_only_a_warning() -> None:
    presence = MET | {"minutes": 800}
    assert judge("presence", presence) == ([], ["long"])
    assert judge("presence", presence | {"minutes": 720}) == ([], [])
    assert judge("presence", presence | {"minutes": 0})[0] == ["greater_than_equal"]
    assert judge("presence", presence | {"minutes": 1441})[0] == ["less_than_equal"]
    assert judge("presence", presence | {"agents": 21})[0] == ["less_than_equal"]


def test_a_value_of_the_wrong_kind_is_said_in_french_without_repeating_it() -> None:
    verdict = rules.judge("presence", MET | {"minutes": "Mme Untel"}, rules.Evidence(TODAY))
    [problem] = verdict.refusals
    assert problem.message == "Durée en minutes : il faut un nombre entier"


def test_braces_in_a_code_do_not_break_the_sentence() -> None:
    verdict = rules.judge("encounter", MET | {"slot": "{max_length}{0}"}, rules.Evidence(TODAY))
    assert "« {max_length}{0} » n’est pas dans la liste « Créneau »" in verdict.refusals[0].message


def test_every_failed_outcome_is_an_outcome() -> None:
    known = {
        code for name in ("referral", "obstacle", "right") for code in choices.load(f"outcome_{name}").by_code
    }
    assert known >= rules.FAILED


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    kind=st.sampled_from([*KINDS, "wish"]), fields=_json, more=st.dictionaries(st.sampled_from(list(MET)), _json)
)
def test_whatever_arrives_gets_a_verdict_and_never_an_error(kind: str, fields: Any, more: dict[str, Any]) -> None:
    for raw in (fields, MET | more, MET | {"needs": fields, "referrals": fields}):
        verdict = rules.judge(kind, raw, rules.Evidence(TODAY))
        assert (verdict.fields is None) <= bool(verdict.refusals)
        assert all(p.message and "'" not in p.message.split("»")[-1] for p in verdict.refusals)


WORDS = "appeler Mme Dupont au 06 12 34 56"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("encounter", {"obstacles": [{"id": WORDS, "kind": "mobilite"}]}),
        ("encounter", {"rights": [{"id": WORDS, "right": "rsa"}]}),
        ("encounter", {"referrals": [{"id": WORDS, "service": "mobijob"}]}),
        ("encounter", {"referrals": [{"id": ONE, "service": WORDS}]}),
        ("follow_up", {"subject_id": WORDS}),
        ("service_report", {"service": WORDS}),
    ],
)
def test_an_identifier_carries_no_words_about_a_person(kind: str, fields: dict[str, Any]) -> None:
    verdict = rules.judge(kind, fields, rules.Evidence(TODAY))
    assert "string_pattern_mismatch" in {p.code for p in verdict.refusals}
