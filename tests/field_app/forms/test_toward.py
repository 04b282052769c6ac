"""From a service to the encounter, and from the encounter to what the directory knows of a service."""

from __future__ import annotations

import flet as ft

from field_app.screens.forms.offers import CHOOSE_NEED
from field_app.state.desk import Desk
from field_app.state.forms import begin, toward
from field_app.state.forms.drafts import Draft
from shared import choices
from shared.models import ServiceFields
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import PIN
from tests.flet_headless import Screen

SERVICE, NAME = "france-services-giromagny", "France Services Giromagny"
PAPERS = "difficultes-administratives-ou-juridiques--accompagnement-aux-demarches-administratives"
ONLINE = "numerique--acceder-a-des-services-en-ligne"
KNOWN = ServiceFields(
    name=NAME, themes=[PAPERS, ONLINE], commune="90052", address="12 rue du Général de Gaulle",
    latitude=47.74184, longitude=6.82541, phone="03 84 27 14 18", opening_hours="Mo-Fr 09:00-12:00",
)  # fmt: skip


def label(theme: str) -> str:
    return choices.load("theme").plain_of(theme)


async def begun(desk: Desk, service: str = SERVICE) -> Draft:
    draft = await begin.new("encounter", desk)
    draft.toward = service
    return draft


def referrals(draft: Draft) -> list[tuple[str, str]]:
    return [(r["service"], r["theme"]) for r in draft.fields.get("referrals", [])]


async def test_from_a_service_the_encounter_begins_with_that_service_proposed(home: Screen) -> None:
    await home.tap("Annuaire")
    await home.type_in("Rechercher un service", "giromagny")
    await home.tap(f"Voir {NAME}")
    await home.tap("Orienter ici")
    assert home.says(f"Orienter vers {NAME} pour")
    draft = session_of(home).draft
    assert draft is not None
    assert referrals(draft) == []  # proposed, not entered: the worker says what for
    await home.choose(label(PAPERS))
    assert home.says(f"Orientation vers {NAME}")
    for name in ("Giromagny", "Mairie"):
        await home.choose(name)
    await home.tap("Enregistrer")
    [kept] = [k for k in await session_of(home)._opened.store.all() if k.kind == "encounter"]
    [made] = kept.fields["referrals"]
    assert (made["service"], made["theme"]) == (SERVICE, PAPERS)
    assert [need["theme"] for need in kept.fields["needs"]] == [PAPERS]


async def test_an_encounter_begun_at_home_proposes_no_service_of_the_directory(home: Screen) -> None:
    await home.tap("Annuaire")
    await home.type_in("Rechercher un service", "giromagny")
    await home.tap(f"Voir {NAME}")
    await home.tap("Orienter ici")
    await home.tap("Retour à l’accueil")
    await home.tap("Nouvelle rencontre")
    assert not home.says("Orienter vers")


async def test_a_tap_refers_and_the_same_tap_takes_it_back_but_not_the_need(desk: Desk) -> None:
    draft = await begun(desk)
    assert [need.code for need in toward.needs_of(draft)][:2] != []
    await toward.refer(draft, PAPERS)
    assert (referrals(draft), toward.is_for(draft, PAPERS)) == ([(SERVICE, PAPERS)], True)
    await toward.refer(draft, PAPERS)
    assert referrals(draft) == []
    assert draft.has("needs", "theme", PAPERS)


async def test_a_service_is_referred_to_once_for_the_need_tapped_last(desk: Desk) -> None:
    draft = await begun(desk)
    await toward.refer(draft, PAPERS)
    first = draft.fields["referrals"][0]["id"]
    await toward.refer(draft, ONLINE)
    assert referrals(draft) == [(SERVICE, ONLINE)]
    assert draft.fields["referrals"][0]["id"] == first  # its slip, if any, stays good
    assert draft.has("needs", "theme", PAPERS)


async def test_a_service_without_a_noted_need_is_referred_to_for_those_entered(desk: Desk) -> None:
    bare = next(i for i in sorted(desk.directory.ids) if not getattr(desk.directory.get(i), "themes", []))
    draft = await begun(desk, bare)
    assert toward.needs_of(draft) == []
    await draft.toggle("needs", "theme", ONLINE)
    assert [need.code for need in toward.needs_of(draft)] == [ONLINE]
    await toward.refer(draft, ONLINE)
    assert referrals(draft) == [(bare, ONLINE)]


async def test_where_no_need_is_noted_the_form_says_to_choose_one_first(home: Screen) -> None:
    session = session_of(home)
    bare = next(
        i
        for i in sorted(session._opened.directory.ids)
        if not session._opened.directory.get(i).themes  # type: ignore[union-attr]  # it is there
    )
    await session.new("encounter", bare)
    await home.settle()
    assert home.says(CHOOSE_NEED)


async def test_the_details_of_the_services_open_over_the_form_which_loses_nothing(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    session_of(home)._opened.directory._services[SERVICE] = KNOWN
    for name in ("Giromagny", "Mairie", "Papiers, démarches"):
        await home.choose(name)
    assert not home.says("12 rue du Général de Gaulle")
    await home.tap("Détails des services")
    for known in ("12 rue du Général de Gaulle", "Lundi à vendredi : 9 h – 12 h", "Téléphone : 03 84 27 14 18"):
        assert home.says(known)
    urls = [b.url.url for b in home.all(ft.OutlinedButton) if isinstance(b.url, ft.Url)]
    assert "tel:0384271418" in urls
    await home.tap("Fermer")
    assert not home.says("12 rue du Général de Gaulle")
    assert home.chip("Papiers, démarches").selected
    assert home.chip("Giromagny").selected


async def test_after_a_lock_the_encounter_still_knows_the_service_it_was_begun_from(
    home: Screen,
) -> None:
    await home.tap("Annuaire")
    await home.type_in("Rechercher un service", "giromagny")
    await home.tap(f"Voir {NAME}")
    await home.tap("Orienter ici")
    await home.choose("Giromagny")
    await session_of(home).lock_now()
    await home.settle()
    await home.type_in("Code PIN", PIN)
    assert home.says(f"Orienter vers {NAME} pour")
    await home.tap("Abandonner")
    await home.tap("Nouvelle rencontre")
    assert not home.says(f"Orienter vers {NAME} pour")
