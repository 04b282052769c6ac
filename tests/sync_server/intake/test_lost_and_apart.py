"""Where three things meet: a log that lost a row, what is kept apart for another team, a record sent again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, func, select, update

from shared import coupons as codes
from shared.models.tables import Encounter, FollowUp, Presence
from shared.territory import TERRITORY
from sync_server.access import slips
from sync_server.intake.judge import APART
from sync_server.intake.store import RECORD
from sync_server.storage import database
from sync_server.storage.tables import table
from tests.sync_server.world import (
    TODAY,
    USUAL,
    Json,
    Tablet,
    edit,
    encounter,
    follow_up,
    mark_of,
    new_id,
    of_kind,
    tombstone,
)


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


def columns(engine: Engine, record: Json) -> list[str]:
    c = table(Encounter).c
    with database.reading(engine) as connection:
        return list(connection.scalars(select(c.gender).where(c.id == record["id"])))


def as_new(record: Json) -> Json:
    """As who knows only the id sends it."""
    return {"id": record["id"], "kind": "encounter", "revision": 1, "fields": encounter(gender="homme")["fields"]}


def lose_one(giromagny: Tablet, engine: Engine, state: str) -> Json:
    """A record of Giromagny in that state, of which the log then loses the row; its last version."""
    met = encounter(gender="femme")
    giromagny.push(met)
    if state == "edited":
        giromagny.push(met := edit(met, rsa="oui"))
    if state == "deleted":
        giromagny.push(met := tombstone(met))
    forget(engine, met["id"])
    return met


STATES = ["new", "edited", "deleted"]


@pytest.mark.parametrize("state", STATES)
def test_another_team_takes_over_nothing_that_the_log_lost(
    giromagny: Tablet, stranger: Tablet, engine: Engine, state: str
) -> None:
    met = lose_one(giromagny, engine, state)
    counted = columns(engine, met)
    unknown, presence = new_id(), as_new(met) | {"kind": "presence", "fields": USUAL["presence"]}
    for sent in (as_new(met), edit(as_new(met), rsa="oui"), presence, tombstone(as_new(met))):
        mine, other = stranger.push(sent, sent | {"id": unknown})
        assert json.loads(json.dumps(mine).replace(met["id"], unknown)) == other
        assert keys(engine, met["id"]) == [f"{met['id']}{APART}delle"]
        assert columns(engine, met) == counted
    again = met | {"base_revision": met["revision"], "made_from": [mark_of(met)]}
    assert giromagny.push_one(again)["status"] == "accepted"
    assert keys(engine, met["id"]) == [met["id"], f"{met['id']}{APART}delle"]
    assert columns(engine, met) == counted
    assert giromagny.pull().keys() == ({met["id"]} if state == "deleted" else set())


@pytest.mark.parametrize("state", STATES)
def test_another_team_learns_nothing_of_what_the_log_lost(
    giromagny: Tablet, stranger: Tablet, engine: Engine, state: str
) -> None:
    first = encounter(gender="femme")
    giromagny.push(first)
    if state != "new":
        giromagny.push(edit(first, rsa="oui") if state == "edited" else tombstone(first))
    forget(engine, first["id"])
    assert not stranger.claims(first)
    assert stranger.push_one(first)["status"] == "accepted"  # not « duplicate », though the history has it
    assert stranger.claims(first)


def test_its_team_deletes_what_the_log_lost_and_it_counts_no_more(giromagny: Tablet, engine: Engine) -> None:
    met = lose_one(giromagny, engine, "new")
    assert giromagny.push_one(tombstone(met))["status"] == "accepted"
    assert columns(engine, met) == []


def test_its_team_sends_it_as_another_kind_and_it_counts_once(giromagny: Tablet, engine: Engine) -> None:
    met = lose_one(giromagny, engine, "new")
    assert giromagny.push_one(of_kind("presence") | {"id": met["id"]})["status"] == "accepted"
    assert (columns(engine, met), count(engine, Presence)) == ([], 1)


def test_a_tablet_that_changed_teams_brings_back_what_it_wrote_to_the_first(
    giromagny: Tablet, engine: Engine
) -> None:
    met = encounter(gender="femme")
    giromagny.push(met, edit(met, rsa="oui"))
    forget(engine, met["id"])
    giromagny.enrol("delle")
    assert giromagny.push_one(edit(edit(met, rsa="oui"), rsa="non"))["status"] == "accepted"
    with database.reading(engine) as connection:
        assert connection.scalar(select(RECORD.c.team).where(RECORD.c.id == met["id"])) == "giromagny"


def test_it_takes_over_nothing_that_its_former_colleagues_wrote(
    giromagny: Tablet, client: TestClient, engine: Engine
) -> None:
    met = lose_one(Tablet(client, engine).enrol("giromagny"), engine, "edited")
    giromagny.enrol("delle")
    giromagny.push(as_new(met))
    assert keys(engine, met["id"]) == [f"{met['id']}{APART}delle"]
    assert columns(engine, met) == ["femme"]


@pytest.mark.parametrize("state", STATES)
def test_a_revoked_tablet_changes_nothing_that_the_log_lost(
    giromagny: Tablet, client: TestClient, engine: Engine, state: str
) -> None:
    met = lose_one(giromagny, engine, state)
    counted = columns(engine, met)
    revoked = Tablet(client, engine).enrol("giromagny")
    revoked.revoke()
    for sent in (as_new(met), edit(met), tombstone(met)):
        assert [r["code"] for r in revoked.push_one(sent)["reasons"]] == ["revoked_device"]
    assert (keys(engine, met["id"]), columns(engine, met)) == ([], counted)


def test_a_follow_up_of_another_team_s_lost_encounter_neither_tells_nor_counts(
    giromagny: Tablet, stranger: Tablet, engine: Engine
) -> None:
    met, referral = with_referral()
    giromagny.push(met)
    forget(engine, met["id"])
    assert stranger.push_one(follow_up(referral, "2026-03-09", "honoree"))["status"] == "accepted"
    assert count(engine, FollowUp) == 0


def test_a_service_s_answer_to_a_slip_of_a_lost_encounter_counts(giromagny: Tablet, engine: Engine) -> None:
    code = codes.new_code()
    met = encounter(referrals=[{"id": new_id(), "service": "mobijob", "coupon": codes.hashed(code)}])
    giromagny.push(met)
    forget(engine, met["id"])
    slips.report(engine, TERRITORY, codes.hashed(code), slips.CAME, TODAY)
    assert [told["kind"] for told in giromagny.pull().values()] == ["follow_up"]


def test_what_was_lost_before_the_columns_told_the_team_goes_to_who_sends_it_first(
    giromagny: Tablet, stranger: Tablet, engine: Engine
) -> None:
    met = lose_one(giromagny, engine, "new")
    with database.writing(engine) as connection:
        connection.execute(update(table(Encounter)).values(team=None))
    assert stranger.push_one(as_new(met))["status"] == "accepted"
    assert (keys(engine, met["id"]), columns(engine, met)) == ([met["id"]], ["homme"])


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
