"""Needs and whom they lead to: any service of the directory, what was seen but not said, what a slip leaves."""

from __future__ import annotations

from collections import Counter

import flet as ft

from field_app.directory import Entry
from field_app.screens.forms.needs import NOTHING, ROWS
from field_app.screens.forms.offers import NONE, NOT_FOUND
from field_app.state.desk import Desk
from field_app.state.forms import begin, needs
from field_app.state.forms.drafts import NEAREST
from shared import choices
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import NOW
from tests.flet_headless import Screen, walk

LINK = "remobilisation--lien-social"


async def open_form(home: Screen, *chips: str) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", *chips):
        await home.choose(name)


def spoken(entry: Entry) -> str:
    return entry.service.name if entry.km is None else f"{entry.service.name} · {entry.km:.0f} km"


async def test_a_service_beyond_the_nearest_is_two_taps_away(home: Screen) -> None:
    await open_form(home)
    draft = session_of(home).draft
    assert draft is not None
    tiles = [need for row in needs.tile_rows(draft.day).values() for need in row]
    need = next(t for t in tiles if len(draft.services(t.code)) > NEAREST)
    entries = draft.services(need.code)
    await home.choose(need.plain)
    far = spoken(entries[-1])
    assert not home.says(far)
    await home.tap("Autres services")
    await home.choose(far)
    assert home.says(f"Orientation vers {entries[-1].service.name}")
    await home.tap("Enregistrer")
    [kept] = [k for k in await session_of(home)._opened.store.all() if k.kind == "encounter"]
    [made] = kept.fields["referrals"]
    assert (made["service"], made["theme"]) == (entries[-1].id, need.code)


async def test_a_service_that_is_not_noted_for_the_need_is_found_by_its_words(home: Screen) -> None:
    await open_form(home, "Lien social")
    await home.tap("Autres services")
    await home.type_in("Chercher dans tout l’annuaire", "xyzzy")
    assert home.says(NOT_FOUND)
    await home.type_in("Chercher dans tout l’annuaire", "MOBIJOB")
    draft = session_of(home).draft
    assert draft is not None
    [found] = draft.services(LINK, "mobijob")
    assert LINK not in found.service.themes
    await home.choose(spoken(found))
    assert home.says(f"Orientation vers {found.service.name}")


async def test_a_need_that_no_service_answers_still_leads_to_the_directory(home: Screen) -> None:
    await open_form(home)
    draft = session_of(home).draft
    assert draft is not None
    lonely = next(t for t in choices.load("theme").by_code.values() if not draft.services(t.code))
    await home.tap("Autres besoins")
    await home.choose(lonely.label)
    await home.tap("Fermer")
    assert home.says(NONE)
    await home.tap("Autres services")
    await home.type_in("Chercher dans tout l’annuaire", "france services giromagny")
    await home.choose("France Services Giromagny · 0 km")
    assert home.says("Orientation vers France Services Giromagny")


async def test_any_need_is_found_on_the_sheet_by_everyday_words_and_stays_in_the_form(home: Screen) -> None:
    await open_form(home)
    before = len(home.all(ft.Chip))
    await home.tap("Autres besoins")
    assert len(home.all(ft.Chip)) == before + len(choices.load("theme").by_code)
    await home.type_in("Chercher un besoin", "zzz")
    assert home.says(NOTHING.format(word="besoin"))
    await home.type_in("Chercher un besoin", "dentiste")
    assert len(home.all(ft.Chip)) == before + 1
    await home.type_in("Chercher un besoin", "canabis")
    await home.choose("Addictions")
    assert [box.value for box in home.all(ft.TextField) if box.label == "Chercher un besoin"] == ["canabis"]
    await home.tap("Fermer")
    assert not home.says("Chercher")
    assert home.chip("Addictions").selected  # among those chosen, though it is no tile
    await home.tap("Autres besoins")
    assert [box.value for box in home.all(ft.TextField) if box.label == "Chercher un besoin"] == [""]
    await home.tap("Fermer")
    await home.choose("Addictions")
    assert not home.says("Addictions")


async def test_the_sheet_is_closed_by_a_tap_beside_it_and_opens_again(home: Screen) -> None:
    await open_form(home, "Lien social")
    for _ in range(2):
        await home.tap("Autres besoins")
        [sheet] = [s for s in home.all(ft.BottomSheet) if s.open]
        await home.event(sheet, "dismiss", open=False)
        assert not [s for s in home.all(ft.BottomSheet) if s.open]
    assert home.chip("Lien social").selected


async def test_the_second_half_of_a_double_tap_chooses_nothing_on_the_sheet_nor_below_it(home: Screen) -> None:
    await open_form(home)
    home.hand.pause = 0.2
    await home.tap("Autres besoins")
    await home.choose("Addictions")
    assert not home.chip("Addictions").selected
    home.hand.pause = 1.0
    await home.choose("Addictions")
    await home.tap("Fermer")
    home.hand.pause = 0.2
    await home.choose("Lien social")
    assert not home.chip("Lien social").selected


async def begin_session(home: Screen) -> None:
    await home.tap("Séance collective")
    for name in ("Giromagny", "Mairie"):
        await home.choose(name)


async def test_the_theme_of_a_session_is_one_of_the_same_tiles_and_no_list_of_seventy(home: Screen) -> None:
    await begin_session(home)
    names = {str(c.value) for chip in home.all(ft.Chip) for c in walk(chip) if isinstance(c, ft.Text)}
    tiles = [need for row in needs.tile_rows(NOW.date()).values() for need in row]
    assert {need.plain for need in tiles} <= names
    assert "Addictions" not in names
    await home.choose("Manger")
    await home.choose("Dettes")  # one at a time
    assert (home.chip("Manger").selected, home.chip("Dettes").selected) == (False, True)


async def test_a_theme_found_on_the_sheet_closes_it_and_stays_in_sight(home: Screen) -> None:
    await begin_session(home)
    await home.tap("Autres thèmes")
    await home.type_in("Chercher un thème", "zzz")
    assert home.says(NOTHING.format(word="thème"))
    await home.type_in("Chercher un thème", "canabis")
    await home.choose("Addictions")
    assert not [s for s in home.all(ft.BottomSheet) if s.open]
    assert home.chip("Addictions").selected  # though it is no tile
    draft = session_of(home).draft
    assert draft is not None
    assert draft.fields["theme"] == "sante--addictions"
    await home.choose("Dettes")
    assert not home.says("Addictions")
    await home.choose("Dettes")
    assert "theme" not in draft.fields


async def test_a_theme_taken_back_on_the_sheet_leaves_it_open_for_another(home: Screen) -> None:
    await begin_session(home)
    await home.tap("Autres thèmes")
    await home.choose("Addictions")
    await home.tap("Autres thèmes")
    await home.type_in("Chercher un thème", "addictions")
    on_sheet = [chip for sheet in home.all(ft.BottomSheet) for chip in walk(sheet) if isinstance(chip, ft.Chip)]
    await home.event(on_sheet[0], "click")
    assert [s for s in home.all(ft.BottomSheet) if s.open]
    draft = session_of(home).draft
    assert draft is not None
    assert "theme" not in draft.fields


async def test_a_theme_that_stands_in_no_list_is_shown_so_that_it_can_be_taken_out(home: Screen) -> None:
    await begin_session(home)
    draft = session_of(home).draft
    assert draft is not None
    await draft.put("theme", "ancien--theme")
    await home.settle()
    await home.choose("ancien--theme")
    assert "theme" not in draft.fields


async def test_the_tiles_stay_where_they_are_whatever_is_used_most(desk: Desk) -> None:
    draft = await begin.new("encounter", desk)
    before = needs.tile_rows(draft.day)
    desk.used = {"theme": Counter({LINK: 9, "sante--addictions": 20})}
    assert needs.tile_rows(draft.day) == before
    assert set(before) == set(ROWS)  # each row says what it is about
    assert all(getattr(ft.Icons, need.more["icon"]) for row in before.values() for need in row)


async def test_what_was_seen_rather_than_said_and_its_last_mile_are_kept(home: Screen) -> None:
    await open_form(home)
    assert not home.says("Préciser")
    await home.choose("Lien social")
    await home.tap("Préciser les besoins")
    assert home.chip("La personne l’a dit").selected
    await home.choose("Je l’ai remarqué")
    await home.choose("La distance")
    await home.choose("L’isolement")
    await home.choose("Le numérique")
    await home.choose("Le numérique")  # the same again takes it back
    await home.choose("La langue ou la culture")
    await home.tap("Enregistrer")
    [kept] = [k for k in await session_of(home)._opened.store.all() if k.kind == "encounter"]
    assert kept.fields["needs"] == [{"theme": LINK, "expression": "detecte", "last_mile": "culturel"}]
    await home.tap("Journal des saisies")
    await home.tap("Modifier")
    assert home.chip("Je l’ai remarqué").selected  # open again: what was told must be seen


async def test_a_slip_on_the_first_contact_leaves_nothing_behind(desk: Desk) -> None:
    draft = await begin.new("encounter", desk)
    await draft.choose("first_contact_year", "non")
    assert draft.value("first_contact_ever") == "non"
    await draft.choose("first_contact_year", "oui")
    assert draft.value("first_contact_ever") == "ne-sait-pas"
    await draft.choose("first_contact_ever", "non")
    await draft.choose("first_contact_year", "oui")  # taken back: the other is asked no more
    assert "first_contact_ever" not in draft.fields


async def test_a_step_done_with_the_person_is_seen_when_the_draft_is_taken_up_again(home: Screen) -> None:
    await open_form(home)
    await home.tap("Compléter le profil")
    await home.choose("Démarche faite avec la personne")
    await home.tap("Retour à l’accueil")
    await home.tap("1 brouillon à terminer")
    await home.tap("Reprendre")
    assert home.chip("Démarche faite avec la personne").selected
