"""The repère: whom a referral concerns, on this tablet only, and not for long."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from field_app.locking.opening import Gate
from field_app.state import private_note, slips
from field_app.state.desk import Desk
from field_app.state.follow_ups.follow_ups import FollowUps
from field_app.state.forms import begin
from field_app.store.local_store import LocalStore
from field_app.store.private_notes import KEPT_DAYS, LONGEST, Judged, PrivateNotes, judge
from field_app.sync.client import Enrolment, SyncClient
from shared import coupons, ids
from tests.field_app.state.test_follow_ups import an_id, met, news, referral
from tests.field_app.world import NOW, SECRET, URL

TODAY = NOW.date()
COAT = "manteau rouge, vue au marché"


async def test_a_repere_is_there_again_after_a_restart(
    notes: PrivateNotes, store: LocalStore, tmp_path: Path
) -> None:
    assert (await notes.put_text(an_id(1), COAT, TODAY)).problem == ""
    store.close()
    again, found = await Gate(tmp_path / "tablet.db", SECRET).open()
    assert found.get(an_id(1), TODAY).text == COAT
    assert found.get(an_id(2), TODAY).text == ""
    again.close()


async def type_in(notes: PrivateNotes, text: str, after: str = "") -> Judged:
    """One key after the other, as the screen keeps it."""
    for end in range(1, len(text) + 1):
        judged = await notes.put_text(an_id(1), after + text[:end], TODAY)
    return judged


NAMING = ["06 12 34 56 78", "a@b.fr", "1 85 05 78 006 084 91"]


@pytest.mark.parametrize("text", NAMING)
async def test_what_names_a_person_is_not_kept_nor_the_half_of_it(notes: PrivateNotes, text: str) -> None:
    judged = await type_in(notes, text)
    assert "Non gardé" in judged.problem
    assert notes.get(an_id(1), TODAY).text == ""


@pytest.mark.parametrize("text", [*NAMING, "x" * (LONGEST + 1)])
async def test_a_refusal_leaves_what_stood_and_says_so(notes: PrivateNotes, text: str, store: LocalStore) -> None:
    await notes.put_text(an_id(1), COAT, TODAY)
    judged = await notes.put_text(an_id(1), text, TODAY)
    assert judged.problem.endswith(f"Non gardé. « {COAT} » reste gardé.")
    assert notes.get(an_id(1), TODAY).text == COAT
    again = PrivateNotes(store._connection, store.vault)
    await again.load()
    assert again.get(an_id(1), TODAY).text == COAT


@pytest.mark.parametrize("text", NAMING)
async def test_a_number_typed_over_a_repere_or_after_it_leaves_the_repere(notes: PrivateNotes, text: str) -> None:
    await notes.put_text(an_id(1), COAT, TODAY)
    await type_in(notes, text)
    assert notes.get(an_id(1), TODAY).text == COAT
    await type_in(notes, f" {text}", after=COAT)
    assert notes.get(an_id(1), TODAY).text == COAT


@pytest.mark.parametrize("text", ["jean.dupont@free.fr ", "jean (at) free.fr ", "06 12 34 56 78 ", "0612345678"])
async def test_what_names_a_person_typed_before_a_repere_leaves_the_repere(notes: PrivateNotes, text: str) -> None:
    kept = "pull rouge, gare"
    await notes.put_text(an_id(1), kept, TODAY)
    for end in range(1, len(text) + 1):
        judged = await notes.put_text(an_id(1), text[:end] + kept, TODAY)
    assert judged.problem.endswith(f"« {kept} » reste gardé.")
    assert notes.get(an_id(1), TODAY).text == kept


async def test_a_name_that_stays_when_a_number_is_refused_is_said_too(notes: PrivateNotes) -> None:
    judged = await type_in(notes, "Mme Dupont 0612345678")
    assert judged.problem.endswith("« Mme Dupont » reste gardé.")
    assert judged.warning == (await notes.put_text(an_id(1), "Mme Dupont", TODAY)).warning
    assert judged.warning


async def test_one_digit_too_many_does_not_keep_the_number(notes: PrivateNotes) -> None:
    assert "Non gardé" in (await type_in(notes, "rappeler 06123456789")).problem
    assert notes.get(an_id(1), TODAY).text == "rappeler"


async def test_a_number_typed_in_the_middle_leaves_the_words_around_it(notes: PrivateNotes) -> None:
    await notes.put_text(an_id(1), "manteau 06 12 34 56 7 rouge", TODAY)
    await notes.put_text(an_id(1), "manteau 06 12 34 56 78 rouge", TODAY)
    assert notes.get(an_id(1), TODAY).text == "manteau rouge"


async def test_a_repere_emptied_by_hand_does_not_come_back(notes: PrivateNotes) -> None:
    await notes.put_text(an_id(1), COAT, TODAY)
    await notes.put_text(an_id(1), "", TODAY)
    await type_in(notes, "06 12 34 56 78")
    assert notes.get(an_id(1), TODAY).text == ""


async def test_one_sign_too_many_leaves_what_was_typed_so_far(notes: PrivateNotes) -> None:
    judged = await type_in(notes, "x" * (LONGEST + 1))
    assert "Trop long" in judged.problem
    assert notes.get(an_id(1), TODAY).text == "x" * LONGEST


async def test_a_day_and_an_hour_are_kept(notes: PrivateNotes) -> None:
    await notes.put_text(an_id(1), COAT, TODAY)
    assert (await type_in(notes, "RDV 05/12/2026 14h30")).problem == ""
    assert notes.get(an_id(1), TODAY).text == "RDV 05/12/2026 14h30"


def test_a_first_name_is_pointed_at_and_kept() -> None:
    assert "« Kevin » ressemble à un prénom" in judge("le fils de Kevin").warning
    assert judge("le fils de Kevin").problem == ""
    assert judge(COAT) == judge("")


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("voir Mme Haddad", "« Mme Haddad » ressemble au nom d’une personne : préférez un détail"),
        ("habite 12 rue de la Gare", "« 12 rue de la Gare » ressemble à l’adresse d’une personne : gardez la rue"),
        ("12/03/2001", "« 12/03/2001 » ressemble à une date de naissance : enlevez-la."),
    ],
)
def test_what_may_tell_who_it_is_is_pointed_at_and_kept(text: str, warning: str) -> None:
    assert judge(text).problem == ""
    assert judge(text).warning.startswith(warning)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("né le 12/03/2001", "C’est une date de naissance : enlevez-la. Non gardé."),
        ("CAF 1234567", "C’est un numéro de dossier ou de pièce d’identité : enlevez-le. Non gardé."),
    ],
)
async def test_a_birth_date_or_the_number_of_a_paper_is_not_kept(
    notes: PrivateNotes, text: str, problem: str
) -> None:
    assert judge(text).problem == problem
    await notes.put_text(an_id(1), COAT, TODAY)
    await notes.put_text(an_id(1), text, TODAY)
    assert notes.get(an_id(1), TODAY).text == COAT


async def test_what_was_typed_stays_in_the_field_to_be_mended(desk: Desk) -> None:
    note = private_note.open_note(an_id(1), desk)
    await note.put("rappeler 06 12 34 56 78")
    assert note.text == "rappeler 06 12 34 56 78"
    assert "numéro de téléphone" in note.judged.problem
    await note.put(COAT)
    assert note.judged.problem == ""
    assert note.left == LONGEST - len(COAT)
    assert private_note.open_note(an_id(1), desk).text == COAT


async def test_it_goes_when_the_referral_is_over(desk: Desk, notes: PrivateNotes) -> None:
    state = FollowUps(_desk=desk)
    encounter = met(referrals=[referral(1), referral(2)])
    for number in (1, 2):
        await notes.put_text(an_id(number), COAT, TODAY)
    state.take([encounter, news(an_id(1), TODAY, "acces-effectif")])
    assert [notes.get(an_id(n), TODAY).text for n in (1, 2)] == ["", COAT]
    state.take([])  # the encounter was deleted
    assert notes.get(an_id(2), TODAY).text == ""


async def test_it_waits_while_the_outcome_may_be_undone(
    desk: Desk, notes: PrivateNotes, store: LocalStore
) -> None:
    state = FollowUps(_desk=desk)
    await store.keep(met(referrals=[referral(1)]))
    await notes.put_text(an_id(1), COAT, TODAY)
    state.take(await store.all())
    await state.note(state.items[0], "sans-suite")
    assert notes.get(an_id(1), TODAY).text == COAT
    await state.undo()
    assert notes.get(an_id(1), TODAY).text == COAT
    await state.note(state.items[0], "sans-suite")
    await state.leave()
    state.take(await store.all())
    assert notes.get(an_id(1), TODAY).text == ""


async def test_it_goes_after_ninety_days_whatever_happened(desk: Desk, notes: PrivateNotes) -> None:
    await notes.put_text(an_id(1), COAT, TODAY)
    everything = [met(referrals=[referral(1)])]
    desk.clock = lambda: NOW + timedelta(KEPT_DAYS)
    FollowUps(_desk=desk).take(everything)
    assert notes.get(an_id(1), TODAY).text == COAT
    desk.clock = lambda: NOW + timedelta(KEPT_DAYS + 1)
    FollowUps(_desk=desk).take(everything)
    assert notes.get(an_id(1), TODAY).text == ""


async def test_that_of_an_entry_under_way_waits_with_it(
    desk: Desk, notes: PrivateNotes, store: LocalStore
) -> None:
    draft = await begin.new("encounter", desk)
    await draft.toggle("referrals", "service", "mobijob")
    await draft.private_note.put(COAT)
    FollowUps(_desk=desk).take(await store.all())
    assert notes.get(draft.id, TODAY).text == COAT
    await draft.discard()
    FollowUps(_desk=desk).take(await store.all())
    assert notes.get(draft.id, TODAY).text == ""


async def test_a_note_put_under_another_referral_is_erased_and_keeps_no_record_shut(
    notes: PrivateNotes, store: LocalStore, tmp_path: Path
) -> None:
    await store.keep(met(referrals=[referral(1)]))
    await notes.put_text(an_id(1), COAT, TODAY)
    store._connection.execute("UPDATE private SET subject = ?", (an_id(2),))
    store.close()
    again, found = await Gate(tmp_path / "tablet.db", SECRET).open()
    assert len(await again.all()) == 1
    assert [found.get(an_id(n), TODAY).text for n in (1, 2)] == ["", ""]
    assert again._connection.execute("SELECT count(*) FROM private").fetchone() == (0,)
    again.close()


async def test_an_erased_repere_leaves_nothing_on_the_disk(
    notes: PrivateNotes, store: LocalStore, tmp_path: Path
) -> None:
    await notes.put_text(an_id(1), COAT, TODAY)
    [sealed] = store._connection.execute("SELECT ciphertext FROM private").fetchone()
    assert any(sealed in f.read_bytes() for f in tmp_path.iterdir())
    notes.forget([an_id(1)])
    assert not any(sealed in f.read_bytes() for f in tmp_path.iterdir())


class Ear(httpx.AsyncBaseTransport):
    """The real server, and every byte that was sent to it."""

    def __init__(self, through: httpx.AsyncBaseTransport) -> None:
        self.through = through
        self.heard = b""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.heard += str(request.url).encode() + repr(request.headers).encode()
        self.heard += gzip.decompress(body) if body else b""
        return await self.through.handle_async_request(request)


async def test_neither_repere_nor_code_ever_travels_while_everything_is_synced(
    desk: Desk, notes: PrivateNotes, store: LocalStore, transport: httpx.AsyncBaseTransport, enrolment: Enrolment,
    tmp_path: Path,
) -> None:  # fmt: skip
    desk.enrolment = enrolment
    draft = await begin.new("encounter", desk)
    for name, value in (("commune", "90052"), ("place_type", "mairie")):
        await draft.choose(name, value)
    await draft.toggle("referrals", "service", "mobijob")
    [entry] = draft.fields["referrals"]
    await draft.private_note.put(COAT)
    await draft.hand_over(entry)
    assert draft.slip is not None
    code = draft.slip.code
    assert await draft.save()
    state = FollowUps(_desk=desk)
    state.take(await store.all())
    await state.note(state.items[0], "rendez-vous-pris")
    await state.private_note(state.cards[0]).put(COAT + " !")

    ear = Ear(transport)
    for _ in range(2):
        await SyncClient(URL, enrolment.token, ear).run(store)
    assert store.counts() == {"sent": 2}
    assert coupons.hashed(code).encode() in ear.heard  # what is meant to travel does
    for secret in (COAT, "manteau", code, code.replace("-", ""), code[:7]):
        assert secret.encode() not in ear.heard
    for file in tmp_path.glob("tablet.db*"):
        for secret in (COAT, "manteau", code, code.replace("-", "")):
            assert secret.encode() not in file.read_bytes()


async def test_a_slip_has_one_code_for_one_referral_and_its_hash_is_what_is_synced(
    desk: Desk, store: LocalStore
) -> None:
    encounter = met(referrals=[referral(1), referral(2) | {"service": "esd"}])
    await store.keep(encounter)
    one = await slips.hand_over(encounter, an_id(1), desk)
    [held] = await store.all()
    again = await slips.hand_over(held, an_id(1), desk)
    other = await slips.hand_over(held, an_id(2), desk)
    assert one.code == again.code != other.code
    [held] = await store.all()
    assert [r["coupon"] for r in held.fields["referrals"]] == [
        coupons.hashed(one.code),
        coupons.hashed(other.code),
    ]
    assert one.url == f"{URL}/coupon#{one.code}"
    await slips.withdraw(held, an_id(1), desk)
    [held] = await store.all()
    assert ["coupon" in r for r in held.fields["referrals"]] == [False, True]
    assert (await slips.hand_over(held, an_id(1), desk)).code != one.code


async def test_no_slip_while_the_encounter_is_being_edited(desk: Desk, store: LocalStore) -> None:
    encounter = met(referrals=[referral(1)])
    await store.keep(encounter)
    await (await begin.resume(encounter, desk)).choose("gender", "femme")
    state = FollowUps(_desk=desk)
    state.take(await store.all())
    await state.hand_over(state.items[0])
    assert state.slip is None
    assert "enregistrez-la d’abord" in state.message


async def test_a_service_gone_from_the_directory_gives_no_slip(desk: Desk, store: LocalStore) -> None:
    encounter = met(referrals=[referral(1) | {"service": "ferme-depuis"}])
    await store.keep(encounter)
    state = FollowUps(_desk=desk)
    state.take(await store.all())
    await state.hand_over(state.items[0])
    assert "n’est plus dans l’annuaire" in state.message
    assert ids.new_id(TODAY)  # and the rest goes on


async def test_the_slip_a_colleague_handed_over_stays_good(desk: Desk, store: LocalStore) -> None:
    theirs = coupons.hashed(coupons.new_code())
    encounter = replace(met(referrals=[referral(1) | {"coupon": theirs}]), state="received")
    await store.keep(encounter)
    state = FollowUps(_desk=desk)
    state.take(await store.all())
    state.look(team=True)
    await state.hand_over(state.items[0])
    assert (state.slip, "reste valable" in state.message) == (None, True)
    [held] = await store.all()
    assert held.fields["referrals"][0]["coupon"] == theirs
