"""The settings, the introduction and « Mes chiffres » as the worker meets them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import flet as ft
import pytest

import field_app
from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.state.preferred import Preferred
from field_app.state.tablet import settings
from field_app.state.tablet.settings import TabletSettings
from field_app.store.local_store import LocalStore
from shared import territory
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import record
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.world import full
from tests.flet_headless import Screen, side_of, walk


async def test_what_is_set_outlives_a_restart_and_leads_the_next_record(desk: Desk) -> None:
    chosen = TabletSettings(_desk=desk)
    await chosen.look()
    await chosen.choose_action("jeunes")
    for place in ("domicile", "mairie"):
        await chosen.toggle_place(place)
    await chosen.toggle_commune("90052")
    again = TabletSettings(_desk=desk)
    await again.look()
    assert again.preferred == chosen.preferred
    draft = await begin.new("encounter", desk)
    assert draft.fields["action"] == "jeunes"
    assert draft.places[:2] == ["domicile", "mairie"]
    assert draft.usual_communes == ("90033", "90010", "90099", "90053")


async def test_the_default_action_taken_back_leaves_the_one_used_last(desk: Desk) -> None:
    chosen = TabletSettings(_desk=desk)
    await chosen.choose_action("jeunes")
    await chosen.choose_action("jeunes")
    assert (await begin.new("encounter", desk)).fields["action"] == "trait-dunion"


async def test_a_ninth_commune_is_refused_and_says_what_to_do(desk: Desk) -> None:
    chosen = TabletSettings(_desk=desk)
    for insee in [i for i in territory.communes() if i not in chosen.preferred.communes][:4]:
        await chosen.toggle_commune(insee)
    assert len(chosen.preferred.communes) == settings.MOST_COMMUNES
    assert chosen.said == settings.FULL


async def test_what_this_version_does_not_know_is_left_out(desk: Desk, store: LocalStore) -> None:
    note = {"action": "x", "communes": ["90052", "75056"], "places": ["lune", "mairie"], "theme": "rose"}
    await store.keep_note(settings.NOTE, note)
    chosen = TabletSettings(_desk=desk)
    await chosen.look()
    assert chosen.preferred == Preferred("", ("90052",), ("mairie",), "system")


async def test_a_setting_that_cannot_be_kept_is_said_and_not_shown_as_set(desk: Desk, store: LocalStore) -> None:
    chosen = TabletSettings(_desk=desk)
    with full(store):
        await chosen.choose_theme("night")
    assert (chosen.preferred.theme, chosen.said) == ("system", settings.NOT_KEPT)


async def test_the_theme_changes_under_the_finger(home: Screen) -> None:
    await home.tap("Réglages")
    for name, mode in (("Nuit", ft.ThemeMode.DARK), ("Jour", ft.ThemeMode.LIGHT)):
        await home.choose(name)
        assert home.page.theme_mode is mode
    await home.choose("Comme la tablette")
    assert home.page.theme_mode is ft.ThemeMode.SYSTEM


async def test_a_commune_is_found_by_what_is_typed_and_leads_the_form(home: Screen) -> None:
    await home.tap("Réglages")
    await home.type_in("Ajouter une commune", "beauco")
    await home.choose("Beaucourt")
    await home.choose("Delle")
    await home.type_in("Ajouter une commune", "zzz")
    assert home.says("Aucune autre commune")
    await home.tap("Retour à l’accueil")
    await home.tap("Nouvelle rencontre")
    assert home.chip("Beaucourt")
    assert not home.says("Delle")


async def test_the_settings_say_what_this_tablet_is(home: Screen) -> None:
    await home.tap("Réglages")
    for words in ("Équipe : Giromagny", "Serveur : https://server.test", "Version : ", "Sécurité"):
        assert home.says(words)


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == field_app.VERSION


async def test_the_introduction_is_read_again_from_the_settings_and_leads_back(home: Screen) -> None:
    await home.tap("Réglages")
    await home.tap("Revoir la présentation")
    for title in ("Des rencontres, jamais des noms", "Tout marche sans réseau"):
        assert home.says(title)
        await home.tap("Suivant")
    assert home.says("Rien ne se perd")
    await home.tap("C’est parti")
    assert home.says("Réglages")


async def test_a_new_code_is_typed_on_a_tablet_that_was_revoked_or_changes_teams(home: Screen) -> None:
    await home.tap("Réglages")
    await home.tap("Saisir un nouveau code")
    assert home.says("Nouveau code")
    await home.tap("Retour aux réglages")
    assert home.says("Cette tablette")


async def test_the_figures_say_whose_they_are_and_count_what_was_just_made(home: Screen) -> None:
    await record(home)
    await home.tap("Mes chiffres")
    assert home.says("ils ne sont envoyés à personne")
    assert home.says("de 0 à 1")
    assert home.says("Aucune orientation sur cette période.")
    assert home.says("aujourd’hui")  # the day comes first: it is asked about at its end
    await home.choose("Mois")
    await home.tap("Mois précédent")
    assert home.says("février 2026")
    await home.tap("Mois suivant")
    assert home.says("mars 2026")
    await home.choose("Semaine")
    assert home.says("semaine du 9 au 15 mars 2026")
    await home.tap("Semaine précédente")
    assert home.says("semaine du 2 au 8 mars 2026")


async def test_the_outcomes_are_told_in_words_beside_the_bar(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "Lien social", "Centre socio-culturel de la Haute Savoureuse · 0 km"):
        await home.choose(name)
    await home.choose("Elle accepte")
    await home.tap("Enregistrer")
    await home.tap("Mes chiffres")
    assert home.says("Proposée : 1")


async def test_a_presence_is_begun_left_found_again_on_home_and_ended(home: Screen) -> None:
    await home.tap("Présence")
    assert isinstance(home.button("Un quart d’heure de plus"), ft.OutlinedButton)  # of nothing yet: in words
    await home.tap("Commencer")
    await home.tap("Retour à l’accueil")
    assert not home.says("brouillon")  # it is under way, nothing is left to finish
    await home.tap("Présence en cours depuis 14 h 00")
    for name in ("Delle", "Espace public"):
        await home.choose(name)
    await home.tap("Terminer et enregistrer")
    assert home.says("Terminée aussitôt commencée")  # asked, and not saved yet
    assert isinstance(
        home.button("Un quart d’heure de plus"), ft.IconButton
    )  # beside the minute that stands there
    await home.tap("Un quart d’heure de plus")
    await home.tap("Enregistrer")
    assert home.says("Présence enregistrée")
    assert not home.says("Présence en cours")
    await home.tap("Journal des saisies")
    assert home.says("15 min")


async def test_a_second_presence_does_not_take_the_timer_of_the_first(home: Screen) -> None:
    await home.tap("Présence")
    await home.tap("Commencer")
    await home.tap("Retour à l’accueil")
    await home.tap("Présence")
    assert home.says("Une autre présence est en cours depuis 14 h 00")


@pytest.mark.parametrize("name", ["Réglages", "Mes chiffres", "Présence"])
async def test_every_control_is_named_and_large_enough(home: Screen, name: str) -> None:
    await home.tap(name)
    controls = list(walk(home.page))
    for button in [c for c in controls if isinstance(c, ft.IconButton)]:
        assert isinstance(button.icon, ft.Icon)
        assert button.icon.semantics_label
        assert side_of(button) >= 48
    assert all(field.label for field in controls if isinstance(field, ft.TextField))
