"""What is noted in a form for this tablet alone is there when it is needed: repère, next step, coupon."""

from __future__ import annotations

import flet as ft
import pytest
from sqlalchemy import Engine

from tests.field_app.conftest import a_code
from tests.field_app.journal.test_deleting import delete
from tests.field_app.screens.test_installing import FakePage, Tablet
from tests.field_app.screens.test_installing import tablet as tablet  # a fixture
from tests.field_app.store.test_full_memory import session_of
from tests.flet_headless import Screen

SERVICE = "Centre socio-culturel de la Haute Savoureuse · 0 km"
COAT = "manteau rouge"


@pytest.fixture
async def home(tablet: Tablet, server_engine: Engine) -> Screen:
    return await tablet.enrol(FakePage(), a_code(server_engine))


def code_shown(home: Screen) -> str:
    return next(text for text in home.texts if text.count("-") == 2 and len(text) == 11)


async def fill_in(home: Screen, place: bool = True) -> str:
    """A referral with its coupon, a repère, a step for today; the code of the coupon."""
    await home.tap("Nouvelle rencontre")
    for name in (*(("Giromagny", "Mairie") if place else ()), "Lien social", SERVICE):
        await home.choose(name)
    await home.tap("Coupon")
    code = code_shown(home)
    await home.tap("Fermer le coupon")
    await home.tap("Repère")
    await home.type_in("Repère", COAT)
    await home.tap("Prochaine étape")
    await home.choose("Rappeler")
    await home.choose("Aujourd’hui")
    return code


async def is_remembered(home: Screen, code: str) -> None:
    assert home.says(f"Rappeler aujourd’hui · {COAT} · Giromagny")
    await home.tap("Suites")
    assert [box.value for box in home.all(ft.TextField) if str(box.label).startswith("Repère")] == [COAT]
    await home.tap("Coupon")
    assert code_shown(home) == code
    await home.tap("Fermer le coupon")
    await home.tap("Retour à l’accueil")
    assert home.says(f"Rappeler aujourd’hui · {COAT} · Giromagny")


async def test_what_was_noted_in_a_form_is_there_once_it_is_saved(home: Screen) -> None:
    code = await fill_in(home)
    await home.tap("Enregistrer")
    await is_remembered(home, code)


async def test_what_was_noted_in_a_form_waits_with_its_draft(home: Screen) -> None:
    code = await fill_in(home)
    await home.tap("Retour à l’accueil")
    await home.tap("1 brouillon à terminer")
    await home.tap("Reprendre")
    assert [box.value for box in home.all(ft.TextField) if box.label == "Repère"] == [COAT]
    await home.tap("Enregistrer")
    await is_remembered(home, code)


async def test_what_was_noted_of_the_last_of_a_series_stays(home: Screen) -> None:
    await fill_in(home)
    await home.tap("Enregistrer et suivante")
    for name in ("Lien social", SERVICE, "Elle accepte"):
        await home.choose(name)
    await home.tap("Repère")
    await home.type_in("Repère", "chien noir")
    await home.tap("Enregistrer")
    await home.tap("Suites")
    found = {box.value for box in home.all(ft.TextField) if str(box.label).startswith("Repère")}
    assert found == {COAT, "chien noir"}


@pytest.mark.parametrize("where", ["the form", "the journal"])
async def test_what_is_put_back_comes_with_what_was_noted_of_it(home: Screen, where: str) -> None:
    code = await fill_in(home)
    if where == "the form":
        await home.tap("Abandonner")
        await home.tap("Annuler la suppression")
        await home.tap("1 brouillon à terminer")
        await home.tap("Reprendre")
        await home.tap("Enregistrer")
    else:
        await home.tap("Enregistrer")
        await home.tap("Journal des saisies")
        [name] = [label for t in home.all(ft.Text) if (label := str(t.semantics_label)).startswith("Supprimer")]
        await delete(home, name.removeprefix("Supprimer "))
        await session_of(home)._synced()  # a sync ends meanwhile
        await home.tap(name.replace("Supprimer", "Annuler la suppression de"))
        await home.tap("Retour à l’accueil")
    await is_remembered(home, code)


async def test_what_was_noted_of_a_record_deleted_goes_for_good_when_the_tablet_locks(home: Screen) -> None:
    await fill_in(home)
    await home.tap("Abandonner")
    session = session_of(home)
    notes = session._opened.notes
    await home.tap("Annuaire")
    await home.tap("Retour à l’accueil")
    assert notes._notes  # it may still be put back, whole
    await session.lock_now()
    assert notes._notes == {}


async def test_a_question_over_the_screen_goes_when_the_tablet_locks(home: Screen) -> None:
    session = session_of(home)
    await home.tap("Nouvelle rencontre")
    await home.choose("Giromagny")
    assert session.on_back is not None
    session.on_back()
    await home.settle()
    assert home.says("gardé en brouillon")
    await session.lock_now()
    await home.settle()
    assert not home.says("gardé en brouillon")
    await session.leave_form()  # answered all the same: nothing behind the lock is shown
    assert session.screen == "lock"
