"""The wire: digests both sides agree on, ids that tell a day and no more, messages that stay as they are."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared import ids, wire
from shared.models import EncounterFields
from shared.models.base import Fields

ID = "08d40000-0000-8000-8000-000000000001"
_values = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.booleans(), max_size=5)


@given(_values)
def test_the_digest_does_not_depend_on_the_order_of_entry(fields: dict[str, object]) -> None:
    backwards = dict(reversed(list(fields.items())))
    assert wire.digest("encounter", False, fields) == wire.digest("encounter", False, backwards)


@given(_values, _values)
def test_other_fields_have_another_digest(one: dict[str, object], other: dict[str, object]) -> None:
    same = wire.digest("encounter", False, one) == wire.digest("encounter", False, other)
    assert same == (repr(sorted(one.items())) == repr(sorted(other.items())))


def test_a_tombstone_and_another_kind_have_another_digest() -> None:
    digests = {
        wire.digest("encounter", False, {}),
        wire.digest("encounter", True, {}),
        wire.digest("presence", False, {}),
    }
    assert len(digests) == 3


def test_the_digest_is_frozen_for_old_clients() -> None:
    fields = {"day": "2026-03-09", "commune": "90052", "needs": [{"theme": "sante--acces-aux-soins"}], "é": True}
    assert wire.digest("encounter", False, fields) == "d2fbcc1ec059a592e315dd4550a01e92"


def test_a_record_needs_an_id_a_kind_and_a_revision() -> None:
    good = {"id": ID, "kind": "encounter", "revision": 1}
    assert wire.Record.model_validate(good).fields == {}
    for wrong in (
        {"id": "x"},
        {"id": ID.upper()},
        {"revision": 0},
        {"revision": None},
        {"surprise": 1},
        {"kind": "k" * 41},
    ):
        with pytest.raises(ValidationError):
            wire.Record.model_validate(good | wrong)


def test_the_client_reads_an_answer_from_a_newer_server() -> None:
    answer = {"records": [], "cursor": "a.1", "epoch": "a", "more": False, "news": {"from": "the future"}}
    assert wire.Page.model_validate(answer).cursor == "a.1"


def test_a_batch_takes_anything_so_that_nothing_blocks_the_rest() -> None:
    assert len(wire.Batch.model_validate({"records": [1, None, {}]}).records) == 3
    with pytest.raises(ValidationError):
        wire.Batch.model_validate({"records": [0] * (wire.MOST_RECORDS + 1)})


def test_the_compact_form_leaves_out_what_says_nothing_and_reads_back_the_same() -> None:
    met = {
        "action": "jeunes",
        "day": "2026-03-09",
        "commune": "90010",
        "place_type": "mairie",
        "gender": "inconnu",
    }
    fields = EncounterFields.model_validate(met)
    assert fields.compact() == {k: v for k, v in met.items() if k != "gender"}
    assert EncounterFields.model_validate(fields.compact()) == fields
    assert isinstance(fields, Fields)


@given(st.dates(date(2020, 1, 1), date(2199, 1, 1)))
def test_an_id_tells_the_day_and_looks_as_the_wire_wants(day: date) -> None:
    one, other = ids.new_id(day), ids.new_id(day)
    assert re.fullmatch(ids.PATTERN, one)
    assert UUID(one).version == 8
    assert one != other
    assert one[:4] == other[:4]
    assert int(one[:4], 16) == (day - date(2020, 1, 1)).days


def test_ids_of_later_days_sort_after_those_of_earlier_days() -> None:
    assert ids.new_id(date(2026, 3, 9)) < ids.new_id(date(2026, 3, 10))


@given(st.integers(0, 2**112 - 1))
def test_a_seeded_id_is_always_well_formed(bits: int) -> None:
    assert re.fullmatch(ids.PATTERN, ids.new_id(date(2026, 1, 1), bits))
