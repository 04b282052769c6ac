"""What befalls a tablet that does not break: a clock that is days off, a network that wants a sign-in first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from field_app.sync.answers import PORTAL
from sync_server.web.context import paris_now
from tests.browser import (
    PATIENCE,
    Window,
    button,
    open_app,
    press,
    tap,
    text,
    unlock,
    wait_until_installed,
)
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home
from tests.journeys.field.test_no_room import python_of
from tests.journeys.field.test_straight_line import record

pytestmark = [
    pytest.mark.journey,
    pytest.mark.installs,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
CLOCK = "(ahead) => { self.now ??= Date.now; Date.now = () => self.now.call(Date) + ahead; }"
"""The clock of Python's worker alone: under libfaketime Chromium does not even open its window."""
BEHIND = "L’horloge de cette tablette retarde de 2 jours"
SIGN_IN = "<!doctype html><h1>Bienvenue sur le Wi-Fi de la gare</h1>"


def turn_clock(page: Page, days: int) -> None:
    """Set the clock that Python reads so many days ahead of the right time."""
    python_of(page).evaluate(CLOCK, days * 24 * 3600 * 1000)


def test_a_tablet_two_days_off_is_told_and_corrects_the_day_once_its_clock_is_right(
    world: World, browser: Window
) -> None:
    page = browser.page()
    open_home(page, world)
    turn_clock(page, +2)
    record(page, "Giromagny", "Mairie", "Femme")
    expect(text(page, "1 saisie à corriger : ouvrez le journal.")).to_be_visible()
    expect(text(page, "L’horloge de cette tablette avance de 2 jours")).to_be_visible()
    assert world.ask("SELECT id FROM encounter") == []
    turn_clock(page, 0)
    tap(page, button(page, "Journal des saisies"))
    expect(text(page, "Jour : il est dans l’avenir")).to_be_visible()
    press(page, button(page, "Corriger"))
    for _ in range(2):
        tap(page, button(page, "Jour précédent"))
    press(page, button(page, "Enregistrer"))
    expect(text(page, "Correction enregistrée")).to_be_visible()
    tap(page, button(page, "Retour à l’accueil"))
    expect(text(page, "Tout est envoyé")).to_be_visible()
    today = paris_now().date()  # before dawn the day proposed is that of the evening before, on the tablet too
    assert world.ask("SELECT day FROM encounter") in ([str(today)], [str(today - timedelta(1))])
    for days, said in ((-2, 1), (0, 0)):  # a day behind is refused by nobody: only the tablet can tell
        turn_clock(page, days)
        tap(page, button(page, "Synchroniser"))
        expect(page.get_by_text(BEHIND).or_(page.get_by_label(BEHIND))).to_have_count(said)


@contextmanager
def captive(port: int) -> Iterator[list[str]]:
    """A network that answers every address with its own page; what it was asked for."""
    asked: list[str] = []

    class Portal(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(SIGN_IN)))
            self.end_headers()
            self.wfile.write(SIGN_IN.encode())

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Portal) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


def test_a_network_that_wants_a_sign_in_first_is_called_so_and_changes_nothing(
    world: World, browser: Window
) -> None:
    page = browser.page()
    open_home(page, world)
    wait_until_installed(page)
    record(page, "Giromagny", "Mairie", "Femme")
    expect(text(page, "Tout est envoyé")).to_be_visible()
    world.kill("server")
    with captive(world.server_port) as asked:
        page = browser.pull_battery()
        open_app(page, world.app)  # the app, not the page of the network
        unlock(page)
        record(page)
        tap(page, button(page, "Synchroniser"))
        expect(text(page, PORTAL)).to_be_visible()
        expect(text(page, "1 saisie à envoyer")).to_be_visible()
        page.evaluate("() => navigator.serviceWorker.ready.then((ready) => ready.update()).catch(() => null)")
        assert {"/app/sw.js", "/sync/territory"} <= set(asked)
        page.reload()
        open_app(page, world.app)
        unlock(page)
    world.start_server()
    tap(page, button(page, "Synchroniser"))
    expect(text(page, "Tout est envoyé")).to_be_visible(timeout=PATIENCE)
    assert len(world.ask("SELECT id FROM encounter")) == 2
