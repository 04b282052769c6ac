"""A thumb that taps twice: the second tap falls on what has just come under it, and decides nothing; what the next
screen says at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import flet as ft
import pytest

from field_app.ports.taps import CALM, Taps
from field_app.state.session import Session
from tests.field_app.screens.test_screens import ACCEPTED, SERVICE, record
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.flet_headless import Screen, walk

DOUBLE = (0.12, 0.45)
"""Seconds between the two taps of a double one: a quick thumb, a cold one."""


def session_of(home: Screen) -> Session:
    return next(a for c in walk(home.page) for a in getattr(c, "args", ()) if isinstance(a, Session))


async def kinds(home: Screen) -> list[str]:
    """The kinds of what the tablet holds, drafts and tombstones aside."""
    found = await session_of(home)._opened.store.all()
    return sorted(
        kept.kind for kept in found if kept.state != "draft" and not kept.deleted and kept.kind != "service"
    )


async def twice(home: Screen, seconds: float, name: str) -> None:
    """Tap what bears that name, then at once what bears it where it was: the first from the top."""
    await home.tap(name)
    home.hand.pause = seconds
    await home.tap(name)
    home.hand.pause = 1.0


def first(home: Screen, verb: str) -> ft.OutlinedButton:
    """The first button whose name for a screen reader begins so."""
    named = ((b, b.content) for b in home.all(ft.OutlinedButton))
    return next(b for b, t in named if isinstance(t, ft.Text) and str(t.semantics_label).startswith(verb))


async def two_referrals(home: Screen) -> None:
    for where in (("Giromagny", "Mairie"), ()):  # proposed the second time
        await home.tap("Nouvelle rencontre")
        for name in (*where, "Lien social", f"{SERVICE} · 0 km", ACCEPTED):
            await home.choose(name)
        await home.tap("Enregistrer")


@pytest.mark.parametrize("seconds", DOUBLE)
async def test_honoree_tapped_twice_is_noted_of_one_person(home: Screen, seconds: float) -> None:
    await two_referrals(home)
    await home.tap("Suites")
    await twice(home, seconds, "Honorée")
    assert await kinds(home) == ["encounter", "encounter", "follow_up"]
    assert home.says(f"Noté : Honorée · {SERVICE}")


async def test_the_next_person_honoured_after_a_look_is_noted_too(home: Screen) -> None:
    await two_referrals(home)
    await home.tap("Suites")
    await twice(home, CALM, "Honorée")
    assert (await kinds(home)).count("follow_up") == 2


@pytest.mark.parametrize("seconds", DOUBLE)
async def test_a_double_tap_on_supprimer_deletes_one_record(home: Screen, seconds: float) -> None:
    await record(home, "18-21 ans")
    await home.tap("Nouvelle rencontre")
    await home.tap("Enregistrer")
    await home.tap("Journal des saisies")
    await home.event(first(home, "Supprimer"), "click")
    home.hand.pause = seconds
    await home.event(first(home, "Oui, supprimer"), "click")  # the second half of a double tap answers nothing
    assert await kinds(home) == ["encounter", "encounter"]
    home.hand.pause = 1
    await home.event(first(home, "Oui, supprimer"), "click")
    home.hand.pause = seconds
    await home.event(first(home, "Supprimer"), "click")
    assert await kinds(home) == ["encounter"]


@pytest.mark.parametrize("seconds", DOUBLE)
async def test_oui_supprimer_tapped_twice_does_not_bring_the_record_back(home: Screen, seconds: float) -> None:
    """The way back is the very control that was just answered, with other words."""
    await record(home, "18-21 ans")
    await home.tap("Journal des saisies")
    await home.event(first(home, "Supprimer"), "click")
    home.hand.pause = CALM
    await home.event(first(home, "Oui, supprimer"), "click")
    home.hand.pause = seconds
    await home.event(first(home, "Annuler la suppression"), "click")
    assert await kinds(home) == []
    home.hand.pause = CALM
    await home.event(first(home, "Annuler la suppression"), "click")
    assert await kinds(home) == ["encounter"]


@pytest.mark.parametrize("seconds", DOUBLE)
async def test_suivante_tapped_twice_saves_nobody_whom_nobody_met(home: Screen, seconds: float) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "18-21 ans"):
        await home.choose(name)
    await twice(home, seconds, "Enregistrer et suivante")
    assert await kinds(home) == ["encounter"]
    assert home.says("Rencontre enregistrée")


async def enter_the_sixth_digit(home: Screen) -> None:
    await session_of(home).lock_now()
    await home.settle()
    await home.type_in("Code PIN", "482916")


async def throw_away(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Giromagny")
    await home.tap("Abandonner")


async def open_a_slip(home: Screen) -> None:
    await two_referrals(home)
    await home.tap("Suites")
    await home.tap("Coupon")


async def see_a_service(home: Screen) -> None:
    await home.tap("Annuaire")
    shown = next(b for b in home.all(ft.OutlinedButton) if str(b.content).startswith("Voir "))
    await home.event(shown, "click")


async def undo_an_outcome(home: Screen) -> None:
    await two_referrals(home)
    await home.tap("Suites")
    await home.tap("Accès effectif")
    await home.tap("Annuler")


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        (enter_the_sixth_digit, "Nouvelle rencontre", "Envoi"),
        (throw_away, "Annuler la suppression", "Supprimée"),
        (open_a_slip, "Retirer le coupon", "Ce coupon ne contient pas votre nom"),
        (see_a_service, "Fermé définitivement", "Signaler une erreur"),
        (undo_an_outcome, "Honorée", "Proposée (10/03/2026)"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_what_has_just_come_under_the_finger_is_not_decided_on(
    home: Screen, first: Callable[[Screen], Awaitable[None]], then: str, said: str
) -> None:
    await first(home)
    before, home.hand.pause = await kinds(home), 0.45
    await home.tap(then)
    assert home.says(said)
    assert await kinds(home) == before
    home.hand.pause = 1.0
    await home.tap(then)
    assert await kinds(home) != before or not home.says(said)


async def test_chips_tapped_in_a_hurry_are_all_taken(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Giromagny")
    home.hand.pause = 0.1
    for name in ("Mairie", "18-21 ans", "Femme", "Lien social", "Papiers, démarches"):
        await home.choose(name)
    for name in ("Mairie", "18-21 ans", "Femme", "Lien social", "Papiers, démarches"):
        assert home.chip(name).selected, name


async def test_a_stepper_counts_each_tap_however_quick(home: Screen) -> None:
    await home.tap("Séance collective")
    await home.tap("Un participant de plus")
    home.hand.pause = 0.05
    for _ in range(5):
        await home.tap("Un participant de plus")
    await home.tap("Un participant de moins")
    assert next(b for b in home.all(ft.TextField) if b.label == "Nombre").value == "5"


async def test_the_usual_places_are_numbered_as_quickly_as_they_are_tapped(home: Screen) -> None:
    await home.tap("Réglages")
    await home.tap("Choisir les lieux")
    await home.choose("Mairie")
    home.hand.pause = 0.1
    await home.choose("Espace public")
    assert home.says("1. Mairie")
    assert home.says("2. Espace public")


HOME, FORM = ((1, "Retour"),), ((2, "Partenariat"),)
"""All that can be tapped before and after the first of two taps."""


def tapped(taps: Taps) -> Taps:
    """The taps of somebody who has just tapped the only thing on the screen, upon which another came."""
    first = taps.begin(HOME[0], HOME)
    assert first is not None
    taps.end(first)
    return taps


def test_a_tap_far_from_the_one_before_is_believed_and_the_next_on_the_spot_is_not() -> None:
    now = [0.0]
    taps = tapped(Taps(lambda: now[0], clock=lambda: now[0]))
    now[0] = 0.3
    assert taps.begin(FORM[0], FORM) is None
    taps.hear("pressed", {"elsewhere": True, "fell": now[0]})
    assert taps.begin(FORM[0], FORM) is not None
    now[0] = 0.6
    taps.hear("pressed", {"elsewhere": False, "fell": now[0]})
    assert taps.begin((3, "Enregistrer"), ((3, "Enregistrer"),)) is None


@pytest.mark.parametrize("drawing", [0.0, 2.0, 9.0])
@pytest.mark.parametrize(("gap", "taken"), [(0.12, False), (0.45, False), (CALM + 0.01, True)])
def test_a_tablet_that_is_slow_to_draw_tells_when_the_finger_fell(drawing: float, gap: float, taken: bool) -> None:
    """The second half of a double tap is heard of once the first is drawn, long after both fell."""
    now = [100.0]
    taps = tapped(Taps(lambda: now[0], clock=lambda: now[0]))
    now[0] += gap + drawing
    taps.hear("pressed", {"elsewhere": False, "fell": 100.0 + gap})
    assert (taps.begin(FORM[0], FORM) is not None) is taken


@pytest.mark.parametrize("hours", [-1, 1, 48])
def test_a_clock_set_while_the_finger_falls_loses_no_tap(hours: int) -> None:
    now = [100.0]
    taps = tapped(Taps(lambda: now[0], clock=lambda: now[0] + hours * 3_600))
    now[0] += 2
    taps.hear("pressed", {"elsewhere": False, "fell": now[0]})
    assert taps.begin(FORM[0], FORM) is not None


def test_when_a_finger_fell_is_told_of_its_own_tap_alone() -> None:
    now = [100.0]
    taps = tapped(Taps(lambda: now[0], clock=lambda: now[0]))
    taps.hear("pressed", {"elsewhere": False, "fell": 100.1})
    assert taps.begin(FORM[0], FORM) is None
    now[0] += 2  # a screen reader's tap: no finger falls
    assert taps.begin(FORM[0], FORM) is not None


def test_a_sync_that_goes_on_for_long_holds_back_no_tap() -> None:
    now = [0.0]
    taps = Taps(lambda: now[0])
    before, after = ((1, "Synchroniser"), (2, "Annuaire")), ((2, "Annuaire"),)
    assert taps.begin(before[0], before) is not None  # never done while it lasts
    now[0] = 0.4
    assert taps.begin(after[0], after) is None
    now[0] = 1.0
    assert taps.begin(after[0], after) is not None


def test_each_tap_tells_the_lock_that_somebody_is_there_even_one_that_is_ignored() -> None:
    heard: list[str] = []
    taps = Taps(lambda: 0.0, lambda: heard.append("there"))
    tap = taps.begin((1, ""), ((1, ""),))
    assert tap is not None
    taps.end(tap)
    assert taps.begin((2, ""), ((2, ""),)) is None
    assert len(heard) == 2


async def test_home_never_says_that_all_is_sent_of_what_was_just_saved(home: Screen) -> None:
    session = session_of(home)
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie"):
        await home.choose(name)
    said: list[str] = []
    saving = asyncio.create_task(session.save())
    while not saving.done():
        await asyncio.sleep(0)
        if session.screen == "home":
            said.append(session.sync.sentence)
    assert said[0] == "1 saisie à envoyer"  # what is sent a moment later is said then
