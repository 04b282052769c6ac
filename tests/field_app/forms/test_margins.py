"""A headcount and its margins: whatever is tapped, in whatever order, the rules have nothing to refuse."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from field_app.state.forms import margins
from shared import rules
from shared.models.group_session import MOST_PEOPLE
from tests.field_app.world import NOW

SESSION = {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052", "place_type": "mairie"}
STEPS = st.sampled_from([-5, -1, 1, 5])
CODES = [(part, code) for part in margins.KEYS for code in margins.codes({}, part)]
TAPS = st.lists(
    st.tuples(st.sampled_from([("headcount", ""), *CODES]), STEPS) | st.integers(0, 3_000), max_size=60
)


def tapped(fields: dict[str, Any], tap: Any) -> dict[str, Any]:
    if isinstance(tap, int):  # typed by keyboard
        return {**fields, "headcount": margins.headcount_of(fields, tap)}
    (part, code), by = tap
    if part == "headcount":
        return {**fields, part: margins.headcount_of(fields, margins.headcount(fields) + by)}
    return {**fields, part: margins.moved(fields, part, code, by)}


@given(TAPS)
def test_whatever_is_tapped_the_session_is_never_refused_once_somebody_came(taps: list[Any]) -> None:
    fields: dict[str, Any] = dict(SESSION)
    for tap in taps:
        fields = tapped(fields, tap)
        refused = rules.judge("group_session", fields, rules.Evidence(NOW.date())).refusals
        assert [p.field for p in refused] == ([] if "headcount" in fields else ["headcount"])


def test_a_margin_takes_what_is_left_and_no_more() -> None:
    fields = {"headcount": 3, "ages": [{"age_band": "16-17", "people": 2}]}
    assert margins.left(fields, "ages") == 1
    assert margins.moved(fields, "ages", "18-21", 5) == [*fields["ages"], {"age_band": "18-21", "people": 1}]  # type: ignore[misc]  # a list, as JSON has it
    assert margins.left(fields, "genders") == 3


def test_a_code_nobody_stands_under_any_more_leaves_the_margin() -> None:
    fields = {"headcount": 3, "genders": [{"gender": "femme", "people": 1}]}
    assert margins.moved(fields, "genders", "femme", -1) == []


def test_the_headcount_does_not_go_below_those_already_placed() -> None:
    fields = {"headcount": 8, "ages": [{"age_band": "16-17", "people": 6}]}
    assert margins.headcount_of(fields, 7) == 7
    assert margins.headcount_of(fields, 2) == 6
    assert margins.headcount_of({}, -1) == 1
    assert margins.headcount_of({"headcount": 5}, 9_999) == MOST_PEOPLE


def test_a_refused_session_with_too_many_placed_can_be_put_right_from_both_ends() -> None:
    fields = {"headcount": 2, "ages": [{"age_band": "16-17", "people": 5}]}
    assert margins.left(fields, "ages") == -3
    assert margins.headcount_of(fields, 3) == 3
    assert margins.moved(fields, "ages", "16-17", 1) == fields["ages"]
    assert margins.moved(fields, "ages", "16-17", -1) == [{"age_band": "16-17", "people": 4}]


def test_a_code_that_left_the_list_is_shown_so_that_it_can_be_taken_out() -> None:
    fields = {"headcount": 2, "ages": [{"age_band": "ancien", "people": 1}]}
    assert margins.codes(fields, "ages")[-1] == "ancien"
    assert "inconnu" not in margins.codes(fields, "ages")
    assert margins.moved(fields, "ages", "ancien", -1) == []
