"""A record that cannot be read refuses only itself: what its neighbours say is taken."""

from __future__ import annotations

import gzip
import json
import time
from contextlib import suppress
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from shared import wire
from sync_server.errors import ServerError
from sync_server.intake import batches
from tests.sync_server.world import encounter, enrolled, follow_up, new_id, of_kind, people, pull, statuses

CALM = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
UNREADABLE = [
    *(b"[" * depth + b"]" * depth for depth in (500, 960, 980, 1_000, 5_000)),
    b'{"a":' * 980 + b"1" + b"}" * 980,
    b"9" * 5_000,
    b"-" + b"9" * 5_000,
    b"1e400",
    b"NaN",
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\xc3"',
    b'"a\x00b"',
    b'"\\ud800"',
    b'"\\u0000"',
    b'"\\q"',
    b"truth",
    b"",
    b"01",
    b"'x'",
]


@pytest.fixture
def tablet(client: TestClient, engine: Engine) -> dict[str, str]:
    return enrolled(client, engine) | {"Content-Type": "application/json"}


def send(client: TestClient, headers: dict[str, str], *records: bytes) -> list[wire.Receipt]:
    answer = client.post("/sync/push", content=b'{"records": [%s]}' % b", ".join(records), headers=headers)
    assert answer.status_code == 200, answer.text
    receipts = wire.Receipts.model_validate(answer.json()).receipts
    assert len(receipts) == len(records)
    return receipts


def as_bytes(record: Any, value: bytes = b"") -> bytes:
    return json.dumps(record).encode().replace(b'"HERE"', value)


@pytest.mark.parametrize("value", UNREADABLE, ids=lambda value: ascii(value[:12]))
def test_among_good_ones_it_is_refused_by_name_and_they_are_taken(
    client: TestClient, tablet: dict[str, str], engine: Engine, value: bytes
) -> None:
    good, other = encounter(), encounter()
    bad = [of_kind("encounter", **{place: "HERE"}) for place in ("gender", "needs", "minutes", "whatever")]
    receipts = send(client, tablet, as_bytes(good), *(as_bytes(one, value) for one in bad), as_bytes(other))
    assert [r.status for r in receipts] == ["accepted", *["refused"] * len(bad), "accepted"]
    assert [(r.id, r.revision) for r in receipts[1:-1]] == [(one["id"], 1) for one in bad]
    assert all(r.reasons for r in receipts[1:-1])
    assert {r.id for r in people(pull(engine))} == {good["id"], other["id"]}


@pytest.mark.parametrize("value", UNREADABLE, ids=lambda value: ascii(value[:12]))
def test_whichever_part_of_its_envelope_is_unreadable(
    client: TestClient, tablet: dict[str, str], value: bytes
) -> None:
    members = ("kind", "revision", "base_revision", "made_from", "deleted", "fields", "id")
    bad = [encounter() for _ in members]
    sent = [as_bytes(one | {member: "HERE"}, value) for one, member in zip(bad, members, strict=True)]
    *refused, last = send(client, tablet, *sent, as_bytes(encounter()))
    assert last.status == "accepted"
    assert {r.status for r in refused} == {"refused"}
    assert all(r.reasons for r in refused)
    assert [r.id for r in refused[:-1]] == [one["id"] for one in bad[:-1]]


@pytest.mark.parametrize("value", UNREADABLE, ids=lambda value: ascii(value[:12]))
def test_what_is_no_record_at_all_and_what_a_follow_up_is_about(
    client: TestClient, tablet: dict[str, str], value: bytes
) -> None:
    about = as_bytes(follow_up("HERE", "2026-03-09", "honoree"), value)
    receipts = send(client, tablet, value or b"x", about, as_bytes(encounter()))
    assert [r.status for r in receipts] == ["refused", "refused", "accepted"]
    assert receipts[0].id == ""


def test_its_id_is_its_own_and_not_that_of_one_of_its_parts(client: TestClient, tablet: dict[str, str]) -> None:
    part = {"id": new_id(), "service": "mobijob"}
    bad = {"fields": {"day": "HERE", "referrals": [part]}, "revision": 3, "id": new_id(), "kind": "encounter"}
    [receipt] = send(client, tablet, as_bytes(bad, b"[" * 2_000 + b"]" * 2_000))
    assert (receipt.id, receipt.revision) == (bad["id"], 3)


def test_signs_inside_a_text_are_no_structure(client: TestClient, tablet: dict[str, str]) -> None:
    odd = as_bytes(encounter(gender='}],"\\{[ "records": ['))
    receipts = send(client, tablet, odd, b"9" * 5_000, as_bytes(encounter()))
    assert [r.status for r in receipts] == ["refused", "refused", "accepted"]


def test_packed_it_is_the_same(client: TestClient, tablet: dict[str, str]) -> None:
    body = gzip.compress(b'{"records": [%s, {"id": "\xff"}]}' % as_bytes(encounter()))
    answer = client.post("/sync/push", content=body, headers=tablet | {"Content-Encoding": "gzip"})
    assert [r["status"] for r in answer.json()["receipts"]] == ["accepted", "refused"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"records": [%s, {"id": ',
        b'{"records": [%s,, {]}',
        b'{"records": [%s, 01]} and more',
        b'{"records": %s}',
        b'[{"records": [%s]}',
        b'{"record": [%s, 01]}',
        b'{"records": [%s, 01], "x": 01}',
        b'{"records": [%s, 01] "x"}',
        b'{"records": ["%s, 01]}',
        b"\xff%s",
    ],
)
def test_a_body_that_is_no_batch_writes_nothing(
    client: TestClient, tablet: dict[str, str], engine: Engine, body: bytes
) -> None:
    record = encounter()
    answer = client.post("/sync/push", content=body.replace(b"%s", as_bytes(record)), headers=tablet)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert people(pull(engine)) == []


def test_a_batch_has_a_bounded_number_of_records_however_it_is_read(
    client: TestClient, tablet: dict[str, str]
) -> None:
    body = b'{"records": [%s]}' % b",".join([b"01"] * (wire.MOST_RECORDS + 1))
    assert client.post("/sync/push", content=body, headers=tablet).status_code == 422
    assert len(send(client, tablet, *[b"01"] * wire.MOST_RECORDS)) == wire.MOST_RECORDS


def test_who_is_unknown_has_nothing_of_it_read(client: TestClient, tablet: dict[str, str]) -> None:
    headers = tablet | {"Authorization": "Bearer nobody"}
    assert client.post("/sync/push", content=b'{"records": [01]}', headers=headers).status_code == 401


def test_a_thousand_keys_that_do_not_exist_are_not_answered_one_by_one(engine: Engine, client: TestClient) -> None:
    headers = enrolled(client, engine) | {"Content-Type": "application/json"}
    wrong = of_kind("encounter", **{f"x{i}": 1 for i in range(1_000)})
    [receipt] = send(client, headers, as_bytes(wrong))
    assert len(receipt.reasons) == 20


def test_read_apart_it_is_what_is_read_whole(engine: Engine) -> None:
    records = [encounter(), {"id": 1, "x": ['"', "\\", "é", {}]}, [], "text", 1.5, None, True]
    apart = batches.split([batches.Unsplit(json.dumps({"a": [1], "records": [*records, "HERE"]}).encode())])
    assert list(apart)[:-1] == records
    assert statuses(engine, apart[0]) == ["accepted"]


@CALM
@given(
    bad=st.lists(st.text(alphabet='[]{}",\\:\n 019éx', max_size=30), max_size=4),
    cut=st.integers(0, 60),
)
def test_any_signs_are_refused_or_make_no_batch_and_never_break_it(
    client: TestClient, tablet: dict[str, str], bad: list[str], cut: int
) -> None:
    records = [*(one.encode() for one in bad), as_bytes(encounter())[cut:]]
    answer = client.post("/sync/push", content=b'{"records": [%s]}' % b",".join(records), headers=tablet)
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert all(r["reasons"] or r["status"] == "accepted" for r in answer.json()["receipts"])


@pytest.mark.parametrize(
    "piece", [b"[", b"]", b"{", b'"', b'\\"', b"\\", b"[],", b'"x":', b"\xff", b" ", b",", b'"\\"', b"9"]
)
def test_reading_apart_takes_time_in_proportion_to_the_length(piece: bytes) -> None:
    def seconds(length: int) -> float:
        whole = b'{"records": [{"id": "' + piece * (length // len(piece))
        bodies = [whole, whole + b'"}]}', b'{"records": [[' + piece * (length // len(piece)) + b"]]}"]
        best = []
        for _ in range(3):
            start = time.thread_time()
            for body in bodies:
                with suppress(ServerError):
                    batches.split([batches.Unsplit(body)])
            best.append(time.thread_time() - start)
        return min(best)

    assert seconds(400_000) < 40 * seconds(40_000) + 0.05
