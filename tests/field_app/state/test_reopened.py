"""Any record of the journal opens again in its form, whatever is wrong with it, and can be put right there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import flet as ft
import pytest

from field_app.navigation import Navigator
from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.state.session import Session
from field_app.store.local_store import Kept
from shared import ids
from tests.field_app.world import NOW, encounter, kept
from tests.flet_headless import Screen

PRESENCE = encounter(minutes=90)
NEED = "remobilisation--lien-social"


def an_id(number: int) -> str:
    return ids.new_id(NOW.date(), number)


async def form(desk: Desk, record: Kept) -> Screen:
    """That record, opened in the form."""
    await desk.store.keep(record)
    session = Session(screen="draft", draft=await begin.resume(record, desk), _desk=desk)

    def main(page: ft.Page) -> None:
        page.render(lambda: Navigator(session))

    return await Screen.open(main)


@pytest.fixture
async def screens() -> AsyncIterator[list[Screen]]:
    opened: list[Screen] = []
    yield opened
    for screen in opened:
        screen.close()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("encounter", encounter(place_type="sur-la-lune")),
        ("encounter", encounter(commune="99999")),
        ("encounter", encounter(day="pas un jour")),
        ("encounter", encounter(action="jadis", age_band="100", gender="x", slot="jamais")),
        ("encounter", encounter(needs=[{"theme": "plus-tard"}])),
        ("encounter", encounter(obstacles=[{"id": an_id(1), "kind": "plus-tard"}])),
        ("encounter", encounter(rights=[{"id": an_id(2), "right": "plus-tard"}])),
        ("encounter", encounter(referrals=[{"id": an_id(3), "service": "ferme-depuis"}])),
        ("encounter", {}),
        ("presence", PRESENCE),
        ("presence", {}),
    ],
)
async def test_a_refused_record_opens_again(
    desk: Desk, screens: list[Screen], kind: str, fields: dict[str, Any]
) -> None:
    reason = {"field": "", "code": "x", "message": "Refusé par le serveur"}
    screen = await form(desk, kept(kind=kind, fields=fields, state="to_correct", reasons=[reason], attempted=True))
    screens.append(screen)
    assert screen.says("Modifier la saisie")
    assert screen.says("Refusé par le serveur")


async def test_an_unknown_place_is_replaced_by_one_tap(desk: Desk, screens: list[Screen]) -> None:
    screen = await form(desk, kept(fields=encounter(place_type="sur-la-lune"), state="to_correct", attempted=True))
    screens.append(screen)
    await screen.choose("Mairie")
    await screen.tap("Enregistrer")
    [mended] = await desk.store.all()
    assert (mended.state, mended.fields["place_type"], mended.revision) == ("pending", "mairie", 2)


@pytest.mark.parametrize(
    ("part", "entry"),
    [
        ("needs", {"theme": "plus-tard"}),
        ("obstacles", {"id": an_id(1), "kind": "plus-tard"}),
        ("rights", {"id": an_id(2), "right": "plus-tard"}),
    ],
)
async def test_what_the_lists_do_not_know_is_shown_and_taken_out_by_one_tap(
    desk: Desk, screens: list[Screen], part: str, entry: dict[str, str]
) -> None:
    screen = await form(desk, kept(fields=encounter(**{part: [entry]}), state="to_correct", attempted=True))
    screens.append(screen)
    assert screen.chip("plus-tard").selected
    await screen.choose("plus-tard")
    await screen.tap("Enregistrer")
    [mended] = await desk.store.all()
    assert (mended.state, mended.fields.get(part, [])) == ("pending", [])


async def test_a_referral_to_a_service_that_is_gone_or_far_is_taken_out(desk: Desk, screens: list[Screen]) -> None:
    gone = {"id": an_id(3), "service": "ferme-depuis", "theme": NEED}
    fields = encounter(needs=[{"theme": NEED}], referrals=[gone])
    screen = await form(desk, kept(fields=fields, state="to_correct", attempted=True))
    screens.append(screen)
    assert screen.says("Orientation vers ferme-depuis")
    await screen.tap("Retirer cette orientation")
    await screen.tap("Enregistrer")
    [mended] = await desk.store.all()
    assert (mended.state, mended.fields.get("referrals", [])) == ("pending", [])


async def test_a_presence_saved_alone_opens_again_with_its_agent(desk: Desk, screens: list[Screen]) -> None:
    draft = await begin.new("presence", desk)
    for name, code in (("commune", "90052"), ("place_type", "mairie")):
        await draft.choose(name, code)
    await draft.put("minutes", 60)
    assert await draft.save()
    [saved] = await desk.store.all()
    assert "agents" not in saved.fields  # what says nothing is left out
    screen = await form(desk, saved)
    screens.append(screen)
    assert screen.chip("Seul·e").selected
    assert screen.chip("1 h").selected


async def test_a_wrong_day_starts_again_from_today(desk: Desk) -> None:
    draft = await begin.resume(kept(fields=encounter(day="pas un jour"), state="to_correct"), desk)
    assert draft.day == NOW.date()
    await draft.move_day(-1)
    assert draft.fields["day"] == "2026-03-09"
