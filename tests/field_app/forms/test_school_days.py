"""Whether a session was in the school holidays: known from its day, changed by a tap, never against the worker."""

from __future__ import annotations

from datetime import date

import flet as ft
import pytest

from field_app.state.desk import Desk
from field_app.state.forms import begin, school_days, series
from field_app.state.forms.drafts import Draft
from field_app.store.local_store import Kept, LocalStore
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import kept
from tests.flet_headless import Screen, walk

WINTER, LESSONS, BRIDGE, BEFORE = date(2026, 2, 10), date(2026, 3, 9), date(2025, 5, 30), date(2023, 6, 1)
FIELD = school_days.FIELD
OTHERWISE = "D’après le calendrier scolaire : vacances d’hiver, zone A. C’est votre réponse qui compte."


async def session(desk: Desk, day: date = LESSONS) -> Draft:
    draft = await begin.new("group_session", desk)
    for name, value in (("commune", "90052"), ("place_type", "mairie"), ("headcount", 8)):
        await draft.put(name, value)
    await draft.choose_day(day)
    return draft


async def saved(draft: Draft, store: LocalStore) -> str | None:
    assert await draft.save()
    found = await store.get(draft.id)
    assert found is not None
    return found.fields.get(FIELD)


@pytest.mark.parametrize(("day", "answer"), [(WINTER, "oui"), (LESSONS, "non"), (BRIDGE, None)])
async def test_a_session_is_saved_with_what_its_day_tells(
    desk: Desk, store: LocalStore, day: date, answer: str | None
) -> None:
    assert await saved(await session(desk, day), store) == answer


def test_before_and_after_the_calendar_the_app_asks_as_it_did() -> None:
    assert [school_days.propose("group_session", {}, day) for day in (BEFORE, date(2027, 7, 14))] == [{}, {}]
    assert school_days.propose("group_session", {}, WINTER) == {FIELD: "oui"}


async def test_the_answer_follows_the_day_until_the_worker_taps_one(desk: Desk, store: LocalStore) -> None:
    draft = await session(desk, WINTER)
    assert draft.value(FIELD) == "oui"
    await draft.choose_day(LESSONS)
    assert draft.value(FIELD) == "non"
    await draft.choose(FIELD, "oui")
    for day in (WINTER, LESSONS):
        await draft.choose_day(day)
        assert draft.value(FIELD) == "oui"
    assert await saved(draft, store) == "oui"


async def test_one_tap_takes_the_proposed_answer_back(desk: Desk, store: LocalStore) -> None:
    draft = await session(desk, WINTER)
    await draft.choose(FIELD, "oui")
    assert draft.value(FIELD) == "inconnu"
    assert await saved(draft, store) is None


async def test_a_draft_taken_up_later_still_follows_its_day_and_still_knows_a_tap(
    desk: Desk, store: LocalStore
) -> None:
    for tapped, after in ((None, "non"), ("oui", "oui")):
        draft = await session(desk, WINTER)
        if tapped:
            await draft.choose(FIELD, "non")
            await draft.choose(FIELD, tapped)
        found = await store.get(draft.id)
        assert found is not None
        again = await begin.resume(found, desk)
        await again.choose_day(LESSONS)
        assert again.value(FIELD) == after


async def edited(desk: Desk, day: date, answer: str) -> Draft:
    fields = {
        "action": "trait-dunion", "day": str(day), "commune": "90052", "place_type": "mairie", "headcount": 8,
    }  # fmt: skip
    record: Kept = kept(kind="group_session", fields=fields | ({FIELD: answer} if answer else {}), state="pending")
    await desk.store.keep(record)
    return await begin.resume(record, desk)


async def test_a_saved_session_follows_its_new_day_where_it_said_what_the_calendar_says(desk: Desk) -> None:
    draft = await edited(desk, WINTER, "oui")
    for day, answer in ((LESSONS, "non"), (BRIDGE, "inconnu"), (WINTER, "oui")):
        await draft.choose_day(day)
        assert draft.value(FIELD) == answer


@pytest.mark.parametrize("answer", ["non", ""])
async def test_a_saved_session_keeps_what_the_worker_said_or_left_unknown(
    desk: Desk, store: LocalStore, answer: str
) -> None:
    draft = await edited(desk, WINTER, answer)
    await draft.put("headcount", 9)
    await draft.choose_day(date(2026, 2, 11))
    assert draft.value(FIELD) == (answer or "inconnu")


async def test_a_copy_takes_the_answer_of_its_own_day(desk: Desk) -> None:
    draft = await edited(desk, WINTER, "oui")
    copy = series.copy_of(draft.opened, desk)
    assert (copy.fields["day"], copy.value(FIELD)) == ("2026-03-10", "non")


@pytest.mark.parametrize("kind", ["encounter", "presence", "partner_contact"])
async def test_no_other_record_gets_the_field(desk: Desk, kind: str) -> None:
    draft = await begin.new(kind, desk)
    await draft.choose_day(WINTER)
    assert FIELD not in draft.whole


@pytest.mark.parametrize(
    ("day", "answer", "said"),
    [
        (WINTER, "oui", "Vacances d’hiver, zone A, d’après le calendrier scolaire."),
        (LESSONS, "non", "Hors vacances scolaires, zone A, d’après le calendrier scolaire."),
        (
            WINTER,
            "non",
            "D’après le calendrier scolaire : vacances d’hiver, zone A. C’est votre réponse qui compte.",
        ),
        (BRIDGE, "inconnu", "Pont de l’Ascension, zone A : à vous de dire."),
        (BEFORE, "inconnu", ""),
    ],
)
def test_the_form_says_why(day: date, answer: str, said: str) -> None:
    assert school_days.describe(day, answer) == said


def selected(home: Screen) -> list[str]:
    chips = [c for c in home.all(ft.Chip) if c.selected]
    return [str(t.value) for c in chips for t in walk(c) if isinstance(t, ft.Text)]


async def test_on_the_screen_the_answer_is_there_with_its_reason_and_changes_by_a_tap(home: Screen) -> None:
    await home.tap("Séance collective")
    assert "Non" in selected(home)
    assert home.says("Hors vacances scolaires, zone A, d’après le calendrier scolaire.")
    draft = session_of(home).draft
    assert draft is not None
    await draft.choose_day(WINTER)
    await home.settle()
    assert "Oui" in selected(home)
    assert home.says("Vacances d’hiver, zone A")
    await home.choose("Non")
    assert home.says("C’est votre réponse qui compte.")
