"""Whatever is sent to the API, the answer is a receipt or an error of the catalogue, never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from shared import wire
from shared.models import KINDS
from sync_server.errors import CATALOGUE
from tests.sync_server.world import PROTOCOL, USUAL, encounter, enrolled, new_id, of_kind

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
_names = st.sampled_from(
    ["action", "day", "commune", "needs", "referrals", "obstacles", "rights", "accompanied", "x"]
) | st.sampled_from(["ages", "genders", "headcount", "partner", "structure", "theme", "service", "problem"])
_record = st.fixed_dictionaries(
    {},
    optional={
        "id": st.builds(new_id) | st.text(max_size=40) | st.none(),
        "kind": st.sampled_from([*KINDS, "service", "", "x" * 50]) | _json,
        "revision": st.integers(-2, 5) | st.integers() | _json,
        "base_revision": st.integers(-2, 5) | _json,
        "deleted": st.booleans() | _json,
        "fields": st.dictionaries(_names, _json, max_size=5) | _json,
    },
)
CALM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def tablet(client: TestClient, engine: Engine) -> dict[str, str]:
    return enrolled(client, engine)


def push(client: TestClient, headers: dict[str, str], records: list[Any]) -> list[wire.Receipt]:
    answer = client.post("/sync/push", json={"records": records}, headers=headers)
    assert answer.status_code == 200, answer.text
    return wire.Receipts.model_validate(answer.json()).receipts


@CALM
@given(records=st.lists(_record | _json, max_size=6))
def test_any_batch_gets_one_receipt_a_record_and_a_good_one_passes(
    client: TestClient, tablet: dict[str, str], records: list[Any]
) -> None:
    receipts = push(client, tablet, [*records, encounter()])
    assert len(receipts) == len(records) + 1
    assert receipts[-1].status == "accepted"
    for receipt in receipts:
        assert receipt.status != "refused" or receipt.reasons


@CALM
@given(kind=st.sampled_from(list(USUAL)), fields=st.dictionaries(_names, _json, max_size=6))
def test_any_fields_are_accepted_or_refused_with_reasons(
    client: TestClient, tablet: dict[str, str], kind: str, fields: dict[str, Any]
) -> None:
    [receipt] = push(client, tablet, [of_kind(kind, **fields)])
    assert receipt.status in ("accepted", "refused")
    assert all(reason.message for reason in receipt.reasons)


@CALM
@given(text=st.text(max_size=60))
def test_any_text_in_a_coded_field_is_refused_not_stored(
    client: TestClient, tablet: dict[str, str], text: str
) -> None:
    [receipt] = push(client, tablet, [encounter(gender=text)])
    assert receipt.status == ("accepted" if text in ("femme", "homme", "inconnu") else "refused")


@CALM
@given(text=st.text(max_size=100), field=st.sampled_from(["partner", "establishment"]))
def test_any_name_of_a_structure_is_kept_as_said_or_refused(
    client: TestClient, tablet: dict[str, str], text: str, field: str
) -> None:
    [receipt] = push(client, tablet, [of_kind("group_session", **{field: text})])
    assert receipt.status in ("accepted", "refused")
    assert receipt.status == "accepted" or receipt.reasons


@CALM
@given(body=st.binary(max_size=60))
def test_any_bytes_are_answered_from_the_catalogue(
    client: TestClient, tablet: dict[str, str], body: bytes
) -> None:
    for path in ("/sync/push", "/devices/enrol"):
        answer = client.post(path, content=body, headers=tablet | {"Content-Type": "application/json"})
        assert answer.status_code != 500
        if answer.status_code != 200:
            assert wire.Failure.model_validate(answer.json()).code in CATALOGUE


@CALM
@given(cursor=st.text(max_size=120), limit=st.integers() | st.text(max_size=5))
def test_any_cursor_is_answered_with_a_page_or_an_error(
    client: TestClient, tablet: dict[str, str], cursor: str, limit: object
) -> None:
    answer = client.get("/sync/pull", params={"cursor": cursor, "limit": str(limit)}, headers=tablet)
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        page = wire.Page.model_validate(answer.json())
        assert page.refetch or not cursor


@CALM
@given(code=_json)
def test_any_code_is_refused_politely(client: TestClient, code: Any) -> None:
    answer = client.post("/devices/enrol", json={"code": code}, headers=PROTOCOL)
    assert answer.status_code in (403, 422, 429)
    assert answer.json()["hint"]


def test_deep_nesting_is_refused_not_crashed(client: TestClient, tablet: dict[str, str]) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    body = f'{{"records": [{deep}]}}'
    answer = client.post("/sync/push", content=body, headers=tablet | {"Content-Type": "application/json"})
    assert answer.status_code in (200, 422)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity", "9" * 5_000])
def test_numbers_that_are_none_are_refused_not_crashed(
    client: TestClient, tablet: dict[str, str], number: str
) -> None:
    record = json.dumps(encounter(accompanied="N")).replace('"N"', number)
    answer = client.post(
        "/sync/push", content=f'{{"records": [{record}]}}', headers=tablet | {"Content-Type": "application/json"}
    )
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert answer.json()["receipts"][0]["status"] == "refused"


def test_characters_a_database_does_not_keep_are_refused_not_crashed(
    client: TestClient, tablet: dict[str, str]
) -> None:
    for text in ("\x00", "\ud800", "a\x00b"):
        content = json.dumps({"records": [encounter(gender=text), {"id": text, "kind": text, "revision": 1}]})
        answer = client.post("/sync/push", content=content, headers=tablet | {"Content-Type": "application/json"})
        assert answer.status_code in (200, 422)
        if answer.status_code == 200:
            assert {r["status"] for r in answer.json()["receipts"]} == {"refused"}


def test_the_description_of_the_api_names_every_message(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert {"/sync/push", "/sync/pull", "/devices/enrol", "/healthz"} <= set(described["paths"])
    assert {"Batch", "Receipts", "Receipt", "Page", "Pulled", "Enrol", "Enrolled"} <= set(
        described["components"]["schemas"]
    )
