"""One form, one act: pressed twice, by two hands, after « Précédent », from yesterday's page."""

from __future__ import annotations

import html
import re
import time
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, insert, select
from sqlmodel import SQLModel

from shared import coupons
from shared.territory import TERRITORY
from sync_server.access import devices, forms
from sync_server.access.second_factor import factors
from sync_server.access.sessions import hash_secret
from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.storage.desk_tables import FrozenReport
from sync_server.storage.tables import EnrolmentCode, table
from sync_server.web.app import create_app
from tests.sync_server.access import authenticator
from tests.sync_server.conftest import signed_in
from tests.sync_server.directory.test_import import SERVICE, file
from tests.sync_server.live import at_once
from tests.sync_server.posting import form, opened, send
from tests.sync_server.web.test_no_text import POSTS
from tests.sync_server.world import NOW, PASSWORD, PROTOCOL, Clock, Tablet, encounter, new_id, of_kind, push

NEW_SERVICE = "/console/annuaire/nouveau"
FOOD = "equipement-et-alimentation--alimentation"
NAMED = {"name": "Épicerie sociale de Delle", "themes": FOOD, "commune": "90033"}
SERVICE_PAGE = "/console/annuaire/service/mobijob"
PREVIEW = "/console/rapports/apercu?genre=annuel&annee=2025"
LISTS = "/console/listes?liste=theme"
DEADLINES, NEW_NATIONAL = "/console/objectifs/echeances", "/console/objectifs/nationaux/nouveau"
NOTICE = "Ce formulaire a été envoyé deux fois"
PASSING = ("spent_form", "console_session", "attempts", "security_entry", "security_end")
"""Tables of what a visit leaves, whether it acts or not."""


def everything(engine: Engine) -> dict[str, list[Any]]:
    """All that the database holds, but what a visit leaves."""
    with database.reading(engine) as connection:
        return {
            one.name: sorted(map(str, connection.execute(select(one))))
            for one in SQLModel.metadata.sorted_tables
            if one.name not in PASSING
        }


def count(engine: Engine, model: type[SQLModel]) -> int:
    with database.reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table(model))) or 0


def services_named(engine: Engine, name: str) -> int:
    return sum(name in row for row in everything(engine)["service"])


def test_a_service_added_by_five_presses_is_one(coordinator: TestClient, engine: Engine) -> None:
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    first, *others = [send(coordinator, to, data | NAMED) for _ in range(5)]
    assert services_named(engine, NAMED["name"]) == 1
    assert first.status_code == 303
    assert {(one.status_code, one.headers["Location"]) for one in others} == {
        (303, first.headers["Location"] + "&deja=oui")
    }
    page = coordinator.get(others[0].headers["Location"])
    assert NOTICE in page.text
    assert page.status_code == 200
    assert NOTICE not in coordinator.get(first.headers["Location"]).text


def test_a_report_frozen_by_four_presses_is_one(coordinator: TestClient, engine: Engine) -> None:
    to, data = opened(coordinator, PREVIEW, "/console/rapports/figer")
    places = {urlsplit(send(coordinator, to, data).headers["Location"]).path for _ in range(4)}
    assert len(places) == 1
    assert count(engine, FrozenReport) == 1


def test_two_presses_that_come_together_to_two_servers_act_once(
    coordinator: TestClient, engine: Engine, database_url: str, clock: Clock
) -> None:
    other = create_app(Settings(database_url=database_url), clock)
    with TestClient(other, base_url="https://testserver") as beside:
        beside.cookies = coordinator.cookies
        for number in range(4):
            to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
            data |= NAMED | {"name": f"Épicerie n° {number}"}

            def press(number: int, to: str = to, data: dict[str, Any] = data) -> Any:
                return send((coordinator, beside)[number % 2], to, data)

            answers = at_once(4, press)
            assert services_named(engine, f"Épicerie n° {number}") == 1
            assert {one.status_code for one in answers} == {303}
            assert len({urlsplit(one.headers["Location"]).path for one in answers}) == 1
            assert sum("deja=oui" in one.headers["Location"] for one in answers) == 3
    other.state.context.engine.dispose()


def test_fifty_presses_at_once_hold_up_nobody(coordinator: TestClient, engine: Engine) -> None:
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    began = time.monotonic()
    answers = at_once(50, lambda _: send(coordinator, to, data | NAMED))
    assert time.monotonic() - began < forms.LONGEST_WAIT  # more than the threads there are: none waits in one
    assert {urlsplit(one.headers["Location"]).path for one in answers} == {
        urlsplit(answers[0].headers["Location"]).path
    }
    assert services_named(engine, NAMED["name"]) == 1


def test_a_form_refused_acts_once_it_is_corrected(coordinator: TestClient, engine: Engine) -> None:
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    refused = send(coordinator, to, data | NAMED | {"latitude": "nord"})
    assert refused.status_code == 422
    to, again = form(refused.text, NEW_SERVICE)
    assert again["nonce"] != data["nonce"]
    assert send(coordinator, to, again | NAMED | {"latitude": ""}).status_code == 303
    assert services_named(engine, NAMED["name"]) == 1


def test_a_form_refused_then_corrected_by_the_way_back_acts_too(coordinator: TestClient, engine: Engine) -> None:
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    assert send(coordinator, to, data | NAMED | {"latitude": "nord"}).status_code == 422
    assert send(coordinator, to, data | NAMED).status_code == 303  # « Précédent »: the page of before, its nonce
    assert services_named(engine, NAMED["name"]) == 1


def test_what_was_changed_after_the_way_back_is_not_lost(coordinator: TestClient, engine: Engine) -> None:
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    first = send(coordinator, to, data | NAMED)
    changed = send(coordinator, to, data | NAMED | {"name": "Épicerie de <Rougegoutte>"})
    assert changed.status_code == 409
    assert services_named(engine, "Rougegoutte") == 0
    assert first.headers["Location"] in html.unescape(changed.text)
    assert "Épicerie de &lt;Rougegoutte&gt;" in changed.text
    to, kept = form(changed.text, NEW_SERVICE)
    assert send(coordinator, to, kept).status_code == 303
    assert services_named(engine, "Rougegoutte") == 1


@pytest.mark.parametrize("lost", ["nonce", "csrf"])
def test_a_form_of_a_session_renewed_since_loses_nothing(
    coordinator: TestClient, engine: Engine, lost: str
) -> None:
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    typed = data | NAMED | {"themes": ["famille--garde-denfants", FOOD], "public_details": "a\r\nb"}
    if lost == "csrf":
        signing = {"login": "coordinator", "password": PASSWORD}
        coordinator.post("/console/connexion", data=signing)  # in another tab
    else:
        typed = typed | {"nonce": ""}
    answer = send(coordinator, to, typed)
    assert answer.status_code == 403
    assert "rien n’est enregistré" in answer.text
    assert NAMED["name"] in answer.text
    assert services_named(engine, NAMED["name"]) == 0
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text.split("<main")[1])
    back = [(name, html.unescape(value)) for name, value in hidden]
    assert [value for name, value in back if name == "themes"] == typed["themes"]
    assert dict(back)["public_details"] == "a\r\nb"
    to, kept = form(answer.text, NEW_SERVICE)
    assert send(coordinator, to, kept | {"themes": typed["themes"]}).status_code == 303
    assert services_named(engine, NAMED["name"]) == 1


def test_a_file_is_asked_for_again_where_a_form_expired(coordinator: TestClient) -> None:
    sent = [("fichiers", ("a.json", file(SERVICE), "application/json"))]
    answer = send(coordinator, "/console/annuaire/import", {"csrf": "x", "nonce": "y"}, files=sent)
    assert answer.status_code == 403
    assert 'type="file"' in answer.text
    assert 'enctype="multipart/form-data"' in answer.text


def test_the_nonce_of_another_form_or_session_opens_nothing(coordinator: TestClient, engine: Engine) -> None:
    _, elsewhere = opened(coordinator, SERVICE_PAGE, SERVICE_PAGE)
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    drawn = data["nonce"].split(".")[0]
    for nonce in (elsewhere["nonce"], forms.mint("x" * 43, NEW_SERVICE), f"{drawn}x.{data['nonce'][-32:]}", "é.é"):
        assert send(coordinator, to, data | NAMED | {"nonce": nonce}).status_code == 403
    assert services_named(engine, NAMED["name"]) == 0


def test_another_site_is_given_back_nothing_of_what_it_sent(coordinator: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = send(coordinator, NEW_SERVICE, NAMED | {"csrf": "x"}, headers=headers)
    assert answer.status_code == 403
    assert NAMED["name"] not in answer.text


def test_a_code_asked_for_twice_is_shown_twice_and_is_one(
    administrator: TestClient, engine: Engine, giromagny: Tablet
) -> None:
    to, data = opened(administrator, "/console/appareils", "/console/appareils/code")
    before = count(engine, EnrolmentCode)
    pages = [send(administrator, to, data | {"team": "giromagny"}).text for _ in range(2)]
    codes = [re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{2}", page)[0] for page in pages]
    assert codes[0] == codes[1]
    assert count(engine, EnrolmentCode) == before + 1
    assert [NOTICE in page for page in pages] == [False, True]
    with database.reading(engine) as connection:
        kept = str(connection.execute(select(forms.SPENT)).all())
    assert codes[0] not in kept  # whoever reads the database learns no code
    assert data["nonce"] not in kept


def test_what_was_spent_is_forgotten_with_the_session(
    coordinator: TestClient, engine: Engine, clock: Clock, database_url: str
) -> None:
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    send(coordinator, to, data | NAMED)
    clock.now = clock.now.replace(day=clock.now.day + 1)
    assert send(coordinator, to, data | NAMED).headers["Location"] == "/console/connexion"
    signed_in(coordinator, database_url, "coordinator")
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    send(coordinator, to, data | NAMED | {"name": "Demain"})
    with database.reading(engine) as connection:
        kept = connection.scalars(select(forms.SPENT.c.nonce_hash)).all()
    assert kept == [hash_secret(data["nonce"])]


def under_way(engine: Engine, nonce: str, since: int) -> None:
    """The form acts in another process, which says nothing more."""
    now = int(NOW.timestamp())
    with database.writing(engine) as connection:
        row = {
            "territory": TERRITORY,
            "nonce_hash": hash_secret(nonce),
            "content": "x",
            "location": "",
            "told": "",
        }
        connection.execute(insert(forms.SPENT).values(row | {"began_at": now - since, "expires_at": now + 60}))


def test_who_presses_again_while_the_first_still_acts_is_told(
    coordinator: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "LONGEST_WAIT", 0.2)
    to, data = opened(coordinator, SERVICE_PAGE, f"{SERVICE_PAGE}/verifier")
    typed = [(name, value) for name, value in data.items() if name not in ("csrf", "nonce")]
    under_way(engine, data["nonce"], since=5)
    with database.writing(engine) as connection:
        connection.execute(forms.SPENT.update().values(content=forms.digest(data["nonce"], typed)))
    answer = coordinator.post(to, data=data)
    assert answer.url.path == "/console/tableau-de-bord"
    assert "le premier envoi est encore en cours" in answer.text


def test_a_form_whose_server_stopped_in_the_middle_may_be_sent_again(
    coordinator: TestClient, engine: Engine
) -> None:
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    under_way(engine, data["nonce"], since=forms.ABANDONED)
    assert send(coordinator, to, data | NAMED).status_code == 303
    assert services_named(engine, NAMED["name"]) == 1


def test_a_fault_of_the_server_gives_the_act_back(
    coordinator: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    to, data = opened(coordinator, NEW_SERVICE, NEW_SERVICE)
    with monkeypatch.context() as patch:
        patch.setattr("sync_server.web.routes.directory.services.add", lambda *_: 1 / 0)
        assert send(coordinator, to, data | NAMED).status_code == 500
    assert send(coordinator, to, data | NAMED).status_code == 303
    assert services_named(engine, NAMED["name"]) == 1


def test_every_form_of_every_template_gets_its_secrets() -> None:
    for page in (files("sync_server.web") / "templates").iterdir():
        text = page.read_text("utf-8")
        posts = [tag for tag in re.findall("<form.*", text) if 'method="get"' not in tag]
        assert all(tag.startswith('<form method="post" action="') for tag in posts), page.name
        assert 'name="csrf"' not in text


@pytest.fixture
def world(coordinator: TestClient, engine: Engine, giromagny: Tablet, database_url: str) -> dict[str, str]:
    """Something for each form to act on; the addresses of the pages that need an id."""
    slip = coupons.new_code()
    referral = {"id": new_id(), "service": "mobijob", "coupon": coupons.hashed(slip)}
    push(engine, encounter(referrals=[referral]))
    met, report = encounter(gender="femme"), of_kind("service_report")
    code = devices.create_code(engine, TERRITORY, "giromagny", int(NOW.timestamp()), 15, unconfirmed=True)
    giromagny.link.post("/devices/enrol", json={"code": code}, headers=PROTOCOL)
    push(engine, met, report)
    record = f"/console/saisies/{met['id']}"
    push(engine, encounter(met["id"], 2, 1, gender="homme"))
    for page, action, typed in (
        (DEADLINES, f"{DEADLINES}/{{deadline}}", {"label": "Bilan", "day": "2026-06-30"}),
        (NEW_NATIONAL, "/console/objectifs/nationaux/{code}", {"label": "Non-recours", "unit": "%", "t0": "30"}),
        (LISTS, "/console/listes", {"label": "Prêt de vélos", "national": "sante--acces-aux-soins"}),
    ):
        to, data = opened(coordinator, page, action)
        answer = send(coordinator, to, data | typed)
        assert answer.status_code == 303, (page, answer.text)
    deadline = re.findall(rf'href="({DEADLINES}/[^"]+)"', coordinator.get(DEADLINES).text)[0]
    national = re.findall(
        r'href="(/console/objectifs/nationaux/[0-9a-f-]{36})"', coordinator.get("/console/objectifs").text
    )
    return {
        "record": record,
        "deadline": deadline,
        "national": national[0],
        "report": str(report["id"]),
        "slip": slip,
    }


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "/console/annuaire/nouveau": (NEW_SERVICE, NAMED),
    "/console/annuaire/service/{service_id}": (SERVICE_PAGE, {"phone": "03 84 00 00 00"}),
    "/console/annuaire/service/{service_id}/verifier": (SERVICE_PAGE, {}),
    "/console/annuaire/service/{service_id}/localiser": (SERVICE_PAGE, {}),
    "/console/annuaire/service/{service_id}/retirer": (SERVICE_PAGE, {}),
    "/console/annuaire/service/{service_id}/remettre": (SERVICE_PAGE, {}),
    "/console/annuaire/service/{service_id}/signalement/{report_id}": (SERVICE_PAGE, {}),
    "/console/annuaire/import": ("/console/annuaire/import", {}),
    "/console/annuaire/import/{import_id}": ("", {}),
    "/console/appareils/code": ("/console/appareils", {"team": "giromagny"}),
    "/console/appareils/{device_id}/revoquer": ("/console/appareils", {}),
    "/console/appareils/comptes/lever": ("/console/appareils", {}),
    "/console/compte/fin": ("/console/compte", {}),
    "/console/compte/mot-de-passe": (
        "/console/compte", {"actuel": PASSWORD, "nouveau": "bleu menthe rivage", "encore": "bleu menthe rivage"}
    ),
    "/console/compte/double/activer": ("", {}),
    "/console/compte/double/codes": ("", {}),
    "/console/compte/double/retirer": ("", {}),
    "/console/compte/double/verifier": ("", {}),
    "/console/coupons": ("/console/coupons", {"answer": "honoree", "code": "slip"}),
    "/console/tablettes/{device_id}/confirmer": ("/console/tablettes", {}),
    "/console/tablettes/{device_id}/refuser": ("/console/tablettes", {}),
    "/console/comptes": ("/console/comptes", {"login": "nouvelle", "role": "reader"}),
    "/console/comptes/double": ("/console/comptes", {}),
    "/console/comptes/fermer": ("/console/comptes", {}),
    "/console/comptes/mot-de-passe": ("/console/comptes", {}),
    "/console/comptes/role": ("/console/comptes", {"role": "auditor"}),
    "/console/deconnexion": ("/console/annuaire", {}),
    "/console/listes": (LISTS, {"label": "Garage solidaire", "national": "sante--acces-aux-soins"}),
    "/console/listes/renommer": (LISTS, {"nouveau": "Prêt de deux-roues"}),
    "/console/listes/retirer": (LISTS, {}),
    "/console/listes/communes": ("/console/listes/communes", {"commune": ["90033"], "confirme": "oui"}),
    "/console/objectifs/echeances/{deadline}": (DEADLINES, {"label": "Autre", "day": "2026-09-30"}),
    "/console/objectifs/echeances/{deadline}/retirer": ("deadline", {}),
    "/console/objectifs/financements/{action}": ("/console/objectifs/financements", {"planned2025": "38 500 €"}),
    "/console/objectifs/nationaux/{code}": (NEW_NATIONAL, {"label": "Délai moyen", "unit": "jours"}),
    "/console/objectifs/nationaux/{code}/retirer": ("national", {}),
    "/console/objectifs/{code}": ("/console/objectifs/A4-02", {"y2026": "120"}),
    "/console/rapports/figer": (PREVIEW, {}),
    "/console/saisies/etat": ("/console/saisies", {"nouvel_etat": "validee"}),
    "/console/saisies/{record_id}/corriger": ("record/corriger", {"gender": "femme"}),
    "/console/saisies/{record_id}/etat": ("record", {"nouvel_etat": "validee"}),
    "/console/saisies/{record_id}/retablir": ("record", {}),
    "/console/saisies/{record_id}/supprimer": ("record/supprimer", {}),
}  # fmt: skip
"""Every form that acts: the page it stands on, and what is typed into it."""
OF_OTHERS = {
    "/console/appareils": "administrator", "/console/comptes": "administrator", "/console/coupons": "partner",
}  # fmt: skip
"""The pages that are not the coordination's."""
WITHOUT_SESSION = {"/console/connexion", "/coupon"}
"""Neither has a session to bind a nonce to: signing in twice opens two of the same person."""
IDLE = {"/console/annuaire/service/{service_id}/localiser", "/console/deconnexion", "/console/compte/fin"}
"""No address to find, which is told; and the end of a session, which is not looked at."""


def test_no_form_that_acts_is_forgotten_here() -> None:
    assert set(CASES) | WITHOUT_SESSION == set(POSTS)


@pytest.mark.parametrize("action", CASES)
def test_no_form_acts_twice(
    coordinator: TestClient,
    engine: Engine,
    world: dict[str, str],
    database_url: str,
    clock: Clock,
    action: str,
) -> None:
    if "/double/" in action:
        to, data = ready_to_prove(coordinator, clock, action.rpartition("/")[2])
    else:
        to, data = ready(coordinator, database_url, world, action)
    chosen = [("fichiers", ("a.json", file(SERVICE), "application/json"))]
    sent = {"files": chosen} if action == "/console/annuaire/import" else {}
    before = everything(engine)
    first = send(coordinator, to, data, **sent)
    after = everything(engine)
    assert first.status_code in (200, 303), first.text
    assert (after == before) == (action in IDLE)
    second = send(coordinator, to, data, **sent)
    assert everything(engine) == after
    if action.endswith("/deconnexion"):
        assert second.headers["Location"] == first.headers["Location"] == "/console/connexion"
    elif action.endswith(("/code", "/codes", "/activer", "/comptes", "/comptes/mot-de-passe")):
        assert NOTICE in second.text
    else:
        assert (second.status_code, "deja=oui" in second.headers["Location"]) == (303, True)
        shown = coordinator.get(second.headers["Location"])
        assert (shown.status_code, NOTICE in shown.text) == (200, True)


def ready_to_prove(client: TestClient, clock: Clock, act: str) -> tuple[str, dict[str, Any]]:
    """A form of the second factor, filled in with a code that is good."""
    if act == "activer":
        page = client.get(authenticator.SCAN).text
        code = authenticator.Authenticator(page, clock).code()
    else:
        phone, _ = authenticator.turn_on(client, clock)
        page, code = client.get(f"{authenticator.FACTOR}?vers=/console/saisies").text, phone.next()
        page += client.get(authenticator.ACCOUNT).text
    to, data = form(page, f"{authenticator.FACTOR}/{act}")
    return to, data | {"actuel": PASSWORD, "code": code}


def with_a_factor(client: TestClient, database_url: str) -> None:
    """The account that is signed in has a second factor that the administration may take away."""
    engine = database.connect(database_url)
    with database.writing(engine) as connection:
        factors.turn_on(connection, "00", TERRITORY, "coordinator", b"secret", 1)
    engine.dispose()


def ready(client: TestClient, database_url: str, world: dict[str, str], action: str) -> tuple[str, dict[str, Any]]:
    """The form of that action, filled in, once what it acts on is there."""
    page, typed = CASES[action]
    if page in OF_OTHERS:
        with_a_factor(client, database_url)
        signed_in(client, database_url, OF_OTHERS[page])
    if action.endswith("/compte/fin"):  # its button stands beside another session, of another computer
        client.cookies.clear()
        send(client, "/console/connexion", {"login": "coordinator", "password": PASSWORD})
    if action.endswith("/import/{import_id}"):
        to, data = opened(client, "/console/annuaire/import", "/console/annuaire/import")
        chosen = [("fichiers", ("a.json", file(SERVICE), "application/json"))]
        page = send(client, to, data, files=chosen).headers["Location"]
    if action.endswith("/remettre"):
        send(client, *opened(client, SERVICE_PAGE, f"{SERVICE_PAGE}/retirer"))
    name, _, rest = page.partition("/")
    page = f"{world[name]}{'/' if rest else ''}{rest}" if name in world else page
    if action.endswith("/lever"):  # its button stands beside an account that waits
        for _ in range(11):
            send(client, "/console/connexion", {"login": "administrator", "password": "wrong"})
    if action.endswith("/localiser"):  # its button stands beside an address, which this service has not
        _, data = opened(client, page, f"{page}/verifier")
        return f"{page}/localiser", data | {"nonce": forms.mint(data["csrf"], f"{page}/localiser")}
    to, data = opened(client, page, action)
    if action == "/console/saisies/etat":
        data["choisies"] = re.findall(r'name="choisies" value="([^"]+)"', client.get(page).text)
    return to, data | {name: world.get(value, value) if name == "code" else value for name, value in typed.items()}
