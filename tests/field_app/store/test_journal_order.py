"""The journal in the order of entry, whatever the random ids are, and two records of one day told apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from field_app.locking import transfer_file as files
from field_app.locking.opening import open_store
from field_app.ports.ports import desk_vaults
from field_app.state.desk import Desk
from field_app.state.follow_ups.follow_ups import FollowUps
from field_app.state.forms import begin
from field_app.state.journal import Journal
from field_app.state.tablet.transfer import Transfer
from field_app.store.local_store import Kept, LocalStore
from shared import choices, wire
from tests.field_app.state.test_follow_ups import referral
from tests.field_app.world import SECRET, URL, encounter, kept

SHUFFLED = (7, 2, 9, 4, 1, 8)
DAY = "2026-03-09"


def met(number: int, **changes: object) -> Kept:
    """An encounter of one day whose id sorts by that number."""
    return kept(**({"id": f"08d40000-0000-8000-8000-{number:012}"} | changes))


async def order(desk: Desk) -> list[int]:
    journal = Journal(_desk=desk)
    await journal.refresh()
    return [int(record.id[-12:]) for record in journal.records]


async def entered(store: LocalStore) -> None:
    for number in SHUFFLED:
        await store.keep(met(number))


async def test_the_last_entered_of_a_day_comes_first_today_and_after_a_restart(
    desk: Desk, store: LocalStore, tmp_path: Path
) -> None:
    await entered(store)
    assert await order(desk) == list(reversed(SHUFFLED))
    store.close()
    desk.store = await open_store(tmp_path / "tablet.db", SECRET)
    assert await order(desk) == list(reversed(SHUFFLED))
    await desk.store.keep(met(5))  # the numbers go on after a restart
    assert await order(desk) == [5, *reversed(SHUFFLED)]
    desk.store.close()


async def test_a_record_saved_before_anything_was_read_comes_after_what_is_there(
    desk: Desk, store: LocalStore, tmp_path: Path
) -> None:
    await entered(store)
    store.close()
    desk.store = await open_store(tmp_path / "tablet.db", SECRET)
    await desk.store.keep(met(3))
    assert (await order(desk))[0] == 3
    desk.store.close()


async def test_neither_an_edit_nor_a_receipt_nor_a_pull_moves_a_record(desk: Desk, store: LocalStore) -> None:
    await entered(store)
    edit = await begin.resume(await desk.store.get(met(2).id) or met(2), desk)
    await edit.choose("age_band", "18-21")
    assert await edit.save()
    [leaving] = [k for k in await store.to_send(100) if k.id == met(9).id]
    digest = leaving.record.digest
    await store.mark(wire.Receipt(id=leaving.id, revision=1, status="accepted", digest=digest))
    theirs = wire.Pulled(id=leaving.id, kind="encounter", revision=2, fields=encounter(age_band="18-21"))
    await store.take_page(wire.Page(records=[theirs], cursor="x", more=False, epoch="e"), URL)
    assert await order(desk) == list(reversed(SHUFFLED))
    deleted = await store.get(leaving.id)
    assert deleted is not None
    await store.delete(deleted)
    await store.restore(deleted)
    assert await order(desk) == list(reversed(SHUFFLED))


async def test_what_a_new_form_keeps_field_by_field_has_one_place(desk: Desk, store: LocalStore) -> None:
    draft = await begin.new("encounter", desk)
    await draft.put("day", DAY)
    await store.keep(met(4))
    for name, code in (("commune", "90052"), ("place_type", "mairie"), ("age_band", "18-21")):
        await draft.choose(name, code)
    assert await draft.save()
    journal = Journal(_desk=desk)
    await journal.refresh()
    assert [record.id for record in journal.records] == [met(4).id, draft.id]


async def test_what_colleagues_wrote_comes_in_the_order_it_came(desk: Desk, store: LocalStore) -> None:
    pulled = [wire.Pulled(id=met(n).id, kind="encounter", revision=1, fields=encounter()) for n in SHUFFLED]
    await store.take_page(wire.Page(records=pulled, cursor="x", more=False, epoch="e"), URL)
    assert await order(desk) == list(reversed(SHUFFLED))


async def test_a_later_day_comes_first_and_what_is_to_correct_before_all(desk: Desk, store: LocalStore) -> None:
    await store.keep(met(3, fields=encounter(day="2026-03-10")))
    await store.keep(met(5, state="to_correct", fields=encounter(day="2026-01-05")))
    await entered(store)
    assert await order(desk) == [5, 3, *reversed(SHUFFLED)]


async def test_what_is_imported_comes_after_what_was_entered_here_in_its_own_order(
    desk: Desk, store: LocalStore
) -> None:
    await store.keep(met(3))
    code = files.new_code()
    file = await files.sealed(
        [replace(met(n), entered=place) for place, n in enumerate((8, 6), 1)], code, desk_vaults()
    )
    transfer = Transfer(typed=code, _desk=desk)
    await transfer.take_in(file)
    assert await order(desk) == [6, 8, 3]


async def test_the_order_is_sealed_and_never_travels(store: LocalStore) -> None:
    await entered(store)
    [leaving, *_] = await store.to_send(10)
    assert "entered" not in json.dumps(leaving.record.model_dump())
    rows = store._connection.execute("SELECT * FROM sealed").fetchall()
    assert all(len(row) == 6 for row in rows)  # as before: no number in clear


async def test_of_one_day_what_was_entered_last_is_followed_first(desk: Desk, store: LocalStore) -> None:
    for number, part in zip(SHUFFLED, range(len(SHUFFLED)), strict=True):
        await store.keep(met(number, fields=encounter(referrals=[referral(part + 50)])))
    state = FollowUps(_desk=desk)
    state.take(await store.all())
    assert [int(followed.encounter.id[-12:]) for followed in state.items] == list(reversed(SHUFFLED))


async def test_two_records_of_one_place_and_day_are_told_apart(desk: Desk, store: LocalStore) -> None:
    care, link = [{"theme": "sante--acces-aux-soins"}], [{"theme": "remobilisation--lien-social"}]
    sent = [referral(1) | {"service": "mobijob"}]
    await store.keep(met(1, fields=encounter(needs=care, slot="matin")))
    await store.keep(met(2, fields=encounter(needs=link, slot="soiree", referrals=sent)))
    await store.keep(met(3, fields=encounter(needs=link, slot="soiree", referrals=sent)))
    await store.keep(
        met(4, kind="follow_up", fields={"subject_id": sent[0]["id"], "day": DAY, "outcome": "honoree"})
    )
    journal = Journal(_desk=desk)
    await journal.refresh()
    news, third, second, first = journal.records
    assert journal.more(first) == f"Matin · {choices.load('theme').plain_of(care[0]['theme'])}"
    assert journal.more(second).startswith("Soirée · ")
    assert journal.more(second).endswith(f"vers {desk.directory.name('mobijob')}")
    assert journal.more(news) == f"vers {desk.directory.name('mobijob')}"
    names = journal.names()
    assert len(set(names.values())) == 4  # even two that are the same in everything
    assert names[second.id] == f"{names[third.id]}, n° 2"


async def test_a_record_alone_of_its_kind_keeps_its_short_name(desk: Desk, store: LocalStore) -> None:
    await store.keep(met(1))
    journal = Journal(_desk=desk)
    await journal.refresh()
    assert list(journal.names().values()) == ["Rencontre · Giromagny, 09/03/2026 · Mairie"]
