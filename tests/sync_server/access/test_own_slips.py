"""A partner service at the console: it answers to its own slips, and learns nothing of anybody else's."""

from __future__ import annotations

import html
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared import coupons
from shared.territory import TERRITORY
from sync_server.access import accounts, slips
from sync_server.settings import Settings
from sync_server.storage import database
from tests.sync_server.conftest import signed_in
from tests.sync_server.posting import opened, send
from tests.sync_server.world import PASSWORD, TODAY, Clock, encounter, follow_up, new_id, people, pull, push

PAGE = "/console/coupons"
CAME, ENGAGED = "honoree", "acces-effectif"


@pytest.fixture
def partner(client: TestClient, database_url: str) -> TestClient:
    """Signed in for Mobijob."""
    return signed_in(client, database_url, "partner")


def slip_of(engine: Engine, service: str, **more: Any) -> str:
    code = coupons.new_code()
    referral = {"id": new_id(), "service": service, "coupon": coupons.hashed(code)} | more
    push(engine, encounter(action="jeunes", age_band="18-21", referrals=[referral]))
    return code


def say(client: TestClient, code: str, answer: str = CAME) -> Any:
    to, data = opened(client, PAGE, PAGE)
    return send(client, to, data | {"code": code, "answer": answer})


def answers(engine: Engine) -> list[tuple[str, str]]:
    found = [r.fields for r in people(pull(engine)) if r.kind == "follow_up"]
    return [(one["outcome"], one["reported_by"]) for one in found]


def test_a_partner_confirms_its_own_slip_and_sees_the_answer_it_gave(partner: TestClient, engine: Engine) -> None:
    answer = say(partner, slip_of(engine, "mobijob"))
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE + "?fait=oui")
    assert answers(engine) == [(CAME, "service")]
    page = html.unescape(partner.get(answer.headers["location"]).text)
    assert "Réponse enregistrée" in page
    assert f"{TODAY:%d/%m/%Y} : La personne est venue" in page


def test_a_slip_of_another_service_is_as_unknown_as_one_that_does_not_exist(
    partner: TestClient, engine: Engine
) -> None:
    others = [say(partner, code) for code in (slip_of(engine, "mission-locale"), coupons.new_code())]
    bodies = {html.unescape(one.text).split("<form")[1].split("value=")[0] for one in others}
    assert {one.status_code for one in others} == {422}
    assert len(bodies) == 1
    assert "Aucun coupon de votre service ne porte ce code" in html.unescape(others[0].text)
    assert answers(engine) == []


def test_what_other_services_answered_is_not_shown(partner: TestClient, engine: Engine) -> None:
    code = slip_of(engine, "mission-locale")
    slips.report(engine, TERRITORY, coupons.hashed(code), ENGAGED, TODAY)
    page = html.unescape(partner.get(PAGE).text)
    assert "Aucune pour l’instant" in page
    with database.reading(engine) as connection:
        assert slips.list_answers(connection, TERRITORY, "mission-locale") == [(TODAY, slips.ANSWERS[ENGAGED])]


def test_what_the_team_noted_itself_is_not_an_answer_of_the_service(partner: TestClient, engine: Engine) -> None:
    referral = new_id()
    push(
        engine,
        encounter(referrals=[{"id": referral, "service": "mobijob"}]),
        follow_up(referral, "2026-03-05", CAME),
    )
    assert "Aucune pour l’instant" in html.unescape(partner.get(PAGE).text)


@pytest.mark.parametrize(
    ("code", "answer", "told"), [("ABC", CAME, "Ce code comporte une erreur"), (None, "", "Choisissez")]
)
def test_a_bad_answer_is_told_and_what_was_typed_stays(
    partner: TestClient, engine: Engine, code: str | None, answer: str, told: str
) -> None:
    typed = code or slip_of(engine, "mobijob")
    page = say(partner, typed, answer)
    assert page.status_code == 422
    assert told in html.unescape(page.text)
    assert f'value="{typed}"' in page.text


def test_codes_guessed_from_one_account_make_it_wait_and_right_ones_do_not(
    partner: TestClient, engine: Engine, clock: Clock
) -> None:
    for _ in range(25):
        assert say(partner, slip_of(engine, "mobijob")).status_code == 303
    tries = [say(partner, coupons.new_code()).status_code for _ in range(Settings().coupon_tries + 2)]
    assert tries[-1] == 429
    assert set(tries) == {422, 429}
    clock.wait(minutes=20)
    assert say(partner, slip_of(engine, "mobijob")).status_code == 303


@pytest.mark.parametrize(("role", "service"), [("partner", ""), ("reader", "mobijob"), ("partner", "nulle-part")])
def test_an_account_that_names_no_service_or_a_wrong_one_is_not_made(
    engine: Engine, role: str, service: str
) -> None:
    with pytest.raises(ValueError, match="service"):
        accounts.create_account(engine, TERRITORY, "x", PASSWORD, role, service=service)
    with database.reading(engine) as connection:
        assert not connection.exec_driver_sql("SELECT login FROM account").all()
