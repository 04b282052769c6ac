"""The names of structures, as the tablet proposes and refuses them."""

from __future__ import annotations

from collections import Counter

import pytest

from field_app.state.forms import structures
from tests.field_app.world import kept


def test_those_used_most_come_first_whichever_record_they_stand_in() -> None:
    known = structures.used(
        [
            kept(kind="group_session", fields={"partner": "MJC de Delle", "establishment": "Collège Mozart"}),
            kept(kind="partner_contact", fields={"structure": "Collège Mozart"}),
            kept(kind="partner_contact", fields={"structure": "À moitié écrit"}, state="draft"),
            kept(kind="partner_contact", fields={"structure": "Effacé"}, deleted=True),
            kept(kind="partner_contact", fields={"structure": "0612345678"}, state="to_correct"),
        ]
    )
    assert structures.proposed("", known, "structure") == ["Collège Mozart", "MJC de Delle"]


def test_a_group_session_does_not_propose_the_same_names_twice() -> None:
    known = structures.used(
        [
            kept(kind="group_session", fields={"partner": "MJC de Delle", "establishment": "Collège Mozart"}),
            kept(kind="partner_contact", fields={"structure": "CCAS de Giromagny"}),
        ]
    )
    assert structures.proposed("", known, "partner") == ["MJC de Delle", "CCAS de Giromagny"]
    assert structures.proposed("", known, "establishment") == ["Collège Mozart"]
    assert structures.proposed("", {}, "partner") == []


def test_what_is_typed_narrows_them_and_is_not_proposed_to_itself() -> None:
    known = {"partner": Counter(["Collège Mozart", "MJC de Delle"])}
    assert structures.proposed("college", known, "partner") == ["Collège Mozart"]
    assert structures.proposed("collège mozart", known, "partner") == []


def test_no_more_are_proposed_than_fit() -> None:
    assert (
        len(structures.proposed("", {"structure": Counter(f"Club {n}" for n in range(30))}, "structure"))
        == structures.MOST
    )


@pytest.mark.parametrize(
    ("typed", "sort"), [("06 12 34 56 78", "téléphone"), ("a@b.fr", "électronique"), ("CAF 1234567", "dossier")]
)
def test_what_names_a_person_is_objected_at_once(typed: str, sort: str) -> None:
    assert sort in structures.objection(typed)


def test_a_structure_that_may_be_a_person_is_doubted_and_not_refused() -> None:
    assert structures.objection("Coach Arthur") == ""
    assert "« Arthur » ressemble à un prénom" in structures.doubt("Coach Arthur")
    assert "« Mme Haddad » ressemble au nom d’une personne" in structures.doubt("Mme Haddad, bénévole")
    assert "« 12 rue Thiers » ressemble" in structures.doubt("Chez elle, 12 rue Thiers")


@pytest.mark.parametrize("typed", ["Collège Simone-Signoret", "MJC de Delle", "Foyer Rosa Parks", "CCAS de Delle"])
def test_a_structure_that_bears_a_name_is_left_in_peace(typed: str) -> None:
    assert structures.objection(typed) == structures.doubt(typed) == ""
