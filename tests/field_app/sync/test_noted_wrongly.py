"""What was noted in one tap and should not have been: it can be taken out of the journal, even refused."""

from __future__ import annotations

from dataclasses import replace

from field_app.state.journal import DELETABLE
from shared import field_labels
from tests.field_app.journal.test_deleting import delete
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import referred
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.flet_headless import Screen


async def noted(home: Screen, outcome: str) -> None:
    await referred(home)
    await home.tap("Suites")
    if outcome == "Sans nouvelle":  # seldom noted: one tap further
        await home.tap("Autre suite")
    await home.tap(outcome)
    await home.tap("Retour à l’accueil")


async def test_an_outcome_noted_by_mistake_is_taken_out_later_and_may_be_put_back(home: Screen) -> None:
    await noted(home, "Sans nouvelle")
    await home.tap("Journal des saisies")
    await delete(home, "Suite · Sans nouvelle, 10/03/2026")
    assert "Supprimée" in home.texts
    await home.tap("Annuler la suppression de Suite · Sans nouvelle, 10/03/2026")
    assert "Supprimée" not in home.texts
    await delete(home, "Suite · Sans nouvelle, 10/03/2026")
    await home.tap("Retour à l’accueil")
    await home.tap("Suites")
    assert home.says("Proposée (10/03/2026)")
    await home.tap("Retour à l’accueil")
    await home.tap("Journal des saisies")
    assert not home.says("Suite · Sans nouvelle")


async def test_an_outcome_that_was_refused_does_not_stay_for_ever(home: Screen) -> None:
    await noted(home, "Honorée")
    store = session_of(home)._opened.store
    [told] = [k for k in await store.all() if k.kind == "follow_up"]
    await store.keep(replace(told, state="to_correct", reasons=[{"field": "day", "message": "Jour refusé"}]))
    await home.tap("Journal des saisies")
    assert home.says("Jour refusé")
    await delete(home, "Suite · Honorée, 10/03/2026")
    await home.tap("Retour à l’accueil")
    assert not home.says("à corriger")


def test_whatever_a_worker_makes_can_be_taken_out() -> None:
    assert {*DELETABLE} == {*field_labels.KIND_LABELS} - {"service"}
