"""A colleague's record on this tablet: read whole, its suites noted, never edited nor deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from field_app.state.desk import Desk
from field_app.state.journal import Journal
from field_app.store.local_store import Kept
from shared import ids
from tests.field_app.screens.test_double_tap import session_of
from tests.field_app.screens.test_screens import SERVICE
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.world import NOW, encounter, kept
from tests.flet_headless import Screen, walk

LINK = "remobilisation--lien-social"
CENTRE = "centre-socio-culturel-de-la-haute-savoureuse"


def met(**fields: Any) -> Kept:
    """An encounter of a colleague, who referred the person."""
    referral = {"id": ids.new_id(NOW.date(), 1), "service": CENTRE, "theme": LINK, "mode": "information"}
    needs = [{"theme": LINK, "expression": "exprime"}]
    usual = {"gender": "femme", "age_band": "18-21", "needs": needs, "referrals": [referral]}
    return kept(state="received", fields=encounter(**(usual | fields)))


async def receive(home: Screen, *records: Kept) -> None:
    """Let those of the team come in, and open the journal where they are."""
    session = session_of(home)
    for each in records:
        await session._opened.store.keep(each)
    await home.tap("Journal des saisies")
    if not any(each.entered_here for each in records):
        state = "Reçue de l’équipe" if records[0].state == "received" else "À envoyer"
        await home.choose(f"{state} ({len(records)})")


def buttons(home: Screen) -> list[str]:
    return [str(c.content) for c in walk(home.page) if getattr(c, "on_click", None) and hasattr(c, "content")]


def test_all_that_was_entered_is_listed_and_nothing_else(desk: Desk) -> None:
    said = Journal(_desk=desk).list_fields(met(household="inconnu"))
    assert [label for label, _ in said] == [
        "Action", "Jour", "Commune", "Lieu", "Tranche d’âge", "Genre", "Besoins", "Orientations",
    ]  # fmt: skip
    assert dict(said)["Commune"] == "Giromagny"
    assert dict(said)["Besoins"].startswith("Lien social")


@pytest.mark.parametrize("kind", ["presence", "group_session", "partner_contact"])
def test_every_kind_can_be_read(desk: Desk, kind: str) -> None:
    more: dict[str, Any] = {"minutes": 45, "headcount": 4, "partner_type": "mairie"}
    named = {"presence": "minutes", "group_session": "headcount", "partner_contact": "partner_type"}[kind]
    fields = {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052", named: more[named]}
    said = dict(Journal(_desk=desk).list_fields(kept(kind=kind, fields=fields, state="received")))
    assert {"Jour": "09/03/2026", "Commune": "Giromagny"}.items() <= said.items()
    assert len(said) == 4


async def test_a_colleagues_encounter_is_read_and_its_suite_noted_but_not_edited(home: Screen) -> None:
    theirs = met()
    await receive(home, theirs)
    assert "Modifier" not in buttons(home)
    await home.tap("Lire")
    assert home.says("Saisie d’un collègue")
    assert home.says("18-21 ans")
    assert home.says(f"{SERVICE} (")
    await home.tap("Honorée")
    assert home.says(f"Noté : Honorée · {SERVICE}")
    store = session_of(home)._opened.store
    noted = [k for k in await store.all() if k.kind == "follow_up"]
    assert [k.fields["outcome"] for k in noted] == ["honoree"]
    assert await store.get(theirs.id) == theirs
    await home.tap("Retour au journal")
    await home.choose("Mes saisies (1)")
    assert home.says("Suite · Honorée")
    assert session_of(home).follow_ups.last is None


async def test_a_slip_is_given_by_who_made_the_referral(home: Screen) -> None:
    await receive(home, met())
    await home.tap("Lire")
    assert "Honorée" in buttons(home)
    assert "Coupon" not in buttons(home)


async def test_the_filter_of_suites_hides_nothing_of_the_record_that_is_read(home: Screen) -> None:
    session_of(home).follow_ups.look(kind="right")
    await receive(home, met())
    await home.tap("Lire")
    assert "Honorée" in buttons(home)


@pytest.mark.parametrize(
    "part",
    [{"needs": [{"expression": "x"}]}, {"referrals": [{"id": "r"}]}, {"rights": [{"id": "a"}]}],
)
async def test_a_part_of_a_later_version_is_said_to_be_unreadable(home: Screen, part: dict[str, Any]) -> None:
    await receive(home, met(**({"referrals": [], "needs": []} | part)))
    await home.tap("Lire")
    assert home.says("non lisible par cette version")


async def test_what_the_server_lost_of_a_colleague_stays_the_colleagues(home: Screen) -> None:
    await receive(home, met().again())
    assert "Lire" in buttons(home)
    assert "Modifier" not in buttons(home)
    await home.tap("Retour à l’accueil")
    await home.tap("Mes chiffres")
    assert session_of(home).figures.counts.contacts == 0


async def test_back_leads_from_the_record_to_the_journal_then_home(home: Screen) -> None:
    await receive(home, met())
    await home.tap("Lire")
    session = session_of(home)
    await session.step_back()
    assert (session.screen, session.journal.read) == ("journal", None)
    await session.step_back()
    assert session.screen == "home"


async def test_what_was_deleted_elsewhere_while_it_was_read_is_no_longer_shown(home: Screen) -> None:
    theirs = met()
    await receive(home, theirs)
    await home.tap("Lire")
    session = session_of(home)
    await session._opened.store.forget(theirs.id)
    await session.sync.run()
    await session._synced()
    assert session.journal.read is None


async def test_ones_own_record_is_edited_not_read(home: Screen) -> None:
    await receive(home, replace(met(), state="sent"))
    assert "Modifier" in buttons(home)
    assert "Lire" not in buttons(home)
