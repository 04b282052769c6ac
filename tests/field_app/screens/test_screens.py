"""The screens, rendered without a browser: what is said, what a tap does, what a screen reader names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import flet as ft
import httpx
import pytest
from sqlalchemy import Engine

from field_app import app, theme
from field_app.ports import device
from field_app.ports.desk.storage import FolderStorage
from field_app.ports.ports import Ports
from field_app.state.preferred import USUAL
from field_app.state.session import Session
from field_app.state.tablet.sync_status import BREATH
from shared import territory
from shared.territory import TERRITORY
from sync_server.directory import new_territory
from tests.field_app.conftest import a_code, held_by_server
from tests.field_app.world import PIN, URL, clock
from tests.flet_headless import Hand, Screen, side_of, walk


@pytest.fixture
async def screen(
    tmp_path: Path,
    transport: httpx.AsyncBaseTransport,
    locate: device.Locate | None,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Screen]:
    """The app as at its first start, its network being the real server in this process."""
    monkeypatch.setenv("FIELD_APP_SERVER", URL)
    hand = Hand()

    def ports_of(page: ft.Page) -> Ports:
        given = app.device_ports(page)
        return replace(
            given, storage=FolderStorage(tmp_path / "tablet"), transport=lambda: transport, clock=clock,
            monotonic=hand, locate=locate or given.locate,
        )  # fmt: skip

    found = await Screen.open(partial(app.main, ports_of=ports_of), hand)
    await found.tap("Passer")
    yield found
    found.close()


@pytest.fixture
async def home(screen: Screen, server_engine: Engine) -> Screen:
    await screen.type_in("Code à usage unique", a_code(server_engine))
    await screen.tap("Activer la tablette")
    for _ in range(2):
        await screen.type_in("Code PIN", PIN)
    assert screen.says("Giromagny")
    return screen


async def test_a_pin_typed_faster_than_it_is_heard_is_one_try(screen: Screen, server_engine: Engine) -> None:
    await screen.type_in("Code à usage unique", a_code(server_engine))
    await screen.tap("Activer la tablette")
    [box] = screen.all(ft.TextField)
    screen.session.apply_patch(box._i, {"value": PIN})  # five digits and six are both still to be heard
    for typed in (PIN[:5], PIN):
        await screen.session.dispatch_event(box._i, "change", typed)
    await screen.settle()
    assert screen.says("Tapez-le encore une fois")
    [again] = screen.all(ft.TextField)
    assert not again.value


async def record(screen: Screen, *chips: str) -> None:
    await screen.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", *chips):
        await screen.choose(name)
    await screen.tap("Enregistrer")


async def test_the_first_start_asks_for_a_code_and_says_what_is_sent(screen: Screen) -> None:
    assert screen.says("Préparer cette tablette")
    assert screen.says("ni identité, ni adresse, ni position")
    [url, code] = screen.all(ft.TextField)
    assert (url.value, code.value) == (URL, "")


async def test_a_wrong_code_is_said_and_what_was_typed_stays(screen: Screen) -> None:
    await screen.type_in("Code à usage unique", "AAAA-BBBB-CC")
    await screen.tap("Activer la tablette")
    assert screen.says("Ce code n’est pas valable")
    assert [f.value for f in screen.all(ft.TextField)] == [URL, "AAAA-BBBB-CC"]


async def test_nothing_typed_says_what_to_type(screen: Screen) -> None:
    await screen.tap("Activer la tablette")
    assert screen.says("Saisissez l’adresse du serveur et le code")


async def test_an_encounter_is_recorded_and_leaves_by_itself(home: Screen, server_engine: Engine) -> None:
    await record(home, "18-21 ans", "Femme")
    assert home.says("Rencontre enregistrée")
    for _ in range(50):
        await asyncio.sleep(BREATH)
        await home.settle()
        if held_by_server(server_engine):
            break
    await home.settle()
    assert len(held_by_server(server_engine)) == 1
    assert home.says("Tout est envoyé")
    assert home.says("Dernier envoi réussi")


async def test_a_form_without_a_place_says_so_and_stays(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Giromagny")
    await home.tap("Enregistrer")
    assert home.says("À indiquer avant d’enregistrer")
    assert home.chip("Giromagny").selected


async def test_a_refusal_is_said_beside_the_button_and_at_the_field_until_it_is_mended(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.tap("Enregistrer")
    assert home.says("Pas encore enregistré. À revoir : Commune, Lieu")
    await home.choose("Giromagny")
    assert home.says("Pas encore enregistré. À revoir : Lieu")
    assert home.texts.count("À indiquer avant d’enregistrer") == 1
    await home.choose("Mairie")
    assert not home.says("Pas encore enregistré")
    await home.tap("Enregistrer")
    assert home.says("Rencontre enregistrée")


async def test_nothing_is_reproached_before_the_first_try_to_save(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Femme")
    assert not home.says("il manque")


async def test_the_home_screen_leads_to_what_was_begun(home: Screen) -> None:
    assert not home.says("brouillon")
    await home.tap("Nouvelle rencontre")
    await home.choose("Valdoie")
    await home.tap("Retour à l’accueil")
    await home.tap("1 brouillon à terminer")
    assert home.says("Rencontre · Valdoie")
    assert home.chip("Brouillon (1)").selected
    await home.tap("Retour à l’accueil")
    await home.tap("Journal des saisies")
    assert not home.chip("Brouillon (1)").selected  # the way through the journal shows all again


async def test_a_screen_reader_hears_the_code_of_an_exported_file(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Giromagny")
    await home.tap("Retour à l’accueil")
    await home.tap("Réglages")
    home.connection.answers["save_file"] = "saisies.tdu"
    await home.tap("Exporter")
    [code] = [t for t in home.all(ft.Text) if t.selectable]
    [around] = [s for s in home.all(ft.Semantics) if s.content is code]
    assert (around.label, around.exclude_semantics) == (f"Code du fichier : {code.value}", True)
    assert len(str(code.value)) == 19


async def test_a_screen_reader_hears_which_question_each_oui_answers(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.tap("Compléter le profil")
    await home.choose("Non")
    yes = [c for c in home.all(ft.Chip) if any(isinstance(t, ft.Text) and t.value == "Oui" for t in walk(c))]
    groups = [s for s in home.all(ft.Semantics) if s.label and any(c in yes for c in walk(s))]
    assert len(yes) == 4
    assert [s.label for s in groups] == [
        "Déjà rencontrée par l’équipe cette année ?", "Est-ce la toute première fois ?", "RSA",
        "Déjà suivi par une structure",
    ]  # fmt: skip


async def test_invented_data_is_said_before_anything_else(home: Screen, server_engine: Engine) -> None:
    assert not home.says("données fictives")
    new_territory.mark_synthetic(server_engine, TERRITORY)
    await home.tap("Synchroniser")
    await home.settle()
    assert home.says("Démonstration : données fictives")


async def test_a_need_opens_the_services_that_answer_it(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Giromagny")
    assert not home.says("Orienter pour")
    await home.choose("Lien social")
    assert home.says("Orienter pour : Lien social")
    await home.choose("Centre socio-culturel de la Haute Savoureuse · 0 km")
    assert home.says("Orientation vers Centre socio-culturel de la Haute Savoureuse")
    await home.choose("Accompagnement physique")
    assert home.chip("Elle accepte").selected  # nobody is accompanied who refuses
    await home.choose("Elle refuse")
    assert not home.chip("Elle accepte").selected


async def test_the_rest_is_one_tap_away(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    before = len(home.all(ft.Chip))
    for name in (
        "Autres lieux",
        "Ajouter un frein",
        "Ajouter un droit à ouvrir",
        "Compléter le profil",
    ):
        await home.tap(name)
    assert len(home.all(ft.Chip)) > before + 40
    await home.choose("Démarche faite avec la personne")
    assert home.chip("Démarche faite avec la personne").selected


async def test_a_presence_is_recorded(home: Screen) -> None:
    await home.tap("Présence")
    for name in ("Delle", "Espace public", "2 h", "3"):
        await home.choose(name)
    await home.tap("Enregistrer")
    assert home.says("Présence enregistrée")
    await home.tap("Journal des saisies")
    assert home.says("2 h, à 3 agents")


async def test_a_draft_waits_in_the_journal_and_is_taken_up_again(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Valdoie")
    await home.tap("Retour à l’accueil")
    await home.tap("Journal des saisies")
    assert home.says("Brouillon")
    await home.tap("Reprendre")
    assert home.chip("Valdoie").selected


async def test_an_abandoned_draft_is_gone(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Valdoie")
    await home.tap("Abandonner")
    await home.tap("Journal des saisies")
    assert home.says("Rien ici pour l’instant")


async def test_an_entry_given_up_by_mistake_is_put_back(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Valdoie")
    await home.tap("Abandonner")
    assert home.says("Supprimée : Rencontre · Valdoie")
    await home.tap("Annuler la suppression")
    await home.tap("1 brouillon à terminer")
    await home.tap("Reprendre")
    assert home.chip("Valdoie").selected


async def test_friends_met_together_take_one_tap_each(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "18-21 ans", "Homme", "Lien social"):
        await home.choose(name)
    await home.tap("Enregistrer et suivante")
    assert home.says("Rencontre enregistrée")
    assert home.says("Giromagny · Mairie")
    assert not home.chip("18-21 ans").selected
    await home.tap("Même profil")
    assert home.chip("18-21 ans").selected
    assert home.chip("Homme").selected
    assert not home.chip("Lien social").selected
    await home.tap("Mêmes besoins")
    assert home.chip("Lien social").selected
    await home.tap("Enregistrer")
    await home.tap("Journal des saisies")
    assert len([t for t in home.texts if t.startswith("10/03/2026 · Mairie · 18-21 ans · Homme\n")]) == 2


async def test_any_commune_is_found_by_its_name_its_old_name_or_its_post_code(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.type_in("Autre commune", "lepuix")
    await home.choose("Lepuix")
    assert [f.value for f in home.all(ft.TextField)] == [""]
    assert home.chip("Lepuix").selected
    await home.type_in("Autre commune", "zz")
    assert home.says("Aucune commune du territoire ne ressemble à cela")
    await home.type_in("Autre commune", "90200")
    for name in ("Auxelles-Bas", "Giromagny", "Vescemont"):
        assert home.chip(name)
    await home.type_in("Autre commune", "vourvenans")
    await home.choose("Trévenans (anciennement Vourvenans)")
    assert home.chip("Trévenans").selected


async def test_a_record_kept_is_felt_under_the_finger(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.tap("Enregistrer")
    knocks = [name for name, _ in home.connection.invoked if name == "light_impact"]
    assert knocks == []  # refused: nothing is kept
    home.connection.invoked.clear()
    for name in ("Giromagny", "Mairie"):
        await home.choose(name)
    await home.tap("Enregistrer et suivante")
    assert home.connection.invoked == [("light_impact", None)]


async def test_what_is_proposed_stands_in_one_line_and_opens_on_a_tap(home: Screen) -> None:
    await record(home)
    await home.tap("Nouvelle rencontre")
    assert home.says("Giromagny · Mairie")
    assert home.says("mardi 10/03/2026 · Après-midi · Trait d’union")
    assert "Delle" not in home.texts
    await home.tap("Changer")
    await home.choose("Delle")
    await home.tap("Enregistrer")
    await home.tap("Journal des saisies")
    assert home.says("Rencontre · Delle")


async def test_an_edit_left_without_saving_waits_and_goes_on(home: Screen) -> None:
    await record(home)
    await home.tap("Journal des saisies")
    await home.tap("Modifier")
    await home.choose("Femme")
    await home.tap("Retour au journal")
    await home.tap("Retour à l’accueil")
    assert home.button("1 brouillon à terminer")
    await home.tap("Journal des saisies")
    assert home.says("Modification · Rencontre · Giromagny")
    await home.tap("Modifier")
    assert home.chip("Femme").selected
    await home.tap("Enregistrer")
    assert not home.says("Brouillon")


async def test_an_edit_given_up_leaves_the_record_as_it_was(home: Screen) -> None:
    await record(home)
    await home.tap("Journal des saisies")
    await home.tap("Modifier")
    await home.choose("Femme")
    await home.tap("Annuler mes changements")
    await home.tap("Modifier")
    assert not home.chip("Femme").selected


async def test_a_record_is_copied_for_today(home: Screen) -> None:
    await record(home, "Femme")
    await home.tap("Journal des saisies")
    await home.tap("Dupliquer Rencontre · Giromagny, 10/03/2026 · Mairie · Femme")
    assert home.chip("Femme").selected
    await home.tap("Enregistrer")
    assert len([t for t in home.texts if t == "Rencontre · Giromagny"]) == 2


async def test_a_tablet_whose_secret_is_lost_erases_nothing_and_says_what_to_do(
    tmp_path: Path,
) -> None:
    ports = Ports(storage=FolderStorage(tmp_path))
    first = Session(_ports=ports)
    await first.open()
    first.close()
    kept_before = (tmp_path / "tablet.db").read_bytes()
    (tmp_path / "device.secret").write_bytes(bytes(32))
    screen = await Screen.open(partial(app.main, ports_of=lambda page: ports))
    assert screen.says("ne peuvent pas être ouvertes")
    assert (tmp_path / "tablet.db").read_bytes() == kept_before
    screen.close()


async def test_every_control_has_a_name_and_is_large_enough(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    controls = list(walk(home.page))
    for button in [c for c in controls if isinstance(c, ft.IconButton)]:
        assert isinstance(button.icon, ft.Icon)
        assert button.icon.semantics_label
        assert side_of(button) >= 48
    for plain in [c for c in controls if isinstance(c, ft.OutlinedButton | ft.FilledButton)]:
        assert plain.content
        assert plain.height is None  # a height of its own would cut a text twice as large
        assert plain.style in (theme.BUTTON, theme.BIG_BUTTON, theme.TILE)
    assert all(field.label for field in controls if isinstance(field, ft.TextField))
    assert not [c for c in controls if isinstance(c, ft.Dropdown)]  # nameless to a screen reader


async def test_the_app_speaks_french(home: Screen) -> None:
    locale = home.page.locale_configuration
    assert locale is not None
    assert locale.current_locale is not None
    assert locale.current_locale.language_code == "fr"
    assert home.page.theme is theme.THEME


def test_the_usual_communes_are_communes_of_the_territory() -> None:
    names = [territory.communes()[insee].name for insee in USUAL]
    assert names == ["Giromagny", "Delle", "Belfort", "Valdoie", "Grandvillars"]


async def test_what_flet_logs_of_a_screen_says_nothing_of_a_record(home: Screen) -> None:
    await record(home, "18-21 ans")
    await home.tap("Journal des saisies")
    drawn = [repr(argument) for c in walk(home.page) for argument in getattr(c, "args", ())]
    assert any("Journal" in words for words in drawn)
    assert not [words for words in drawn if "90052" in words or "18-21" in words]


SERVICE = "Centre socio-culturel de la Haute Savoureuse"
ACCEPTED = "Elle accepte"


async def referred(home: Screen) -> None:
    """An encounter with one referral, saved."""
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "Lien social", f"{SERVICE} · 0 km", ACCEPTED):
        await home.choose(name)
    await home.tap("Enregistrer")


async def test_a_referral_is_followed_to_its_end_in_a_few_taps(home: Screen) -> None:
    await referred(home)
    await home.tap("Suites")
    assert home.says(SERVICE)
    assert home.says("Proposée (10/03/2026)")
    await home.tap("Repère")
    await home.type_in("Repère", "manteau rouge")
    await home.tap("Non présentée")
    assert home.says(f"Noté : Non présentée · {SERVICE}")
    await home.choose("Non mobile")
    assert home.says("Non présentée (10/03/2026) · Non mobile")
    await home.tap("Annuler")
    assert home.says("Proposée (10/03/2026)")
    await home.tap("Accès effectif")
    assert home.says("Rien à suivre ici")
    await home.choose("Filtres")
    await home.choose("Terminées")
    assert home.says("Accès effectif (10/03/2026)")
    assert not [f for f in home.all(ft.TextField) if f.value == "manteau rouge"]


async def test_a_slip_is_handed_over_and_taken_back(home: Screen) -> None:
    await referred(home)
    await home.tap("Suites")
    await home.tap("Coupon")
    assert home.says("Ce coupon ne contient pas votre nom")
    code = next(t for t in home.texts if t.count("-") == 2 and len(t) == 11)
    await home.tap("Copier le code")
    assert home.connection.invoked[-1] == ("set", {"data": code})
    await home.tap("Fermer le coupon")
    await home.tap("Coupon")
    assert home.says(code)  # the same, as often as it is shown
    await home.tap("Retirer le coupon")
    await home.tap("Coupon")
    assert not home.says(code)


async def test_a_slip_from_the_form_comes_back_to_the_form(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "Lien social", f"{SERVICE} · 0 km"):
        await home.choose(name)
    await home.tap("Coupon")
    assert home.says(SERVICE)
    await home.tap("Fermer le coupon")
    assert home.chip("Lien social").selected
    await home.tap("Enregistrer")
    assert home.says("Rencontre enregistrée")


async def test_the_first_name_typed_as_a_repere_is_pointed_at(home: Screen) -> None:
    await referred(home)
    await home.tap("Suites")
    await home.tap("Repère")
    await home.type_in("Repère", "le fils de Kevin")
    assert home.says("ressemble à un prénom")
    await home.type_in("Repère", "06 12 34 56 78")
    assert home.says("C’est un numéro de téléphone")
