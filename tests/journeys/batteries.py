"""Pull the battery of a tablet at random moments of entry, again and again; hold what stands against what it told.

The journey of `tests/journeys/field/test_offline.py` does so ten times, `make soak` runs it for three hundred.
"""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import tempfile
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Error, Page, expect

from shared import choices
from tests.browser import Window, button, chip, open_app, press, reach, tap, text, unlock

Profile = tuple[str, str]
"""The codes of an age band and of a gender: what one encounter is told from the next by."""
AGES = ("16-17", "18-21", "22-25", "26-39", "40-59", "60-74")
GENDERS = ("femme", "homme")
FIRST = ("Giromagny", "Espace public")
"""Where the first encounter is; the next ones are at the same place unless it is changed."""
AN_ENTRY = 7.0
"""Seconds that the entry of a record may take: the battery goes at any moment of it, and of the next one."""
A_SAVE = 0.6
"""Seconds around a save: half of the deaths fall in them."""
OWN = "SELECT state, count(*) FROM sealed WHERE state <> 'received' GROUP BY state"


class Worker:
    """Enters encounters until the battery goes. `saved` counts the profiles of those that the screen called saved;
    `entering` is the profile of the one under way, `asked` whether its saving was asked for."""

    def __init__(self, browser: Window, url: str, chance: random.Random) -> None:
        self.browser, self.url, self.chance = browser, url, chance
        self.saved: Counter[Profile] = Counter()
        self.entering: Profile | None = None
        self.asked = False
        self.cuts = 0
        self.dying = threading.Event()

    def begin(self, page: Page) -> None:
        """Enter the first encounter, at a place of its own choice."""
        self.choose()
        press(page, button(page, "Nouvelle rencontre"))
        for name in FIRST:
            tap(page, chip(page, name))
        self.complete(page)

    def choose(self) -> None:
        self.entering, self.asked = (self.chance.choice(AGES), self.chance.choice(GENDERS)), False

    def work_until_it_dies(self, page: Page) -> None:
        """Enter one encounter after the other; the battery goes at a moment that only chance knows."""
        at_a_save = self.chance.random() < 0.5
        self.dying.clear()
        death = threading.Timer(self.chance.random() * (A_SAVE if at_a_save else 2 * AN_ENTRY), self.die)
        if not at_a_save:
            death.start()
        try:
            while True:
                if self.entering is None:
                    self.choose()
                    press(page, button(page, "Nouvelle rencontre"))
                self.complete(page, death if at_a_save else None)
        except (Error, AssertionError):
            if not self.dying.is_set():
                raise
        death.join()

    def die(self) -> None:
        """Pull the battery; run beside the taps."""
        self.dying.set()
        self.browser.die()

    def complete(self, page: Page, death: threading.Timer | None = None) -> None:
        """Give the form that is open the profile of the encounter under way, and save it."""
        assert self.entering is not None
        expect(button(page, "Enregistrer")).to_be_visible()
        for name, code in zip(("age_band", "gender"), self.entering, strict=True):
            wanted = reach(page, chip(page, choices.load(name).label_of(code)))
            if not wanted.is_checked():
                tap(page, wanted)
            expect(wanted).to_be_checked()
        if death is not None and not death.is_alive():
            death.start()
        self.asked = True
        press(page, button(page, "Enregistrer"))
        expect(text(page, "Rencontre enregistrée")).to_be_visible()
        self.saved[self.entering] += 1
        self.entering = None

    def start_again(self) -> Page:
        """Start the tablet again without a network, and unlock it: every encounter called saved is there, the one
        under way is there once, as a record, as a draft or, barely begun, not at all."""
        written = count_on_disk(self.browser.profile)
        page = self.browser.pull_battery()
        self.browser.context.set_offline(True)
        open_app(page, self.url)
        unlock(page)
        waiting, drafts = count_waiting(page), count_drafts(page)
        assert (waiting, drafts) == (written["pending"], written["draft"])
        kept = waiting - self.saved.total()
        assert kept in ((0, 1) if self.entering and self.asked else (0,)), (waiting, self.saved.total())
        assert kept + drafts in ((0, 1) if self.entering else (0,)), (kept, drafts)
        self.cuts += self.asked and self.entering is not None
        if kept and self.entering:
            self.saved[self.entering] += 1
        if not drafts:
            self.entering = None
        else:
            take_up_the_draft(page)
        return page


def take_up_the_draft(page: Page) -> None:
    """Open the form that the battery closed."""
    press(page, button(page, "1 brouillon à terminer"))
    tap(page, button(page, "Reprendre"))


def count_waiting(page: Page) -> int:
    """Count the records that the first screen says are to be sent."""
    line = text(page, "à envoyer")
    said = re.search(r"(\d+) saisies? à envoyer", line.get_attribute("aria-label") or line.inner_text())
    assert said
    return int(said[1])


def count_drafts(page: Page) -> int:
    """Count the drafts that the first screen speaks of."""
    found = page.get_by_role("button", name=re.compile(r"^\d+ brouillons? à terminer$"))
    if not found.count():
        return 0
    return int((found.get_attribute("aria-label") or found.inner_text()).split()[0])


def count_on_disk(profile: Path) -> Counter[str]:
    """Open a copy of what a dead browser left of the tablet's database, journal included, as the next start will.
    Return how many records of the tablet's own stand in each state. Raises AssertionError where SQLite finds any
    fault in it."""
    with tempfile.TemporaryDirectory(prefix="tablet-") as folder:
        copy = Path(folder) / "tablet.db"
        for path, end in find_database(profile):
            shutil.copy(path, f"{copy}{end}")
        with closing(sqlite3.connect(copy)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            assert found == ["ok"]
            return Counter(dict(connection.execute(OWN).fetchall()))


def find_database(profile: Path) -> list[tuple[Path, str]]:
    """Find the files of the tablet's database below a profile, each with how its name ends. The browser names
    those of its private file system as it likes: each is known by its first bytes."""
    beginnings = {b"SQLite format 3\0": "", b"\x37\x7f\x06\x82": "-wal", b"\x37\x7f\x06\x83": "-wal"}
    found = []
    for path in profile.glob("**/File System/**/*"):
        begins = path.read_bytes()[:16] if path.is_file() else b""
        found += [(path, end) for start, end in beginnings.items() if begins.startswith(start)]
    return found
