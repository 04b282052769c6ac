"""Who made a code cannot read with it: a tablet waits until the coordination has heard its six words."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared import spoken_words
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.access.tablets import confirming
from sync_server.storage import audit_log, database, security_log
from sync_server.storage.audit_log import Actor
from tests.sync_server.conftest import signed_in
from tests.sync_server.live import at_once
from tests.sync_server.posting import opened, send
from tests.sync_server.world import NOW, PROTOCOL, TODAY, Tablet, encounter, push

ACTOR = Actor(TERRITORY, "coordination", TODAY)
PAGE = "/console/tablettes"


def code_of_the_console(engine: Engine, team: str = "giromagny") -> str:
    devices.create_team(engine, TERRITORY, team, team.title(), "trait-dunion")
    return devices.create_code(engine, TERRITORY, team, int(NOW.timestamp()), 15, unconfirmed=True)


def came(client: TestClient, code: str, headers: dict[str, str] = PROTOCOL) -> dict[str, str]:
    answer = client.post("/devices/enrol", json={"code": code}, headers=headers)
    assert answer.status_code == 200, answer.text
    return PROTOCOL | {"Authorization": f"Bearer {answer.json()['token']}"}


def tried(client: TestClient, headers: dict[str, str]) -> set[tuple[int, str]]:
    """All that a tablet may ask for, and what it is answered."""
    answers = [
        client.get("/sync/pull", headers=headers),
        client.get("/sync/reconcile", headers=headers),
        client.post("/sync/reconcile", json={"held": {}}, headers=headers),
        client.post("/sync/push", json={"records": [encounter()]}, headers=headers),
    ]
    return {(one.status_code, one.json().get("code", "")) for one in answers}


def waiting(engine: Engine) -> list[confirming.WaitingTablet]:
    with database.reading(engine) as connection:
        return confirming.list_waiting(connection, TERRITORY)


def words_of(headers: dict[str, str]) -> str:
    """What the tablet shows: it has the token, and nothing else."""
    return spoken_words.say(headers["Authorization"].removeprefix("Bearer "))


def acts(engine: Engine) -> list[str]:
    with database.reading(engine) as connection:
        return [entry.act for entry in audit_log.entries(connection, TERRITORY, 10)]


def test_a_code_of_the_console_lets_nobody_read_nor_write(client: TestClient, engine: Engine) -> None:
    push(engine, encounter())
    headers = came(client, code_of_the_console(engine))
    assert tried(client, headers) == {(403, "pending_device")}
    assert client.get("/sync/pull", headers=headers).headers["Retry-After"] == "20"


def test_the_coordination_compares_six_words_and_lets_the_tablet_in(
    coordinator: TestClient, engine: Engine
) -> None:
    headers = came(coordinator, code_of_the_console(engine))
    page = coordinator.get(PAGE).text
    shown = re.findall(r"<li>([^<\s]+)</li>", html.unescape(page))
    assert " ".join(shown) == words_of(headers)
    assert len(shown) == spoken_words.WORDS
    to, data = opened(coordinator, PAGE, PAGE + "/{device}/confirmer")
    answer = send(coordinator, to, data)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE + "?fait=confirmee")
    assert coordinator.get("/sync/pull", headers=headers).status_code == 200
    assert coordinator.post("/sync/push", json={"records": [encounter()]}, headers=headers).status_code == 200
    assert acts(engine)[0] == "Tablette confirmée"
    assert not waiting(engine)


def test_a_tablet_whose_words_are_others_is_refused_for_ever_and_says_nothing_more(
    coordinator: TestClient, engine: Engine
) -> None:
    headers = came(coordinator, code_of_the_console(engine))
    to, data = opened(coordinator, PAGE, PAGE + "/{device}/refuser")
    assert send(coordinator, to, data).status_code == 303
    assert tried(coordinator, headers) == {(403, "declined_device")}  # one that is revoked may hand in: this never
    assert acts(engine)[0] == "Tablette refusée"
    to, data = opened(coordinator, PAGE, "/console/deconnexion")
    assert "Aucune tablette n’attend" in html.unescape(coordinator.get(PAGE).text)


def test_whoever_enrols_first_with_a_stolen_code_shows_other_words(client: TestClient, engine: Engine) -> None:
    stolen, own = (came(client, code_of_the_console(engine)) for _ in range(2))
    assert words_of(stolen) != words_of(own)
    assert {one.words for one in waiting(engine)} == {words_of(stolen), words_of(own)}


def test_the_administrator_who_made_the_code_sees_no_words_and_confirms_nothing(
    administrator: TestClient, engine: Engine
) -> None:
    devices.create_team(engine, TERRITORY, "giromagny", "Giromagny", "trait-dunion")
    to, data = opened(administrator, "/console/appareils", "/console/appareils/code")
    code = re.search(r'class="code">([^<]+)<', send(administrator, to, data).text)
    assert code
    headers = came(administrator, code[1])
    page = administrator.get("/console/appareils").text
    assert "Attend la coordination" in page
    assert not any(word in page.split() for word in words_of(headers).split()[:2])
    assert administrator.get(PAGE).status_code == 403
    assert tried(administrator, headers) == {(403, "pending_device")}


def test_two_coordinators_decide_once(coordinator: TestClient, engine: Engine) -> None:
    headers = came(coordinator, code_of_the_console(engine))
    [one] = waiting(engine)
    deeds = (confirming.confirm, confirming.decline)
    told = at_once(2, lambda turn: _decided(engine, one.id, deeds[turn]))
    assert sorted(told) == ["done", "not_waiting"]
    assert len([act for act in acts(engine) if act.startswith("Tablette")]) == 1
    assert len(tried(coordinator, headers)) >= 1


def _decided(engine: Engine, device_id: str, decide: Any) -> str:
    try:
        decide(engine, ACTOR, device_id)
    except Exception as error:
        return str(getattr(error, "code", error))
    return "done"


def test_a_code_of_the_command_line_needs_no_confirmation(client: TestClient, engine: Engine) -> None:
    tablet = Tablet(client, engine).enrol("giromagny")
    assert tried(client, tablet.headers) == {(200, "")}


def test_a_tablet_that_read_for_the_team_is_enrolled_again_without_waiting(
    client: TestClient, engine: Engine
) -> None:
    tablet = Tablet(client, engine).enrol("giromagny")
    again = came(client, code_of_the_console(engine), tablet.headers)
    assert tried(client, again) == {(200, "")}


@pytest.mark.parametrize("how", ["revoked", "of another team", "itself waiting"])
def test_a_token_that_gave_no_right_to_the_team_gives_none_to_the_next(
    client: TestClient, engine: Engine, how: str
) -> None:
    if how == "itself waiting":
        before = came(client, code_of_the_console(engine))
    else:
        before = Tablet(client, engine).enrol("delle" if how == "of another team" else "giromagny").headers
    if how == "revoked":
        with database.reading(engine) as connection:
            known = devices.device(connection, before["Authorization"].removeprefix("Bearer "))
        assert known
        devices.revoke(engine, ACTOR, known.sender.device_id or "")
    assert tried(client, came(client, code_of_the_console(engine), before)) == {(403, "pending_device")}


def test_a_tablet_that_waits_keeps_the_enrolment_it_had(client: TestClient, engine: Engine) -> None:
    before = Tablet(client, engine).enrol("delle").headers
    waits = came(client, code_of_the_console(engine), before)
    assert tried(client, waits) == {(403, "pending_device")}
    [one] = waiting(engine)
    confirming.confirm(engine, ACTOR, one.id)
    assert tried(client, waits) == {(200, "")}


def test_a_tablet_that_asks_while_it_waits_fills_no_log(client: TestClient, engine: Engine) -> None:
    headers = came(client, code_of_the_console(engine))
    for _ in range(5):
        tried(client, headers)
    with database.reading(engine) as connection:
        kinds = [row.kind for row in security_log.read_all(connection, TERRITORY)]
    assert "enrolled" in kinds
    assert "forbidden" not in kinds


def test_the_first_page_says_that_a_tablet_waits(client: TestClient, engine: Engine, database_url: str) -> None:
    came(client, code_of_the_console(engine))
    signed_in(client, database_url, "coordinator")
    page = html.unescape(client.get("/console/tableau-de-bord").text)
    assert "1 tablette attend que vous la confirmiez" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert f'href="{PAGE}"' in page


def test_another_territory_confirms_nothing_here(client: TestClient, engine: Engine) -> None:
    came(client, code_of_the_console(engine))
    [one] = waiting(engine)
    assert _decided(engine, one.id, lambda *a: confirming.confirm(a[0], replace(ACTOR, territory="70"), a[2])) == (
        "not_waiting"
    )


def test_the_words_are_common_and_nobody_takes_one_for_another() -> None:
    words = spoken_words._load()
    assert len(words) == len(set(words)) == 256
    assert all(3 <= len(word) <= 10 and word.islower() for word in words)
    starts = [word[:5] for word in words]
    assert len({spoken_words.say(str(n)) for n in range(2_000)}) == 2_000
    assert len(set(starts)) > 240
