"""The time slot that a form begins with: the clock's, or the one that is being entered afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from field_app.ports.device import slot_of
from field_app.state.desk import Desk
from field_app.state.forms import begin, series
from field_app.state.forms.drafts import Draft
from field_app.state.forms.proposed import AFTERWARDS
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.world import NOW
from tests.flet_headless import Screen

KINDS = ("encounter", "presence", "group_session")
EVENING = NOW.replace(hour=20, minute=5)


def at(desk: Desk, moment: datetime) -> None:
    desk.clock = lambda: moment


async def saved(desk: Desk, moment: datetime, slot: str = "", kind: str = "encounter", days: int = 0) -> Draft:
    """A record of that moment; a slot is chosen by hand where one is given."""
    at(desk, moment)
    draft = await begin.new(kind, desk)
    for name, value in (("commune", "90052"), ("place_type", "mairie")):
        await draft.choose(name, value)
    if kind == "presence":
        await draft.put("minutes", 150)
    if days:
        await draft.move_day(days)
    if slot:
        await draft.choose("slot", slot)
    assert await draft.save()
    return draft


async def proposed(desk: Desk, moment: datetime, kind: str = "encounter") -> str:
    at(desk, moment)
    return str((await begin.new(kind, desk)).fields["slot"])


@pytest.mark.parametrize("kind", KINDS)
async def test_a_morning_entered_in_the_evening_is_said_once(desk: Desk, kind: str) -> None:
    await saved(desk, EVENING, "matin", "presence")
    assert await proposed(desk, EVENING + timedelta(minutes=3), kind) == "matin"


async def test_a_whole_morning_entered_in_the_evening_stays_a_morning_however_long_it_takes(desk: Desk) -> None:
    await saved(desk, EVENING - timedelta(hours=1), "matin")
    for minutes in (0, 60, 120, 170):
        await saved(desk, EVENING + timedelta(minutes=minutes))
    assert await proposed(desk, EVENING + timedelta(minutes=175)) == "matin"


@pytest.mark.parametrize("hour", [7, 13, 19, 23])
async def test_what_is_entered_as_it_happens_follows_the_clock(desk: Desk, hour: int) -> None:
    await saved(desk, NOW.replace(hour=hour))
    later = NOW.replace(hour=hour) + timedelta(hours=1, minutes=50)
    assert await proposed(desk, later) == slot_of(later.hour)


async def test_an_encounter_begun_before_noon_and_saved_after_is_no_entry_afterwards(desk: Desk) -> None:
    at(desk, NOW.replace(hour=11, minute=58))
    draft = await begin.new("encounter", desk)
    for name, value in (("commune", "90052"), ("place_type", "mairie")):
        await draft.choose(name, value)
    at(desk, NOW.replace(hour=12, minute=4))
    assert await draft.save()
    assert draft.fields["slot"] == "matin"
    assert await proposed(desk, NOW.replace(hour=12, minute=5)) == "apres-midi"


async def test_two_hours_later_the_clock_counts_again(desk: Desk) -> None:
    await saved(desk, NOW.replace(hour=19), "apres-midi")
    assert await proposed(desk, NOW.replace(hour=19) + AFTERWARDS) == "apres-midi"
    assert await proposed(desk, NOW.replace(hour=19) + AFTERWARDS + timedelta(minutes=1)) == "soiree"


async def test_one_encounter_of_now_ends_the_entry_afterwards(desk: Desk) -> None:
    await saved(desk, EVENING, "matin")
    await saved(desk, EVENING + timedelta(minutes=5), "soiree")
    assert await proposed(desk, EVENING + timedelta(minutes=6)) == "soiree"


async def test_the_afternoon_that_follows_the_morning_is_chosen_once_too(desk: Desk) -> None:
    await saved(desk, EVENING, "matin")
    await saved(desk, EVENING + timedelta(minutes=5), "apres-midi")
    assert await proposed(desk, EVENING + timedelta(minutes=6)) == "apres-midi"


async def test_the_slot_of_yesterday_says_nothing_of_today(desk: Desk) -> None:
    await saved(desk, EVENING, "matin", days=-1)
    assert await proposed(desk, EVENING + timedelta(minutes=2)) == "soiree"


async def test_a_clock_that_was_put_back_proposes_its_own_slot(desk: Desk) -> None:
    await saved(desk, EVENING, "matin")
    assert await proposed(desk, EVENING - timedelta(hours=1)) == "soiree"


async def test_a_record_corrected_in_the_evening_proposes_nothing(desk: Desk) -> None:
    await saved(desk, NOW.replace(hour=10))
    at(desk, EVENING)
    [made] = await desk.look()
    edit = await begin.resume(made, desk)
    await edit.choose("slot", "apres-midi")
    assert await edit.save()
    assert await proposed(desk, EVENING) == "soiree"


async def test_the_next_of_a_series_and_a_new_one_after_it_keep_the_slot(desk: Desk) -> None:
    first = await saved(desk, EVENING, "matin")
    following = series.after(first, desk, "")
    at(desk, EVENING + timedelta(hours=1, minutes=55))
    assert (following.fields["slot"], await following.save()) == ("matin", True)
    assert await proposed(desk, EVENING + timedelta(hours=3)) == "matin"


async def test_a_copy_of_today_keeps_its_slot_and_one_of_another_day_takes_the_clocks(desk: Desk) -> None:
    await saved(desk, NOW.replace(hour=10))
    await saved(desk, NOW.replace(hour=10, minute=5), days=-1)
    at(desk, EVENING)
    slots = {made.fields["day"]: series.copy_of(made, desk).fields["slot"] for made in await desk.look()}
    assert slots == {"2026-03-10": "matin", "2026-03-09": "soiree"}


async def test_a_slot_taken_back_is_no_slot_to_propose(desk: Desk) -> None:
    at(desk, EVENING)
    draft = await begin.new("encounter", desk)
    for name, value in (("commune", "90052"), ("place_type", "mairie"), ("slot", "soiree")):
        await draft.choose(name, value)
    assert (draft.fields["slot"], await draft.save()) == ("inconnu", True)
    assert await proposed(desk, EVENING) == "soiree"


async def test_the_slot_entered_afterwards_is_seen_and_one_tap_from_another(home: Screen) -> None:
    """The clock of these screens says 14 h."""
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "Matin"):
        await home.choose(name)
    await home.tap("Enregistrer")
    await home.tap("Nouvelle rencontre")
    assert home.says("mardi 10/03/2026 · Matin")
    assert home.chip("Matin").selected
    await home.choose("Après-midi")
    assert home.says("mardi 10/03/2026 · Après-midi")
    assert home.chip("Après-midi").selected  # the chips stay under the finger
    await home.tap("Enregistrer")
    await home.tap("Nouvelle rencontre")
    assert home.says("mardi 10/03/2026 · Après-midi")
    assert not home.says("Matin")  # what happens now takes no more room than before
