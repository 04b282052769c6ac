"""A text of any length in any field is refused for its record alone, and holds nobody up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import Engine

from shared import problems_fr, wire
from shared.models import KINDS
from tests.sync_server.web.test_api_fuzz import push
from tests.sync_server.world import USUAL, enrolled, new_id, of_kind

LONG = 12_000
LONGEST = 1_500_000
"""Of what one body may hold (`wire.MOST_BYTES`)."""


def texts(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    """The path of every field of that kind, those of its parts too."""
    for name, info in model.model_fields.items():
        parts = [
            part for part in get_args(info.annotation) if isinstance(part, type) and issubclass(part, BaseModel)
        ]
        yield from ((name, *path) for part in parts for path in texts(part))
        yield (name,)


FIELDS = [(kind, path) for kind, model in KINDS.items() for path in texts(model)]


def record_with(kind: str, path: tuple[str, ...], text: str) -> dict[str, Any]:
    value = [{path[1]: text}] if len(path) > 1 else text
    return {"id": new_id(), "kind": kind, "revision": 1, "fields": USUAL.get(kind, {}) | {path[0]: value}}


@pytest.mark.parametrize("sign", ["a", "1", "@", " ", "é"])
def test_twelve_thousand_signs_in_any_field_are_refused_for_their_record_alone(
    client: TestClient, engine: Engine, sign: str
) -> None:
    tablet = enrolled(client, engine)
    receipts = []
    for kind in KINDS:
        records = [record_with(kind, path, sign * LONG) for of, path in FIELDS if of == kind]
        *refused, good = push(client, tablet, [*records, of_kind("presence", **USUAL["presence"])])
        assert good.status == "accepted"
        receipts += refused
    assert {r.status for r in receipts} == {"refused"}
    assert all(len(reason.message) < 400 for r in receipts for reason in r.reasons)


@pytest.mark.parametrize("sign", ["a", "1", "@", " ", "a "])
@pytest.mark.parametrize(
    ("kind", "name"),
    [("partner_contact", "structure"), ("group_session", "partner"), ("group_session", "establishment")],
)
def test_a_body_that_is_one_text_is_refused_for_its_record_alone(
    client: TestClient, engine: Engine, kind: str, name: str, sign: str
) -> None:
    tablet = enrolled(client, engine)
    hostile = record_with(kind, (name,), (sign * LONGEST)[:LONGEST])
    receipts = push(client, tablet, [hostile, of_kind("presence", **USUAL["presence"])])
    assert [r.status for r in receipts] == ["refused", "accepted"]
    [reason] = receipts[0].reasons
    assert (reason.field, reason.code) == (name, "string_too_long")
    assert "80 caractères au plus" in reason.message


@pytest.mark.parametrize("part", ["needs", "obstacles", "rights", "referrals"])
def test_thousands_of_parts_are_refused_with_a_receipt_that_stays_small(
    client: TestClient, engine: Engine, part: str
) -> None:
    tablet = enrolled(client, engine)
    hostile = of_kind("encounter", **USUAL["encounter"], **{part: [{"x": 1}] * 50_000})
    receipts = push(client, tablet, [hostile, of_kind("presence", **USUAL["presence"])])
    assert [r.status for r in receipts] == ["refused", "accepted"]
    assert len(receipts[0].reasons) <= problems_fr.MOST_SAID


def test_thousands_of_unknown_fields_are_refused_with_a_receipt_that_stays_small(
    client: TestClient, engine: Engine
) -> None:
    tablet = enrolled(client, engine)
    hostile = of_kind("presence", **USUAL["presence"], **{f"x{number}": 1 for number in range(100_000)})
    receipts = push(client, tablet, [hostile, of_kind("presence", **USUAL["presence"])])
    assert [r.status for r in receipts] == ["refused", "accepted"]
    assert len(receipts[0].reasons) == problems_fr.MOST_SAID
    assert len(wire.Receipts(receipts=receipts).model_dump_json()) < 50_000
