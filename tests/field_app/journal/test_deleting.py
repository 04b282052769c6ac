"""Nothing is lost by a stray tap: a deletion asks in its place, stays there as such, and every one of the session
may be undone; what was saved by a slip is taken out in one tap."""

from __future__ import annotations

import asyncio

import flet as ft
import pytest

from field_app.state.journal import PAGE
from field_app.state.tablet.sync_status import BREATH
from tests.field_app.screens.test_double_tap import session_of
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import record
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.world import kept
from tests.flet_headless import Screen

GIROMAGNY = "Rencontre · Giromagny, 10/03/2026 · Mairie"


async def delete(home: Screen, name: str) -> None:
    """Delete the record of that name in the journal, and say so when asked."""
    await home.tap(f"Supprimer {name}")
    await home.tap(f"Oui, supprimer {name}")


async def waiting(home: Screen) -> list[str]:
    """What is kept and is no deletion, by age."""
    found = await session_of(home)._opened.store.all()
    return sorted(str(k.fields.get("age_band")) for k in found if k.kind == "encounter" and not k.deleted)


async def offline(home: Screen) -> None:
    """Nothing leaves: the counts stay as they are."""
    session = session_of(home)
    assert session._task is not None
    session._task.cancel()
    await home.settle()


async def test_the_bin_asks_in_its_place_and_a_stray_tap_deletes_nothing(home: Screen) -> None:
    await record(home, "18-21 ans")
    await home.tap("Journal des saisies")
    name = f"{GIROMAGNY} · 18-21 ans"
    await home.tap(f"Supprimer {name}")
    assert home.says("Supprimer cette rencontre ?")
    assert home.says("10/03/2026 · Mairie · 18-21 ans")  # who and when stand below the question
    assert await waiting(home) == ["18-21"]
    await home.tap(f"Garder {name}")
    assert not home.says("Supprimer cette rencontre ?")
    assert home.button("Modifier")


async def test_each_sort_of_record_is_asked_about_by_its_name(home: Screen) -> None:
    await home.tap("Présence")
    for name in ("Delle", "Espace public", "2 h"):
        await home.choose(name)
    await home.tap("Enregistrer")
    await home.tap("Nouvelle rencontre")
    await home.choose("Femme")
    await home.tap("Retour à l’accueil")
    await home.tap("Journal des saisies")
    for name, asked in (("Rencontre", "ce brouillon"), ("Présence", "cette présence")):
        labels = [str(text.semantics_label) for text in home.all(ft.Text)]
        await home.tap(next(label for label in labels if label.startswith(f"Supprimer {name}")))
        assert home.says(f"Supprimer {asked} ?")


async def test_what_was_deleted_stays_in_its_place_and_comes_back_under_the_finger(home: Screen) -> None:
    for age in ("18-21 ans", "40-59 ans", "60-74 ans"):
        await record_next(home, age)
    await home.tap("Journal des saisies")
    before = [t for t in home.texts if "10/03/2026" in t]
    await delete(home, f"{GIROMAGNY} · 40-59 ans")
    assert [t for t in home.texts if "10/03/2026" in t] == before  # no card slides under the finger
    assert home.texts.count("Supprimée") == 1
    assert await waiting(home) == ["18-21", "60-74"]
    await home.tap(f"Annuler la suppression de {GIROMAGNY} · 40-59 ans")
    assert "Supprimée" not in home.texts
    assert await waiting(home) == ["18-21", "40-59", "60-74"]


async def record_next(home: Screen, age: str) -> None:
    """An encounter of that age; the place is proposed after the first."""
    if not await waiting(home):
        await record(home, age)
        return
    await home.tap("Nouvelle rencontre")
    await home.choose(age)
    await home.tap("Enregistrer")


async def test_every_deletion_of_the_session_is_found_and_undone(home: Screen) -> None:
    for age in ("18-21 ans", "40-59 ans", "60-74 ans"):
        await record_next(home, age)
    await home.tap("Journal des saisies")
    for age in ("18-21 ans", "40-59 ans"):
        await delete(home, f"{GIROMAGNY} · {age}")
    await home.tap("Retour à l’accueil")
    await home.tap("Mes chiffres")
    await home.tap("Retour à l’accueil")
    await home.tap("Journal des saisies")
    assert "Supprimée" not in home.texts  # the list itself holds what stands
    await home.choose("Supprimée (2)")
    assert home.says("18-21 ans")
    for age in ("40-59 ans", "18-21 ans"):
        await home.tap(f"Annuler la suppression de {GIROMAGNY} · {age}")
    assert await waiting(home) == ["18-21", "40-59", "60-74"]


async def test_what_was_deleted_keeps_its_place_under_a_filter_too(home: Screen) -> None:
    await offline(home)
    await record(home, "18-21 ans")
    await home.tap("Journal des saisies")
    await home.choose("À envoyer (1)")
    await delete(home, f"{GIROMAGNY} · 18-21 ans")
    await home.tap(f"Annuler la suppression de {GIROMAGNY} · 18-21 ans")
    assert home.chip("À envoyer (1)").selected


async def test_a_deletion_far_down_the_list_draws_no_more_than_before(home: Screen) -> None:
    store = session_of(home)._opened.store
    for _ in range(PAGE + 3):
        await store.keep(kept())
    await home.tap("Journal des saisies")
    name = "Rencontre · Giromagny, 09/03/2026 · Mairie"
    await delete(home, f"{name}, n° {PAGE}")
    assert home.button("Voir plus ancien (3)")
    await home.tap(f"Annuler la suppression de {name}, n° {PAGE}")
    assert len(await waiting(home)) == PAGE + 3


async def test_what_was_deleted_is_gone_for_good_once_the_tablet_locks(home: Screen) -> None:
    await record(home, "18-21 ans")
    await home.tap("Journal des saisies")
    await delete(home, f"{GIROMAGNY} · 18-21 ans")
    session = session_of(home)
    await session.lock_now()
    await home.settle()
    assert session.journal.deleted == ()
    await home.type_in("Code PIN", "482916")
    await home.tap("Journal des saisies")
    assert not home.says("Supprimée")
    assert not home.says("18-21 ans")


async def test_an_empty_form_saved_by_a_stray_tap_is_undone_in_one(home: Screen) -> None:
    await record(home, "18-21 ans")
    assert home.says("Rencontre enregistrée")
    assert not home.says("sans détail")
    await home.tap("Nouvelle rencontre")
    await home.tap("Enregistrer")
    assert home.says("Rencontre enregistrée sans détail")
    assert home.says("2 rencontres")
    await home.tap("Annuler")
    assert home.says("Supprimée : Rencontre · Giromagny")
    assert not home.says("enregistrée")
    assert home.says("1 rencontre")
    assert await waiting(home) == ["18-21"]
    await home.tap("Annuler la suppression")
    assert not home.says("Supprimée")
    assert len(await waiting(home)) == 2


@pytest.mark.parametrize("answer", ["Femme", "Pas de besoin, simple échange", "Oui"])
async def test_one_answer_is_a_detail(home: Screen, answer: str) -> None:
    await record(home, answer)
    assert "Rencontre enregistrée" in home.texts


async def test_a_series_says_too_that_nothing_was_noted(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie"):
        await home.choose(name)
    await home.tap("Enregistrer et suivante")
    assert home.says("Rencontre enregistrée sans détail")


async def test_what_was_just_saved_is_corrected_from_home(home: Screen) -> None:
    await record(home)
    await home.tap("Modifier")
    await home.choose("18-21 ans")
    await home.tap("Enregistrer")
    assert "Correction enregistrée" in home.texts
    assert not home.says("Rencontre enregistrée")
    assert session_of(home).screen == "home"
    assert await waiting(home) == ["18-21"]


async def test_a_correction_a_copy_and_a_deletion_are_each_said_alone(home: Screen) -> None:
    await record(home, "18-21 ans")
    await home.tap("Journal des saisies")
    await home.tap("Modifier")
    await home.choose("Femme")
    await home.tap("Enregistrer")
    assert home.says("Correction enregistrée")
    [name] = [str(t.semantics_label) for t in home.all(ft.Text) if str(t.semantics_label).startswith("Supprimer")]
    await delete(home, name.removeprefix("Supprimer "))
    assert "Supprimée" in home.texts
    assert not home.says("enregistrée")
    await home.tap(name.replace("Supprimer", "Annuler la suppression de"))
    await home.tap(name.replace("Supprimer", "Dupliquer"))
    await home.tap("Enregistrer")
    assert home.says("Rencontre enregistrée")
    assert not home.says("Supprimée")
    await home.tap("Annuler")
    assert home.says("Supprimée : Rencontre · Giromagny")
    assert len(await waiting(home)) == 1


async def test_changes_given_up_come_back_at_once_or_never(home: Screen) -> None:
    await record(home)
    await home.tap("Journal des saisies")
    await home.tap("Modifier")
    await home.choose("Femme")
    await home.tap("Annuler mes changements")
    assert home.says("Supprimée : Modification · Rencontre · Giromagny")
    await home.tap("Annuler la suppression")
    assert home.says("Modification · Rencontre · Giromagny")
    await home.tap("Modifier")
    await home.tap("Annuler mes changements")
    await home.tap("Retour à l’accueil")
    assert session_of(home).journal.deleted == ()


async def test_home_and_journal_count_what_is_to_be_sent_alike(home: Screen) -> None:
    await record(home, "18-21 ans")
    session = session_of(home)
    for _ in range(50):
        await asyncio.sleep(BREATH)
        await home.settle()
        if home.says("Tout est envoyé"):
            break
    await offline(home)
    for age in ("40-59 ans", "60-74 ans"):
        await record_next(home, age)
    assert home.says("2 saisies à envoyer")
    await home.tap("Journal des saisies")
    await delete(home, f"{GIROMAGNY} · 18-21 ans")
    assert home.chip("À envoyer (2)")
    await home.tap("Retour à l’accueil")
    assert home.says("2 saisies et 1 suppression à envoyer")
    assert (session.sync.waiting, session.sync.deletions) == (3, 1)
    await home.tap("Journal des saisies")
    for age in ("40-59 ans", "60-74 ans"):  # these never left: nothing of them is to be sent
        await delete(home, f"{GIROMAGNY} · {age}")
    await home.tap("Retour à l’accueil")
    assert home.says("1 suppression à envoyer")
    assert not home.says("saisies")


async def test_each_act_has_its_word_and_says_to_a_screen_reader_of_which_record(home: Screen) -> None:
    await record(home)
    await home.tap("Journal des saisies")
    for act in ("Dupliquer", "Supprimer"):
        assert act in home.texts
        assert home.button(f"{act} {GIROMAGNY}")
