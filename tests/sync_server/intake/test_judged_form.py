"""What travels is what was judged: whatever form a value came in, colleagues get the one the rules saw."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from shared import rules, wire
from shared.models import KINDS
from shared.territory import TERRITORY
from sync_server.intake import pulling, quarantine
from sync_server.storage import database
from tests.sync_server.world import (
    COLLEAGUE,
    ME,
    TODAY,
    USUAL,
    encounter,
    enrolled,
    follow_up,
    new_id,
    of_kind,
    people,
    pull,
    push,
    statuses,
)

JSON = {"Content-Type": "application/json"}
CALM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LAX = [
    ("presence", {"minutes": True}, {"minutes": 1}),
    ("presence", {"minutes": "60", "agents": 2.0}, {"minutes": 60, "agents": 2}),
    ("presence", {"minutes": " 60 ", "agents": "02"}, {"minutes": 60, "agents": 2}),
    ("presence", {"day": "2026-03-09T00:00:00"}, {"day": "2026-03-09"}),
    ("presence", {"day": 1773014400}, {"day": "2026-03-09"}),
    ("encounter", {"accompanied": "yes"}, {"accompanied": True}),
    ("encounter", {"accompanied": 0}, {"accompanied": False}),
    ("encounter", {"accompanied": "off"}, {"accompanied": False}),
    ("group_session", {"headcount": "12"}, {"headcount": 12}),
    ("group_session", {"partner": "  Mission \t locale "}, {"partner": "Mission locale"}),
    (
        "group_session",
        {"ages": [{"age_band": "18-21", "people": True}]},
        {"ages": [{"age_band": "18-21", "people": 1}]},
    ),
    ("partner_contact", {"structure": " Collège  Val "}, {"structure": "Collège Val"}),
    ("service_report", {"day": "2026-03-09T00:00:00Z"}, {"day": "2026-03-09"}),
]


def strictly(kind: str, fields: dict[str, Any]) -> Any:
    """Those fields, where each is of its own type."""
    return KINDS[kind].model_validate_json(json.dumps(fields), strict=True)


def held(engine: Engine, sender: Any) -> wire.Held:
    with database.reading(engine) as connection:
        return pulling.count_held(connection, sender)


def lost(engine: Engine, sender: Any, marks: dict[str, str]) -> list[str]:
    with database.reading(engine) as connection:
        return pulling.find_lost(connection, sender, wire.Claim(held=marks)).ids


def mark(record: Any) -> str:
    found: str = wire.mark(record.revision, record.digest)
    return found


@pytest.mark.parametrize(("kind", "sent", "kept"), LAX)
def test_a_colleague_gets_the_value_that_was_judged(
    engine: Engine, kind: str, sent: dict[str, Any], kept: dict[str, Any]
) -> None:
    record = of_kind(kind, **sent)
    [receipt] = push(engine, record)
    assert receipt.status == "accepted", receipt.reasons
    assert receipt.digest == wire.Record.model_validate(record).digest  # the sender knows what it sent
    [pulled] = people(pull(engine))
    assert pulled.fields == USUAL[kind] | kept
    assert json.dumps(pulled.fields, sort_keys=True) == json.dumps(
        USUAL[kind] | kept, sort_keys=True
    )  # 1 is no True
    strictly(kind, pulled.fields)
    assert statuses(engine, record) == ["duplicate"]


def test_its_parts_and_a_follow_up_too(engine: Engine) -> None:
    referral = {"id": new_id(), "service": "mobijob", "accepted": "no"}
    push(engine, encounter(referrals=[referral]), follow_up(referral["id"], "2026-03-09T00:00:00", "honoree"))
    met, after = people(pull(engine))
    assert met.fields["referrals"] == [referral | {"accepted": False}]
    assert after.fields["day"] == "2026-03-09"


def test_what_was_not_sent_is_not_made_up(engine: Engine) -> None:
    record = encounter(needs=[{"theme": "mobilite--acceder-a-un-vehicule"}], rights=[], accompanied=False)
    push(engine, record)
    [pulled] = people(pull(engine))
    assert pulled.fields == record["fields"]
    assert pulled.digest == wire.Record.model_validate(record).digest


def test_both_tablets_prove_they_agree_each_by_what_it_has(engine: Engine) -> None:
    mine, theirs = of_kind("presence", minutes="60"), of_kind("presence")
    push(engine, mine)
    push(engine, theirs, sender=COLLEAGUE)
    edited = theirs | {"revision": 2, "base_revision": 1, "fields": theirs["fields"] | {"minutes": "90"}}
    assert statuses(engine, edited) == ["accepted"]
    by_id = {record.id: record for record in people(pull(engine))}
    assert held(engine, ME).digests == wire.fingerprints(
        {mine["id"]: mark(wire.Record(**mine)), edited["id"]: mark(wire.Record(**edited))}
    )
    assert held(engine, COLLEAGUE).digests == wire.fingerprints({theirs["id"]: mark(by_id[theirs["id"]])})
    for record in (wire.Record(**mine), by_id[mine["id"]], wire.Record(**edited), by_id[edited["id"]]):
        assert lost(engine, COLLEAGUE, {record.id: mark(record)}) == []
    assert lost(engine, COLLEAGUE, {mine["id"]: "1.000000000000"}) == [mine["id"]]


def test_a_colleague_edits_what_it_pulled(engine: Engine) -> None:
    record = of_kind("presence", minutes="60")
    push(engine, record)
    [pulled] = people(pull(engine))
    edit = record | {"revision": 2, "base_revision": 1, "made_from": [mark(pulled)], "fields": pulled.fields}
    assert statuses(engine, edit, sender=COLLEAGUE) == ["accepted"]


def test_a_colleague_brings_back_what_is_there(engine: Engine) -> None:
    record = of_kind("presence", minutes="60")
    push(engine, record)
    [pulled] = people(pull(engine))
    again = record | {"base_revision": 1, "made_from": [mark(pulled)], "fields": pulled.fields}
    assert statuses(engine, again, sender=COLLEAGUE) == ["duplicate"]


def test_two_edits_of_it_are_put_together_from_what_both_pulled(engine: Engine) -> None:
    record = of_kind("presence", minutes="60", agents="2")
    push(engine, record)
    [pulled] = people(pull(engine))
    made = {"revision": 2, "base_revision": 1}
    one = record | made | {"made_from": [mark(pulled)], "fields": pulled.fields | {"minutes": 90}}
    other = (
        record | made | {"made_from": [mark(wire.Record(**record))], "fields": record["fields"] | {"agents": "3"}}
    )
    assert statuses(engine, one, sender=COLLEAGUE) == ["accepted"]
    [receipt] = push(engine, other)
    assert receipt.status == "conflict"
    assert receipt.base == pulled.fields
    assert receipt.server is not None
    assert receipt.server.fields == pulled.fields | {"minutes": 90}
    with database.reading(engine) as connection:
        [waits] = quarantine.waiting(connection, TERRITORY)
    assert {d.field: (d.mine, d.theirs) for d in waits.differences} == {
        "minutes": ("60", "90"),
        "agents": ("3", "2"),
    }


def test_what_follows_and_overtakes_in_one_batch(engine: Engine) -> None:
    record = of_kind("presence", minutes="60")
    edit = record | {"revision": 2, "base_revision": 1, "fields": record["fields"] | {"minutes": "61"}}
    assert statuses(engine, record, edit) == ["accepted", "accepted"]
    assert [r.fields["minutes"] for r in people(pull(engine))] == [61]
    with database.reading(engine) as connection:
        bodies = connection.exec_driver_sql("SELECT body FROM past_revision").scalars().all()
    assert [json.loads(body)["minutes"] for body in bodies] == [60]


_whole: st.SearchStrategy[Any] = st.sampled_from(
    [1, 2, 5, True, "7", " 8", 3.0, "9.0", -0.0, 0, None, "", [], "²", 1e300, float("inf")]
)
_yes_no = st.sampled_from([True, False, 0, 1, 1.0, "yes", "N", "true", "oui", None, 2, "", " on"])
_day = st.sampled_from(
    [
        *("2026-03-09", "2026-03-09T00:00:00", "2026-03-09T00:00:00+00:00", "2026-03-09 00:00", " 2026-03-09"),
        *("1773014400", "2026-3-9", "20260309", "\uff12\uff10\uff12\uff16-03-09"),
        *(1773014400, 1773014400000, True, 0, 1e300, 10**30),
    ]
)
_text = st.sampled_from(["Mission locale", " a  b ", "e\u0301cole", "école", "\u00a0x\u2003y", "", None, 3, True])
_slot = st.sampled_from(["matin", " matin", "MATIN", "inconnu", "mati\u0301n", None, 1])
_counts = st.lists(
    st.fixed_dictionaries({"age_band": st.sampled_from(["18-21", "22-25"]), "people": _whole}), max_size=2
)
_VALUES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "encounter": {"accompanied": _yes_no, "day": _day, "slot": _slot},
    "presence": {"minutes": _whole, "agents": _whole, "day": _day},
    "group_session": {"headcount": _whole, "partner": _text, "slot": _slot, "ages": _counts},
    "partner_contact": {"structure": _text, "day": _day},
}
_lax = st.sampled_from(list(_VALUES)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.fixed_dictionaries({}, optional=_VALUES[kind]))
)


@CALM
@given(sent=_lax)
def test_whatever_is_accepted_travels_as_it_was_judged(
    client: TestClient, engine: Engine, sent: tuple[str, dict[str, Any]]
) -> None:
    kind, values = sent
    headers = enrolled(client, engine)
    record = of_kind(kind, **values)
    answer = client.post("/sync/push", content=json.dumps({"records": [record]}), headers=headers | JSON)
    [receipt] = answer.json()["receipts"]
    verdict = rules.judge(kind, json.loads(json.dumps(record["fields"])), rules.Evidence(TODAY))
    assert receipt["status"] == ("refused" if verdict.refusals else "accepted")
    if verdict.refusals:
        return
    page = client.get("/sync/pull?limit=500", headers=enrolled(client, engine)).json()
    [pulled] = [r for r in page["records"] if r["id"] == record["id"]]
    assert strictly(kind, pulled["fields"]) == verdict.fields
    assert pulled["fields"].keys() == record["fields"].keys()
