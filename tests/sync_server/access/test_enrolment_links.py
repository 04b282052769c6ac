"""The link and the square that a tablet is enrolled with: where they lead, and that their code is in no log."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator

import pytest
import segno
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.access import devices, enrolment_links
from sync_server.settings import Settings, read_settings
from sync_server.web.app import create_app
from tests.sync_server.conftest import Console, signed_in
from tests.sync_server.web.test_console import csrf
from tests.sync_server.world import PROTOCOL, Clock

LINK = re.compile(r'class="link">([^<]+)<')


def make_code(administrator: TestClient, engine: Engine, **headers: str) -> str:
    """The page that shows a new code."""
    devices.create_team(engine, TERRITORY, "giromagny", "Giromagny", "trait-dunion")
    data = {"csrf": csrf(administrator, "/console/appareils"), "team": "giromagny"}
    answer = administrator.post("/console/appareils/code", data=data, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


def code_of(page: str) -> str:
    found = re.search(r'class="code">([A-Z0-9-]+)<', page)
    assert found
    return found[1]


def drawn_dots(page: str) -> set[tuple[int, int]]:
    """The dark dots of the square of that page, by row and column, its border left out; from the pen's moves."""
    box = re.search(r'viewBox="0 0 (\d+) \1"', page)
    path = re.search(r'class="qrline" stroke="#000" d="([^"]+)"', page)
    assert box
    assert path
    dots, x, y = set(), 0.0, 0.0
    for pen, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path[1]):
        if pen == "h":
            dots |= {(int(y), int(x) + step) for step in range(int(first))}
            x += float(first)
        else:
            x, y = (float(first), float(second)) if pen == "M" else (x + float(first), y + float(second))
    assert all(4 <= row < int(box[1]) - 4 and 4 <= column < int(box[1]) - 4 for row, column in dots)
    return {(row - 4, column - 4) for row, column in dots}


def test_the_link_and_the_square_lead_to_the_app_with_the_code_filled_in(
    administrator: TestClient, engine: Engine
) -> None:
    page = make_code(administrator, engine)
    link = html.unescape(LINK.findall(page)[0])
    assert link == f"https://testserver/app/#code={code_of(page)}"
    matrix = segno.make(link, error="m", micro=False).matrix
    dark = {(row, column) for row, line in enumerate(matrix) for column, dot in enumerate(line) if dot}
    assert drawn_dots(page) == dark
    assert re.search(r'role="img" aria-label="Carré à scanner[^"]+"', page)
    answer = administrator.post("/devices/enrol", json={"code": link.split("#code=")[1]}, headers=PROTOCOL)
    assert answer.status_code == 200


def test_the_link_is_shown_once(administrator: TestClient, engine: Engine) -> None:
    code = code_of(make_code(administrator, engine))
    later = administrator.get("/console/appareils").text
    assert code not in later
    assert "#code=" not in later
    assert "<svg" not in later


@pytest.fixture
def behind_a_name(database_url: str, clock: Clock) -> Iterator[TestClient]:
    """The administrator on a server whose public address is set."""
    app = create_app(Settings(database_url=database_url, public_address="https://terrain.exemple.fr"), clock)
    with Console(app, base_url="https://10.0.0.4:8443") as client:
        yield signed_in(client, database_url, "administrator")
    app.state.context.engine.dispose()


def test_a_console_opened_by_an_inner_name_gives_the_address_that_tablets_see(
    behind_a_name: TestClient, engine: Engine
) -> None:
    page = make_code(behind_a_name, engine)
    assert LINK.findall(page) == [f"https://terrain.exemple.fr/app/#code={code_of(page)}"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("terrain.exemple.fr", "https://terrain.exemple.fr"),
        ("terrain.exemple.fr:8443", "https://terrain.exemple.fr:8443"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("localhost.exemple.fr", "https://localhost.exemple.fr"),
        ("", ""),
        ("moi@ailleurs.fr", ""),
        ('a"><script>', ""),
        ("ailleurs.fr/chemin", ""),
    ],
)
def test_a_proxy_that_does_not_say_that_it_has_tls_still_gives_a_link_that_opens(host: str, address: str) -> None:
    assert enrolment_links.guess_address(host) == address


def test_without_an_address_the_code_is_shown_to_be_typed(administrator: TestClient, engine: Engine) -> None:
    page = make_code(administrator, engine, Host="moi@ailleurs.fr")
    assert code_of(page)
    assert "ailleurs.fr" not in page
    assert "<svg" not in page
    assert "tapez le code" in page


def test_the_code_of_a_link_is_in_no_line_of_the_log(
    administrator: TestClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = make_code(administrator, engine)
    code = code_of(page)
    link = LINK.findall(page)[0]
    administrator.get(link)  # as a browser does: what stands behind the « # » stays with it
    administrator.post("/devices/enrol", json={"code": code}, headers=PROTOCOL)
    administrator.post("/devices/enrol", json={"code": code}, headers=PROTOCOL)  # a second time: refused
    said = "\n".join(
        line for record in caplog.records if not record.name.startswith("http") for line in [record.getMessage()]
    )
    assert '"/console/appareils/code"' in said
    assert '"/devices/enrol"' in said
    assert code not in said
    assert code.replace("-", "") not in said
    assert "#" not in said


@pytest.mark.parametrize(
    "given",
    [
        "trait-dunion.exemple.fr", "https://trait-dunion.exemple.fr/app/", "https://moi@exemple.fr",
        "http://trait-dunion.exemple.fr", "http://192.168.1.10:8000", "https://exemple.fr?x", "ftp://exemple.fr",
    ],
)  # fmt: skip
def test_an_address_where_no_tablet_could_install_the_app_is_refused_at_the_start(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_ADDRESS", given)
    with pytest.raises(ValueError, match="PUBLIC_ADDRESS doit être une adresse comme https://") as refused:
        read_settings()
    assert given not in str(refused.value).replace("https://trait-dunion.exemple.fr, sans", "")


@pytest.mark.parametrize(
    "given", ["https://trait-dunion.exemple.fr", "https://exemple.fr:8443", "http://localhost:8000", ""]
)
def test_an_address_that_tablets_can_open_is_taken(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_ADDRESS", given)
    assert read_settings().public_address == given
