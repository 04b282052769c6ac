"""Who may do what: every route names a right, and every role is tried at every route with a genuine form."""

from __future__ import annotations

import html
import re

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from sync_server.access import forms, roles
from sync_server.access.roles import MAY, ROLES, Role
from sync_server.settings import Settings
from sync_server.web.app import ROUTERS, create_app
from sync_server.web.context import May
from sync_server.web.routes import sync
from tests.sync_server.conftest import signed_in
from tests.sync_server.web.test_no_text import flattened

ROUTES = [
    r for part in (*(one.router for one in ROUTERS), sync.pushes) for r in part.routes if isinstance(r, APIRoute)
]
TRIED = [(r, method) for r in ROUTES for method in sorted(r.methods or ()) if r.path.startswith("/console")]
SIGN_IN, SIGN_OUT = "/console/connexion", "/console/deconnexion"
WITHOUT_A_RIGHT = {
    "/healthz", "/readyz", "/sync/territory",  # tell nothing of anybody
    "/devices/enrol", "/sync/push", "/sync/pull", "/sync/reconcile",  # a code, or the token of a tablet
    "/coupon",  # the code of a slip
    "/metrics",  # this machine, or a token of its own
    SIGN_IN, SIGN_OUT,
}  # fmt: skip
"""Everything that is served without a role."""


def rights(route: APIRoute) -> list[roles.Right]:
    return [one.call.right for one in flattened(route.dependant) if isinstance(one.call, May)]


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.path)
def test_every_route_names_the_one_right_that_it_asks_for(route: APIRoute) -> None:
    assert len(rights(route)) == (0 if route.path in WITHOUT_A_RIGHT else 1)


def test_every_route_that_the_server_describes_is_one_of_those_tried_here() -> None:
    described = create_app(Settings(database_url="sqlite://")).openapi()["paths"].keys()
    assert described == {route.path for route in ROUTES if route.include_in_schema}
    assert len(TRIED) >= 80


def test_every_right_is_asked_for_and_every_role_has_a_first_page_that_it_may_see() -> None:
    assert {right for route in ROUTES for right in rights(route)} == set(MAY)
    pages = {route.path: rights(route) for route, method in TRIED if method == "GET"}
    for role in ROLES:
        [right] = pages[roles.FIRST_PAGES[role]]
        assert roles.may(role, right)


def test_nobody_but_the_coordination_reaches_a_record_or_a_figure() -> None:
    for right in ("records", "figures", "settings", "directory", "enrolment"):
        assert MAY[right] == {"coordinator"}
    assert not roles.may("administrator", "records")
    assert not roles.may("whoever", "account")


def test_a_partner_sees_its_slips_and_an_auditor_the_log_and_nothing_else() -> None:
    for role, right in (("partner", "slips"), ("auditor", "security-log")):
        assert {one for one in MAY if roles.may(role, one)} == {right, "account"}


def secret_of(client: TestClient) -> str:
    page = client.get("/console/compte").text
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


def at(path: str) -> str:
    return re.sub(r"{(\w+)(?::\w+)?}", "1", path).replace("rapports/1.1", "rapports/1.csv")


@pytest.mark.parametrize("role", ROLES)
def test_every_route_is_tried_as_every_role_with_a_genuine_form(
    client: TestClient, database_url: str, role: Role
) -> None:
    signed_in(client, database_url, role)
    secret = secret_of(client)
    for route, method in TRIED:
        if route.path in (SIGN_IN, SIGN_OUT):
            continue
        path = at(route.path)
        nonce = {"csrf": secret, "nonce": forms.mint(secret, path)}
        answer = client.request(method, path, data=nonce if method == "POST" else None, follow_redirects=False)
        [right] = rights(route)
        refused = answer.status_code == 403 and "ne donne pas accès" in html.unescape(answer.text)
        assert refused is not roles.may(role, right), (role, method, path, answer.status_code)
        assert answer.status_code < 500, (role, method, path)


def test_a_role_that_is_taken_away_loses_the_page_that_is_open(client: TestClient, database_url: str) -> None:
    signed_in(client, database_url, "coordinator")
    secret = secret_of(client)
    signed_in(client, database_url, "reader")  # the browser is now a reader's
    path = "/console/listes"
    stale = {"csrf": secret, "nonce": forms.mint(secret, path), "liste": "theme", "label": "x"}
    assert client.post(path, data=stale).status_code == 403
    assert client.get(path).status_code == 403
