"""A tablet that has no server: days of entries, batteries pulled, an update, and nothing lost."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from field_app.locking.opening import open_store
from field_app.sync.client import SyncClient
from tests.browser import (
    PATIENCE,
    Window,
    button,
    chip,
    open_app,
    press,
    reach,
    tap,
    text,
    type_in,
    unlock,
    wait_until_installed,
)
from tests.conformance.site import LISTED
from tests.console import sign_in
from tests.faults.soaking import soaked
from tests.field_app.world import SECRET
from tests.journeys.batteries import Profile, Worker, count_on_disk
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home, open_without_server
from tests.journeys.field.test_slip import hand_over
from tests.journeys.field.test_straight_line import figures, record
from tools.web_build import listing, places

pytestmark = [pytest.mark.journey, pytest.mark.installs, pytest.mark.enrolled]
KILLS, SEED = (int(os.environ.get(name, usual)) for name, usual in (("BROWSER_KILLS", 10), ("BROWSER_SEED", 1)))
KINDS = ("encounter", "presence", "group_session", "partner_contact")


def reopen(browser: Window, world: World) -> Page:
    """Pull the battery, start the tablet again without a network, and unlock it."""
    page = browser.pull_battery()
    browser.context.set_offline(True)
    open_app(page, world.app)
    unlock(page)
    return page


def save(page: Page, said: str) -> None:
    press(page, button(page, "Enregistrer"))
    expect(text(page, said)).to_be_visible()


def next_build(folder: Path) -> str:
    """Lay out another build beside the first: the same but for its logo. Return its version."""
    shutil.copytree(places.OUT, folder, ignore=shutil.ignore_patterns(*LISTED))
    with (folder / "logo.svg").open("a") as logo:
        logo.write("<!-- another build -->")
    return listing.list_build(folder)


def held(world: World) -> dict[str, int]:
    """How many records of each kind the server holds."""
    return {kind: int(world.ask(f"SELECT count(*) FROM {kind}")[0]) for kind in KINDS}


def test_a_day_without_a_server_outlives_three_pulled_batteries_and_an_update(
    world: World, browser: Window, tmp_path: Path
) -> None:
    page = browser.page()
    open_home(page, world)
    wait_until_installed(page)
    hand_over(page)  # the first, with its slip, while there is still a network
    world.kill("server")
    browser.context.set_offline(True)
    work_in_the_morning(page)
    page = reopen(browser, world)
    expect(text(page, "10 saisies à envoyer")).to_be_visible()
    work_in_the_afternoon(page)
    page = reopen(browser, world)
    expect(text(page, "18 saisies à envoyer")).to_be_visible()
    finish_the_draft(page)
    page = reopen(browser, world)
    expect(text(page, "24 saisies à envoyer")).to_be_visible()

    version = next_build(tmp_path / "B")
    world.env["WEB_FOLDER"] = str(tmp_path / "B")
    world.start_server()
    browser.context.set_offline(False)
    take_the_update(page, world, version)
    tap(page, button(page, "Synchroniser"))
    expect(text(page, "Tout est envoyé")).to_be_visible(timeout=PATIENCE)

    assert held(world) == {"encounter": 22, "presence": 1, "group_session": 1, "partner_contact": 1}
    console = browser.page()
    sign_in(console, world)
    console.goto(f"{world.console}/indicateurs")
    shown = figures(console)
    assert (shown["A4-02"], shown["A4-05"].split(",")[0]) == ("22 contacts", "6 heures-agent")
    assert browser.strangers == set()


def work_in_the_morning(page: Page) -> None:
    """Nine encounters and a presence."""
    for _ in range(9):
        record(page)
    press(page, button(page, "Présence"))
    for name in ("2 h", "3"):
        tap(page, chip(page, name))
    save(page, "Présence enregistrée")


def work_in_the_afternoon(page: Page) -> None:
    """A session, a partner, six encounters, and one that is under way when the battery goes."""
    press(page, button(page, "Séance collective"))
    tap(page, chip(page, "Atelier"))
    type_in(page, "Nombre", "8")
    save(page, "Séance collective enregistrée")
    press(page, button(page, "Partenariat"))
    tap(page, chip(page, "CCAS"))
    reach(page, page.get_by_role("textbox", name="Structure"))
    type_in(page, "Structure", "CCAS de Giromagny")
    save(page, "Contact partenaire enregistré")
    for _ in range(6):
        record(page)
    begin(page)


def begin(page: Page) -> None:
    """Begin an encounter, and leave it at that."""
    press(page, button(page, "Nouvelle rencontre"))
    tap(page, chip(page, "Femme"))
    expect(chip(page, "Femme")).to_be_checked()


def finish_the_draft(page: Page) -> None:
    """Finish what was under way, and five more."""
    tap(page, button(page, "1 brouillon à terminer"))
    tap(page, button(page, "Reprendre"))
    expect(text(page, "Giromagny")).to_be_visible()
    save(page, "Rencontre enregistrée")
    for _ in range(5):
        record(page)


def take_the_update(page: Page, world: World, version: str) -> None:
    """Take the build that came while a form was open; the draft is there after it."""
    begin(page)
    page.evaluate("() => navigator.serviceWorker.ready.then((ready) => ready.update()).then(() => true)")
    tap(page, button(page, "Retour à l’accueil"))
    tap(page, button(page, "Mettre à jour maintenant"))
    page.wait_for_timeout(3_000)  # the page starts again by itself, in the new build
    open_app(page, world.app)
    unlock(page)
    expect(text(page, "1 brouillon à terminer")).to_be_visible()
    tap(page, button(page, "Réglages"))
    expect(reach(page, text(page, version))).to_be_visible()
    tap(page, button(page, "Retour à l’accueil"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_batteries_pulled_at_random_moments_of_entry_lose_nothing_called_saved(
    world: World, browser: Window, tmp_path: Path
) -> None:
    page = browser.page()
    open_without_server(page, world)
    browser.context.set_offline(True)
    worker = Worker(browser, world.app, random.Random(SEED))
    worker.begin(page)
    for _ in range(KILLS):
        worker.work_until_it_dies(page)
        page = worker.start_again()
    if worker.entering:
        worker.complete(page)
    world.start_server()
    browser.context.set_offline(False)
    tap(page, button(page, "Synchroniser"))
    expect(text(page, "Tout est envoyé")).to_be_visible(timeout=PATIENCE)
    assert held(world)["encounter"] == worker.saved.total()
    assert profiles_seen_by_a_colleague(world, tmp_path) == worker.saved
    browser.close()
    assert count_on_disk(browser.profile) == {"sent": worker.saved.total()}
    soaked(
        "The browser of the installed app killed, with no network",
        **{"kills": KILLS, "in the middle of a save": worker.cuts, "records": worker.saved.total()},
    )


def profiles_seen_by_a_colleague(world: World, folder: Path) -> Counter[Profile]:
    """The profiles of the encounters that another tablet of the team pulls, from nothing."""

    async def pull() -> Counter[Profile]:
        enrolment, _ = await SyncClient(world.server).enrol(world.code())
        store = await open_store(folder / "colleague.db", SECRET)
        await SyncClient(world.server, enrolment.token).run(store)
        met = [kept.fields for kept in await store.all() if kept.kind == "encounter"]
        store.close()
        return Counter((fields["age_band"], fields["gender"]) for fields in met)

    with ThreadPoolExecutor(1) as beside:  # Playwright runs a loop of its own in this thread
        return beside.submit(asyncio.run, pull()).result()
