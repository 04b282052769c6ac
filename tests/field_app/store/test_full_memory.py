"""The tablet's memory is full, or a tap comes twice: no screen goes away, and nothing is said that is not so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from flet.messaging.protocol import Message, MessageAction

from field_app.locking import transfer_file
from field_app.state.forms import proposed
from field_app.state.session import Session
from field_app.widgets import NO_MEMORY, NOT_KEPT
from tests.field_app.journal.test_deleting import delete
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import referred
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.world import kept
from tests.flet_headless import Screen, walk


def session_of(home: Screen) -> Session:
    return next(a for c in walk(home.page) for a in getattr(c, "args", ()) if isinstance(a, Session))


def fill(home: Screen, table: str, verb: str = "INSERT") -> None:
    session_of(home)._opened.store._connection.execute(
        f"CREATE TRIGGER full_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    )


def listen_for_the_end(home: Screen) -> list[Message]:
    """What flet tells a client when it gives the session up: the screen is gone then."""
    ended: list[Message] = []
    send = home.connection.send_message

    def listen(message: Message) -> None:
        if message.action == MessageAction.SESSION_CRASHED:
            ended.append(message)
        send(message)

    home.connection.send_message = listen  # type: ignore[method-assign]  # listened to on its way
    return ended


async def an_outcome(home: Screen) -> None:
    await home.tap("Suites")
    fill(home, "sealed")
    await home.tap("Honorée")
    assert home.says("Proposée (10/03/2026)")
    assert not home.says("Noté : ")


async def a_slip(home: Screen) -> None:
    await home.tap("Suites")
    fill(home, "sealed")
    await home.tap("Coupon")
    assert not home.says("Ce coupon ne contient pas votre nom")


async def a_deletion(home: Screen) -> None:
    await home.tap("Journal des saisies")
    fill(home, "sealed")
    fill(home, "sealed", "DELETE")
    await delete(home, "Rencontre · Giromagny, 10/03/2026 · Mairie")
    assert not home.says("Supprimée")


async def a_draft_given_up(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Femme")
    fill(home, "sealed", "DELETE")
    await home.tap("Abandonner")


async def a_setting(home: Screen) -> None:
    await home.tap("Réglages")
    fill(home, "meta")
    await home.choose("1 minute")
    assert not home.chip("1 minute").selected


@pytest.mark.parametrize("act", [an_outcome, a_slip, a_deletion, a_draft_given_up, a_setting])
async def test_a_full_memory_never_takes_the_screen_away(
    home: Screen, act: Callable[[Screen], Awaitable[None]]
) -> None:
    await referred(home)
    ended = listen_for_the_end(home)
    await act(home)
    assert ended == []
    assert home.says(NOT_KEPT)
    await home.tap("Compris")
    assert not home.page._dialogs.controls[-1].open


async def test_an_export_that_finds_no_memory_says_so_and_the_screen_stays(
    home: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    await session_of(home)._opened.store.keep(kept())
    await home.tap("Réglages")
    ended = listen_for_the_end(home)

    async def starved(*_: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(transfer_file, "sealed", starved)
    await home.tap("Exporter")
    assert ended == []
    assert home.says(NO_MEMORY)


async def test_a_repere_that_was_not_kept_stays_in_its_field_and_says_so(home: Screen) -> None:
    await referred(home)
    await home.tap("Suites")
    await home.tap("Repère")
    fill(home, "private")
    ended = listen_for_the_end(home)
    await home.type_in("Repère", "manteau rouge")
    assert ended == []
    assert home.says("n’a pas pu garder ce repère")
    session_of(home)._opened.store._connection.execute("DROP TRIGGER full_INSERT")
    await home.type_in("Repère", "manteau rouge, 18 h")
    assert not home.says("n’a pas pu garder ce repère")


async def tapped_twice(home: Screen, name: str) -> None:
    """A cold thumb: the second tap is there before the first one has changed the screen."""
    there = home.button(name)
    home.hand.wait()
    await asyncio.gather(*(home.session.dispatch_event(there._i, "click", None) for _ in range(2)))
    await home.settle()


async def kept_here(home: Screen, kind: str) -> int:
    return sum(k.kind == kind for k in await session_of(home)._opened.store.all())


async def test_a_double_tap_on_the_next_records_nobody_else(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "Femme"):
        await home.choose(name)
    await tapped_twice(home, "Enregistrer et suivante")
    assert await kept_here(home, "encounter") == 1
    assert home.button("Même profil")
    await home.tap("Enregistrer et suivante")  # one more person of whom nothing is known: that is meant
    assert await kept_here(home, "encounter") == 2


async def test_a_double_tap_on_an_outcome_is_one_piece_of_news(home: Screen) -> None:
    await referred(home)
    await home.tap("Suites")
    await tapped_twice(home, "Honorée")
    assert await kept_here(home, "follow_up") == 1
    await home.tap("Annuler")
    assert home.says("Proposée (10/03/2026)")


async def test_a_commune_that_merged_since_is_asked_for_again(home: Screen) -> None:
    ended = listen_for_the_end(home)
    note = {"commune": "90999", "place_type": "mairie"}
    await proposed.keep_last(note, session_of(home)._opened)
    await home.tap("Nouvelle rencontre")
    assert ended == []
    await home.choose("Delle")
    await home.tap("Enregistrer")
    assert home.says("Rencontre enregistrée")
