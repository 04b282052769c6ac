"""Where three things meet: a log that lost a row, what is kept apart for another team, a record sent again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, func, select

from shared.models import Encounter, FollowUp
from sync_server import database
from sync_server.intake import APART
from sync_server.store import RECORD
from sync_server.tables import table
from tests.sync_server.world import Json, Tablet, edit, encounter, follow_up, new_id, tombstone


def forget(engine: Engine, key: str) -> None:
    """The log loses that row; its columns and its history stay."""
    with database.writing(engine) as connection:
        connection.execute(delete(RECORD).where(RECORD.c.id == key))


def count(engine: Engine, model: Any) -> int:
    with database.reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table(model))) or 0


def keys(engine: Engine, record_id: str) -> list[str]:
    with database.reading(engine) as connection:
        return sorted(connection.scalars(select(RECORD.c.id).where(RECORD.c.id.startswith(record_id))))


def with_referral() -> tuple[Json, str]:
    referral = {"id": new_id(), "service": "mobijob"}
    return encounter(referrals=[referral]), str(referral["id"])


def test_what_is_kept_apart_and_lost_comes_again(giromagny: Tablet, stranger: Tablet, engine: Engine) -> None:
    met = encounter(gender="femme")
    giromagny.push(met)
    mine = encounter(met["id"], gender="homme")
    stranger.push(mine)
    later = edit(mine, rsa="oui")
    stranger.push(later)
    forget(engine, f"{met['id']}{APART}delle")
    assert stranger.push_one(mine)["status"] in ("accepted", "duplicate")
    good = encounter()
    assert [r["status"] for r in stranger.push(later, good)] == ["accepted", "accepted"]


def test_a_follow_up_of_the_team_counts_though_the_log_lost_its_encounter(
    giromagny: Tablet, engine: Engine
) -> None:
    met, referral = with_referral()
    giromagny.push(met)
    forget(engine, met["id"])
    told = follow_up(referral, "2026-03-09", "honoree")
    assert giromagny.push_one(told)["status"] == "accepted"
    assert keys(engine, told["id"]) == [told["id"]]
    assert count(engine, FollowUp) == 1


def test_a_late_repeat_of_what_the_log_lost_leaves_what_is_counted(giromagny: Tablet, engine: Engine) -> None:
    met = encounter(gender="femme")
    giromagny.push(met)
    giromagny.push(edit(met, rsa="oui"))
    forget(engine, met["id"])
    assert giromagny.push_one(met)["status"] == "duplicate"
    assert count(engine, Encounter) == 1


def test_a_deletion_goes_where_the_record_is_kept(giromagny: Tablet, stranger: Tablet, engine: Engine) -> None:
    met, referral = with_referral()
    giromagny.push(met)
    told = follow_up(referral, "2026-03-09", "honoree")
    stranger.push(told)
    assert stranger.push_one(tombstone(told))["status"] == "accepted"
    assert keys(engine, told["id"]) == [f"{told['id']}{APART}delle"]
    assert count(engine, FollowUp) == 0


def test_an_edit_goes_where_the_first_revision_was_put(
    giromagny: Tablet, stranger: Tablet, engine: Engine
) -> None:
    met, referral = with_referral()
    told = follow_up(referral, "2026-03-09", "honoree")
    stranger.push(told)  # nobody knows yet what it is about
    giromagny.push(met)
    assert stranger.push_one(edit(told, outcome="non-presentee"))["status"] == "accepted"
    assert keys(engine, told["id"]) == [told["id"]]


def test_to_list_another_team_s_referral_as_one_s_own_gives_no_right(
    giromagny: Tablet, stranger: Tablet, engine: Engine
) -> None:
    met, referral = with_referral()
    giromagny.push(met)
    stranger.push(encounter(referrals=[{"id": referral, "service": "mobijob"}]))
    stranger.push(follow_up(referral, "2026-03-09", "honoree"))
    assert count(engine, FollowUp) == 0


def pieces(first: bytes, junk: int) -> Iterator[bytes]:
    yield first
    for _ in range(junk):
        yield b"x" * 65_536


@pytest.mark.parametrize("junk", [1, 200])
def test_what_follows_the_end_of_a_packed_body_is_not_read(client: TestClient, junk: int) -> None:
    import gzip

    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = client.post("/sync/push", content=pieces(gzip.compress(b"{}"), junk), headers=headers)
    assert answer.status_code in (400, 413, 422, 426)
    packed = gzip.compress(b"{}", 0)[:10] + b"" * 3
    assert client.post("/sync/push", content=packed, headers=headers).status_code in (400, 413, 422, 426)
