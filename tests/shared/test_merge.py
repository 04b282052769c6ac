"""Two people correct one record: nothing of either is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import choices, field_labels
from shared import merge as merging
from shared.merge import differences, merge
from shared.models import KINDS

MET = {"commune": "90052", "gender": "femme", "needs": [{"theme": "mobilite"}]}
FIELDS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2))
PARTS = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("xyz"), "mode": st.integers(0, 2)}), unique_by=lambda p: p["id"]
)
WHOLE = st.builds(lambda fields, parts: {**fields, **({"referrals": parts} if parts else {})}, FIELDS, PARTS)


def name(service: str) -> str:
    return {"mobijob": "Mobijob"}.get(service, service)


def flat(fields: dict[str, Any]) -> dict[Any, Any]:
    """Every field, and every field of every part, on its own."""
    found = {k: v for k, v in fields.items() if k != "referrals"}
    return found | {(p["id"], k): v for p in fields.get("referrals", []) for k, v in p.items()}


def test_who_adds_a_need_and_who_corrects_the_age_are_both_heard() -> None:
    mine = MET | {"needs": [*MET["needs"], {"theme": "sante"}]}
    theirs = MET | {"age_band": "16-17"}
    merged = merge(MET, mine, theirs)
    assert merged.clashes == []
    assert merged.fields == mine | theirs | {"needs": mine["needs"]}


def test_two_referrals_added_by_two_are_both_there() -> None:
    one, other = ({"referrals": [{"id": i, "service": s}]} for i, s in (("1", "mobijob"), ("2", "caf")))
    merged = merge(MET, MET | one, MET | other)
    assert merged.clashes == []
    assert sorted(r["id"] for r in merged.fields["referrals"]) == ["1", "2"]


def test_the_same_field_changed_by_both_is_asked_and_mine_stays_until_then() -> None:
    merged = merge(MET, MET | {"gender": "homme"}, MET | {"gender": "autre", "rsa": "oui"})
    assert merged.clashes == ["gender"]
    assert (merged.fields["gender"], merged.fields["rsa"]) == ("homme", "oui")


def test_a_referral_one_withdrew_and_the_other_changed_is_asked() -> None:
    base = MET | {"referrals": [{"id": "1", "service": "mobijob"}]}
    merged = merge(base, MET, MET | {"referrals": [{"id": "1", "service": "mobijob", "accepted": False}]})
    assert merged.clashes == ["referrals"]


TALK = {"commune": "90052", "no_need": True}
NEEDY = {"commune": "90052", "needs": [{"theme": "sante"}]}
UNASKED = {"commune": "90052"}


@pytest.mark.parametrize(
    ("base", "mine", "theirs"),
    [
        (UNASKED, TALK, NEEDY),
        (UNASKED, NEEDY, TALK),
        (UNASKED, NEEDY | {"no_need": False}, TALK | {"needs": []}),  # the defaults written out
        (MET, TALK, MET | {"needs": [*MET["needs"], {"theme": "sante"}]}),  # took it back; added another
    ],
)
def test_who_notes_a_need_and_who_notes_that_there_is_none_are_laid_side_by_side(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    merged = merge(base, mine, theirs | {"rsa": "oui"}, "encounter")
    assert sorted(merged.clashes) == ["needs", "no_need"]
    for name in ("needs", "no_need"):
        assert merged.fields.get(name) == mine.get(name)  # mine stands until a person chooses
    assert merged.fields["rsa"] == "oui"


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "after"),
    [
        (TALK, TALK | {"rsa": "oui"}, NEEDY, NEEDY | {"rsa": "oui"}),
        (NEEDY, TALK, NEEDY | {"rsa": "oui"}, TALK | {"rsa": "oui"}),
        (UNASKED, TALK, TALK, TALK),
    ],
)
def test_who_alone_answered_about_the_need_is_heard(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], after: dict[str, Any]
) -> None:
    merged = merge(base, mine, theirs, "encounter")
    assert (merged.clashes, merged.fields) == ([], after)


@given(WHOLE, WHOLE, WHOLE)
def test_each_change_is_kept_or_asked_and_nothing_is_made_up(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    merged = merge(base, mine, theirs)
    before, one, other, after = (flat(f) for f in (base, mine, theirs, merged.fields))
    for key in before.keys() | one.keys() | other.keys() | after.keys():
        was, mine_now, theirs_now = before.get(key), one.get(key), other.get(key)
        asked = ("referrals" if isinstance(key, tuple) else key) in merged.clashes
        if not asked:
            expected = theirs_now if mine_now == was else mine_now
            assert after.get(key) == expected, key
            assert mine_now in (was, theirs_now) or theirs_now == was, key
        else:
            assert after.get(key) in (mine_now, theirs_now), key


@given(WHOLE, WHOLE)
def test_what_only_one_changed_is_taken_as_it_is(base: dict[str, Any], other: dict[str, Any]) -> None:
    assert merge(base, base, other).clashes == merge(base, other, base).clashes == []
    assert flat(merge(base, base, other).fields) == flat(merge(base, other, base).fields) == flat(other)


@given(WHOLE, WHOLE, WHOLE)
def test_whoever_comes_first_the_result_is_the_same(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert set(one.clashes) == set(other.clashes)
    if not one.clashes:
        assert flat(one.fields) == flat(other.fields)


@pytest.mark.parametrize(
    ("field", "mine", "theirs", "said"),
    [
        ("commune", "90052", "90033", ("Giromagny", "Delle")),
        ("day", "2026-03-09", "2026-03-10", ("09/03/2026", "10/03/2026")),
        ("gender", "femme", None, ("Femme", "Inconnu")),
        ("accompanied", True, None, ("oui", "non")),
        ("no_need", None, True, ("non", "oui")),
        ("rights", None, [{"id": "1", "right": "rsa"}], ("—", "RSA")),
        (
            "referrals",
            [{"id": "1", "service": "mobijob", "accepted": False}],
            [{"id": "1", "service": "mobijob", "coupon": "a" * 64}],
            ("Mobijob (refusée)", "Mobijob (coupon remis)"),
        ),
    ],
)
def test_a_difference_is_said_in_french(field: str, mine: Any, theirs: Any, said: tuple[str, str]) -> None:
    one, other = ({field: value} if value is not None else {} for value in (mine, theirs))
    [found] = differences("encounter", one, other, name)
    assert (found.field, found.label) == (field, field_labels.FIELDS[field])
    assert (found.mine, found.theirs) == said


def test_a_session_says_its_margins() -> None:
    one, other = {"headcount": 8, "ages": [{"age_band": "16-17", "people": 3}]}, {"headcount": 9}
    found = {d.field: (d.mine, d.theirs) for d in differences("group_session", one, other, name)}
    assert found["headcount"] == ("8", "9")
    assert found["ages"][0].endswith(" : 3")


def test_every_coded_field_of_every_record_is_said_by_its_label() -> None:
    coded = set()
    for kind in KINDS.values():
        coded |= {field for field in kind.model_fields if field_labels.LISTS.get(field, field) in choices.names()}
    assert coded >= {"gender", "age_band", "purpose", "first_contact_ever", "theme", "session_type", "slot"}
    for field in coded:
        first = next(iter(choices.load(field_labels.LISTS.get(field, field)).by_code.values()))
        assert merging.said(field, first.code, name) == first.label
