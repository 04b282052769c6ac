"""A tablet that was enrolled once, as files: each journey marked `enrolled` begins with a copy of it."""

from __future__ import annotations

import re
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import make_url

from tests.browser import (
    button,
    choose_pin,
    open_app,
    reach,
    tap,
    text,
    type_in,
    unlock,
    wait_until_installed,
    window,
)
from tests.journeys.conftest import World, running, settle

SETTLED = re.compile("Tout est envoyé|Rien à envoyer")
"""What a tablet says that has nothing left to send, or has not recorded anything yet."""


@dataclass(frozen=True)
class EnrolledTablet:
    """A browser's profile with the app in it, and the server's database as it was then: copied, never used.

    Both are good for one address alone, since a browser keeps what it has by origin. The app was started without
    its service worker: a journey marked `installs` still installs it.
    """

    profile: Path
    database: Path
    port: int

    def lay_database(self, database_url: str) -> None:
        """Copy the server's database to where that URL says."""
        shutil.copy(self.database, make_url(database_url).database or "")


def enrol(page: Page, world: World) -> None:
    """Open the app for the first time, enrol the tablet with a code and choose its PIN."""
    hand_in_code(page, world)
    choose_pin(page)


def hand_in_code(page: Page, world: World) -> None:
    """Open the app for the first time and enrol the tablet with a code: a PIN is asked for next."""
    open_app(page, world.app)
    tap(page, button(page, "Passer"))
    type_in(page, "Code à usage unique", world.code())
    tap(page, button(page, "Activer la tablette"))


def open_without_server(page: Page, world: World) -> None:
    """Open the app at its home screen, and kill the server once the app starts without it."""
    open_home(page, world)
    wait_until_installed(page)
    world.kill("server")


def open_home(page: Page, world: World) -> None:
    """Open the app at its home screen: a copy of the enrolled tablet is unlocked, any other is enrolled."""
    if world.profile is None:
        enrol(page, world)
        return
    open_app(page, world.app)
    unlock(page)
    expect(button(page, "Nouvelle rencontre")).to_be_visible()
    # Nothing more slides under the finger once all is sent; where the text is large this stands further down.
    expect(reach(page, text(page, SETTLED))).to_be_visible()
    reach(page, button(page, "Nouvelle rencontre"))


def make_enrolled(template: Path, folder: Path, port: int) -> EnrolledTablet:
    """Enrol a tablet with a server on that port, whose database is a copy of `template`; return what is left in
    `folder` when both have stopped."""
    database, profile = folder / "server.db", folder / "profile"
    shutil.copy(template, folder / "running.db")
    settle(url := f"sqlite:///{folder / 'running.db'}")
    with running(World.over(url, port)) as world, window() as browser:
        page = browser.page()
        enrol(page, world)
        expect(text(page, SETTLED)).to_be_visible()
        browser.close()
        shutil.copytree(browser.profile, profile, ignore=shutil.ignore_patterns("Singleton*"))
    with sqlite3.connect(folder / "running.db") as source, sqlite3.connect(database) as target:
        source.backup(target)  # with what is still in the log beside it
    source.close()
    target.close()
    return EnrolledTablet(profile, database, port)
