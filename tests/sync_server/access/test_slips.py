"""The slip at the service: one answer, one follow-up, and nothing to learn for whoever tries."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from shared import coupons as codes
from shared.models.tables import FollowUp
from shared.territory import TERRITORY
from sync_server.access import slips
from sync_server.errors import ServerError
from sync_server.figures.counts import Period
from sync_server.web import server
from tests.sync_server.access.work import work_of
from tests.sync_server.conftest import signed_in
from tests.sync_server.figures.test_indicators import totals
from tests.sync_server.intake.test_rows import columns_of
from tests.sync_server.live import at_once
from tests.sync_server.world import (
    COLLEAGUE,
    ME,
    NOW,
    OTHER_TEAM,
    TODAY,
    Clock,
    encounter,
    follow_up,
    new_id,
    people,
    pull,
    push,
    statuses,
)

CAME, ENGAGED = "honoree", "acces-effectif"
THANKS = "Merci. Si ce coupon est valable, votre réponse est enregistrée."
TO_DATE = Period(date(2026, 1, 1), TODAY, TODAY)


def with_slip(code: str, **more: Any) -> dict[str, Any]:
    referral = {"id": new_id(), "service": "mobijob", "coupon": codes.hashed(code)} | more
    return encounter(action="jeunes", age_band="18-21", referrals=[referral])


def answer(client: TestClient, code: str, said: str = CAME, **headers: str) -> Any:
    """The answer's page, and what the server does about it at its next turn."""
    page = client.post("/coupon", data={"code": code, "answer": said}, headers=headers)
    settle(client)
    return page


def settle(client: TestClient) -> int:
    context = client.app.state.context  # type: ignore[attr-defined]  # the application that it asks
    return slips.settle(context.engine, context.settings.territory)


def outcomes(engine: Engine) -> list[str]:
    return sorted(row["outcome"] for row in columns_of(engine, FollowUp))


@pytest.fixture
def slip(engine: Engine) -> tuple[str, dict[str, Any]]:
    """A code handed out, and its encounter as pushed."""
    code = codes.new_code()
    met = with_slip(code)
    assert statuses(engine, met) == ["accepted"]
    return code, met


Slip = tuple[str, dict[str, Any]]


def test_the_page_asks_for_a_code_and_sets_no_cookie(client: TestClient) -> None:
    page = client.get("/coupon")
    assert page.status_code == 200
    assert "Code du coupon" in page.text
    assert "La personne est venue" in page.text
    assert "set-cookie" not in page.headers
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "<style" not in page.text
    assert "<script>" not in page.text
    assert client.get("/static/coupon.js").status_code == 200


def test_a_service_says_the_person_came(client: TestClient, engine: Engine, slip: Slip) -> None:
    code, met = slip
    said = answer(client, code)
    assert (said.status_code, THANKS in said.text) == (200, True)
    [held] = columns_of(engine, FollowUp)
    expected = {
        "subject_id": met["fields"]["referrals"][0]["id"],
        "subject_kind": "referral",
        "day": TODAY,
        "outcome": CAME,
        "reason": None,
        "reported_by": "service",
    }
    assert expected.items() <= held.items()


def test_a_code_may_be_typed_in_small_letters_without_hyphens(
    client: TestClient, engine: Engine, slip: Slip
) -> None:
    answer(client, f" {slip[0].replace('-', ' ').lower()} ")
    assert outcomes(engine) == [CAME]


def test_known_unknown_and_repeated_are_answered_to_the_letter_the_same(
    client: TestClient, engine: Engine, slip: Slip
) -> None:
    answers = [answer(client, code) for code in (slip[0], codes.new_code(), slip[0])]
    assert len({a.content for a in answers}) == 1
    assert len({(a.status_code, tuple(a.headers.items())) for a in answers}) == 1
    assert outcomes(engine) == [CAME]


def test_known_unknown_lost_and_repeated_cost_the_same_work_interleaved(
    client: TestClient, engine: Engine, slip: Slip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What 8.9 ms against 17.9 told: the statements, the transactions and the hashes, of each try in turn."""
    lost = codes.new_code()
    push(engine, with_slip(lost, accepted=False))
    hashes: list[str] = []
    real = codes.hashed

    def hashed(code: str) -> str:
        hashes.append("once")
        return real(code)

    monkeypatch.setattr(codes, "hashed", hashed)
    answer(client, codes.new_code())  # the counts of the address and of everybody have their rows
    context = client.app.state.context  # type: ignore[attr-defined]  # the application that it asks
    costs = []
    for _ in range(3):
        for code in (slip[0], codes.new_code(), lost):
            hashes.clear()
            with work_of(context.engine) as asked:
                page = client.post("/coupon", data={"code": code, "answer": ENGAGED})
            costs.append((page.status_code, tuple(asked), len(hashes)))
        settle(client)
    assert len(set(costs)) == 1
    assert len(costs[0][1]) > 5
    assert outcomes(engine) == [ENGAGED]


def test_an_answer_is_kept_from_the_moment_it_is_thanked_for(
    client: TestClient, engine: Engine, slip: Slip
) -> None:
    page = client.post("/coupon", data={"code": slip[0], "answer": CAME})
    assert THANKS in page.text
    assert outcomes(engine) == []  # nothing yet: the server stops here, by a cut of the power
    assert slips.settle(engine, TERRITORY) == 1
    assert outcomes(engine) == [CAME]
    assert slips.settle(engine, TERRITORY) == 0  # and nothing is left, of unknown ones neither
    client.post("/coupon", data={"code": codes.new_code(), "answer": CAME})
    assert (slips.settle(engine, TERRITORY), slips.settle(engine, TERRITORY)) == (1, 0)


def test_an_answer_that_waited_past_midnight_is_of_its_own_day(
    client: TestClient, engine: Engine, clock: Clock, slip: Slip
) -> None:
    client.post("/coupon", data={"code": slip[0], "answer": CAME})
    clock.wait(days=1)
    settle(client)
    assert [row["day"] for row in columns_of(engine, FollowUp)] == [TODAY]


def test_ten_taps_of_one_phone_at_once_are_one_answer(engine: Engine, slip: Slip) -> None:
    failed: list[Exception] = []

    def tap() -> None:
        try:
            slips.receive(engine, TERRITORY, slip[0], CAME, TODAY)
        except Exception as error:
            failed.append(error)

    at_once(10, lambda _: tap())
    assert failed == []
    assert slips.settle(engine, TERRITORY) == 1
    assert outcomes(engine) == [CAME]


def test_two_servers_that_settle_at_once_make_one_follow_up(
    client: TestClient, engine: Engine, slip: Slip
) -> None:
    client.post("/coupon", data={"code": slip[0], "answer": CAME})
    at_once(4, lambda _: slips.settle(engine, TERRITORY))
    assert outcomes(engine) == [CAME]


async def test_a_server_at_work_settles_by_itself_and_goes_on_after_a_fault(
    client: TestClient,
    engine: Engine,
    slip: Slip,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client.post("/coupon", data={"code": slip[0], "answer": CAME})
    real, turns = slips.settle, []

    def settle_second(*args: Any) -> int:
        turns.append("once")
        if len(turns) == 1:
            raise RuntimeError(slip[0])
        return real(*args)

    monkeypatch.setattr(slips, "settle", settle_second)
    context = client.app.state.context  # type: ignore[attr-defined]  # the application that it asks
    task = asyncio.create_task(server.settle_answers(context, every=0.01))
    for _ in range(500):
        await asyncio.sleep(0.01)
        if len(turns) > 2:
            break
    task.cancel()
    assert outcomes(engine) == [CAME]
    assert "RuntimeError" in caplog.text
    assert slip[0] not in caplog.text


def test_codes_guessed_from_everywhere_wait_seconds_and_none_is_blocked(
    client: TestClient, clock: Clock, engine: Engine, slip: Slip
) -> None:
    now = int(NOW.timestamp())
    for number in range(500):
        slips.count_try(engine, TERRITORY, f"198.51.{number // 250}.{number % 250}", now, 20)
    waiting = answer(client, slip[0])
    assert waiting.status_code == 429
    assert int(waiting.headers["Retry-After"]) <= 5
    clock.wait(seconds=int(waiting.headers["Retry-After"]))
    assert answer(client, slip[0]).status_code == 200
    assert outcomes(engine) == [CAME]


def test_the_same_answer_on_another_day_makes_no_second_follow_up(
    client: TestClient, engine: Engine, clock: Clock, slip: Slip
) -> None:
    answer(client, slip[0])
    clock.wait(days=3)
    answer(client, slip[0])
    [held] = columns_of(engine, FollowUp)
    assert held["day"] == TODAY


def test_engaged_after_came_is_added_and_came_after_engaged_is_not(
    client: TestClient, engine: Engine, slip: Slip
) -> None:
    other = codes.new_code()
    push(engine, with_slip(other))
    answer(client, slip[0], CAME)
    answer(client, slip[0], ENGAGED)
    assert outcomes(engine) == [ENGAGED, CAME]
    answer(client, other, ENGAGED)
    answer(client, other, CAME)
    assert outcomes(engine) == [ENGAGED, ENGAGED, CAME]


def test_came_does_not_undo_the_access_a_worker_reported(client: TestClient, engine: Engine, slip: Slip) -> None:
    referral = slip[1]["fields"]["referrals"][0]["id"]
    push(engine, follow_up(referral, "2026-03-09", ENGAGED))
    answer(client, slip[0], CAME)
    assert outcomes(engine) == [ENGAGED]


def test_ten_taps_at_once_make_one_follow_up(engine: Engine, slip: Slip) -> None:
    def tap() -> None:
        slips.report(engine, TERRITORY, codes.hashed(slip[0]), CAME, TODAY)

    at_once(10, lambda _: tap())
    assert outcomes(engine) == [CAME]


def test_a_referral_the_person_declined_takes_no_answer(client: TestClient, engine: Engine) -> None:
    code = codes.new_code()
    push(engine, with_slip(code, accepted=False))
    assert THANKS in answer(client, code).text
    assert outcomes(engine) == []


def test_a_deleted_encounter_takes_no_answer(client: TestClient, engine: Engine, slip: Slip) -> None:
    code, met = slip
    gone = {"id": met["id"], "kind": "encounter", "revision": 2, "base_revision": 1, "deleted": True}
    assert statuses(engine, gone) == ["accepted"]
    assert THANKS in answer(client, code).text
    assert outcomes(engine) == []


def test_a_corrected_encounter_keeps_its_slip_unless_it_is_taken_out(
    client: TestClient, engine: Engine, slip: Slip
) -> None:
    code, met = slip
    push(engine, met | {"revision": 2, "base_revision": 1, "fields": met["fields"] | {"gender": "femme"}})
    answer(client, code, CAME)
    assert outcomes(engine) == [CAME]
    push(engine, met | {"revision": 3, "base_revision": 2, "fields": met["fields"] | {"referrals": []}})
    answer(client, code, ENGAGED)
    assert outcomes(engine) == [CAME]


def test_what_the_team_put_right_is_not_said_again(client: TestClient, engine: Engine, slip: Slip) -> None:
    answer(client, slip[0])
    [said] = [r for r in people(pull(engine)) if r.kind == "follow_up"]
    put_right = {
        "id": said.id,
        "kind": "follow_up",
        "revision": 2,
        "base_revision": 1,
        "fields": said.fields | {"outcome": "non-presentee"},
    }
    assert statuses(engine, put_right) == ["accepted"]
    answer(client, slip[0])
    assert outcomes(engine) == ["non-presentee"]


def test_the_answer_reaches_both_tablets_of_the_team_and_no_other(
    client: TestClient, engine: Engine, slip: Slip
) -> None:
    answer(client, slip[0])
    for sender, expected in ((ME, ["service"]), (COLLEAGUE, ["service"]), (OTHER_TEAM, [])):
        found = [r for r in people(pull(engine, sender)) if r.kind == "follow_up"]
        assert [r.fields["reported_by"] for r in found] == expected, sender


def test_the_answer_counts_in_the_figures(client: TestClient, engine: Engine, slip: Slip) -> None:
    code, _ = slip
    other = codes.new_code()
    elsewhere = with_slip(other)
    elsewhere["fields"]["action"] = "trait-dunion"
    push(engine, elsewhere)
    before = totals(engine, TO_DATE)
    assert (before["A3-09"].numerator, before["A4-10"].numerator) == (0, 0)
    answer(client, code, CAME)
    answer(client, other, ENGAGED)
    after = totals(engine, TO_DATE)
    assert (after["A3-09"].numerator, after["A4-10"].numerator) == (1, 1)


@pytest.mark.parametrize("typed", ["", "ABC", "ABC-DEF-GHI", "ABC-DEF-GHJ-KLM", "é" * 9, "\x00", "<b>&\"'"])
def test_a_slip_of_the_finger_is_said_and_what_was_typed_is_kept(
    client: TestClient, engine: Engine, typed: str
) -> None:
    page = answer(client, typed, ENGAGED)
    assert page.status_code == 422
    assert "Ce code comporte une erreur" in page.text
    assert 'value="acces-effectif" required checked' in page.text
    assert "<b>" not in page.text
    if typed.isalnum() and typed.isascii():
        assert f'value="{typed}"' in page.text
    assert outcomes(engine) == []


def test_a_wrong_character_says_so_whether_the_slip_exists_or_not(
    client: TestClient, engine: Engine, slip: Slip
) -> None:
    last = slip[0][-1]
    wrong = slip[0][:-1] + next(c for c in codes.ALPHABET if c != last)
    assert answer(client, wrong).status_code == 422
    assert outcomes(engine) == []


@pytest.mark.parametrize("said", ["", "proposee", "sans-suite", "x" * 5_000])
def test_only_the_two_answers_are_taken(client: TestClient, engine: Engine, slip: Slip, said: str) -> None:
    page = answer(client, slip[0], said)
    assert page.status_code == 422
    assert "Choisissez votre réponse" in page.text
    assert f'value="{slip[0]}"' in page.text
    assert outcomes(engine) == []


def test_codes_cannot_be_guessed_for_long_known_or_not(
    client: TestClient, engine: Engine, clock: Clock, slip: Slip
) -> None:
    tries = [slip[0], "ABC", *(codes.new_code() for _ in range(18))]
    assert {answer(client, code).status_code for code in tries} == {200, 422}
    refused = answer(client, slip[0], ENGAGED)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) in range(1, 901)
    assert "Trop d’essais" in refused.text
    assert 'href="/console"' not in refused.text
    assert outcomes(engine) == [CAME]
    clock.wait(minutes=15)
    assert answer(client, slip[0], ENGAGED).status_code == 200
    assert outcomes(engine) == [ENGAGED, CAME]


def test_a_service_that_tries_too_much_locks_nobody_out_of_the_console(
    client: TestClient, database_url: str
) -> None:
    while answer(client, codes.new_code()).status_code == 200:
        pass
    signed_in(client, database_url, "coordinator")
    assert client.get("/console/indicateurs").status_code == 200


def test_tries_that_come_at_once_are_all_counted(engine: Engine) -> None:
    refused: list[Exception] = []

    def one_try() -> None:
        try:
            slips.count_try(engine, TERRITORY, "1.2.3.4", int(NOW.timestamp()), 5)
        except ServerError as error:
            refused.append(error)

    at_once(12, lambda _: one_try())
    assert len(refused) == 7


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_a_form_from_another_site_is_refused(
    client: TestClient, engine: Engine, slip: Slip, headers: dict[str, str]
) -> None:
    page = answer(client, slip[0], **headers)
    assert page.status_code == 403
    assert page.headers["Content-Type"].startswith("text/html")
    assert outcomes(engine) == []


@pytest.mark.parametrize(("method", "path", "status"), [("PUT", "/coupon", 405), ("GET", "/coupon/ABC", 404)])
def test_an_error_under_the_page_is_a_page(client: TestClient, method: str, path: str, status: int) -> None:
    page = client.request(method, path)
    assert page.status_code == status
    assert page.headers["Content-Type"].startswith("text/html")
    assert 'href="/coupon"' in page.text
    assert 'href="/console"' not in page.text


def test_the_log_says_nothing_of_a_code(client: TestClient, slip: Slip, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer(client, slip[0])
    answer(client, "ABC-DEF-GHX")
    said = caplog.text
    assert slip[0] not in said
    assert codes.bare(slip[0]) not in said
    assert "GHX" not in said


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(code=st.text(max_size=60), said=st.sampled_from([CAME, ENGAGED]) | st.text(max_size=10))
def test_whatever_is_typed_is_answered_with_a_page(client: TestClient, clock: Clock, code: str, said: str) -> None:
    clock.wait(minutes=15)
    page = answer(client, code.encode("utf-8", "replace").decode(), said.encode("utf-8", "replace").decode())
    assert page.status_code in (200, 422)
    assert "<main" in page.text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=60),
    kind=st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]),
)
def test_any_bytes_are_answered_with_a_page(client: TestClient, clock: Clock, body: bytes, kind: str) -> None:
    clock.wait(minutes=15)
    page = client.post("/coupon", content=body, headers={"Content-Type": kind})
    assert page.status_code in (200, 422)
    assert "<main" in page.text
