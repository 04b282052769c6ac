"""What is being entered: kept field by field, judged before it is saved."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.state.forms.drafts import Draft
from field_app.state.journal import Journal, details, title
from field_app.store.local_store import Kept, LocalStore
from tests.field_app.world import NOW, encounter, kept

LINK, CARE = "remobilisation--lien-social", "sante--acces-aux-soins"


@pytest.fixture
async def draft(desk: Desk) -> Draft:
    return await begin.new("encounter", desk)


async def filled(desk: Desk) -> Draft:
    found = await begin.new("encounter", desk)
    await found.choose("commune", "90052")
    await found.choose("place_type", "mairie")
    return found


async def test_the_day_the_slot_and_the_teams_action_are_proposed(draft: Draft) -> None:
    assert draft.fields == {"action": "trait-dunion", "day": "2026-03-10", "slot": "apres-midi"}


async def test_place_and_commune_used_last_are_proposed_next_time(desk: Desk) -> None:
    assert await (await filled(desk)).save()
    fields = (await begin.new("presence", desk)).fields
    assert (fields["commune"], fields["place_type"]) == ("90052", "mairie")
    assert "minutes" not in fields  # nobody's duration


async def test_a_presence_has_no_duration_until_somebody_gives_one(desk: Desk) -> None:
    draft = await begin.new("presence", desk)
    await draft.put("commune", "90052")
    await draft.put("place_type", "mairie")
    assert not await draft.save()
    assert draft.refusal("minutes") == "À indiquer avant d’enregistrer"
    await draft.put("minutes", 30)
    assert await draft.save()


async def test_the_second_encounter_at_a_place_is_saved_by_one_commit_without_opening_its_draft(
    desk: Desk, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await (await filled(desk)).save()
    second = await filled(desk)
    done: list[str] = []
    opened: list[str] = []
    cipher = store.vault.open

    async def open_it(sealed: bytes, about: str) -> bytes:
        opened.append(about)
        return await cipher(sealed, about)

    monkeypatch.setattr(store.vault, "open", open_it)
    store._connection.set_trace_callback(done.append)
    assert await second.save()
    assert done.count("COMMIT") == 1
    assert opened == []
    assert [kept.state for kept in await store.all()] == ["pending", "pending"]


async def test_each_field_is_kept_as_it_is_entered(draft: Draft, store: LocalStore) -> None:
    assert await store.all() == []  # opening the form keeps nothing
    for name, code in (("commune", "90052"), ("age_band", "18-21"), ("gender", "femme")):
        await draft.choose(name, code)
        [waiting] = await store.all()
        assert (waiting.state, waiting.fields[name]) == ("draft", code)


async def test_a_chip_tapped_twice_is_taken_back(draft: Draft) -> None:
    await draft.choose("age_band", "18-21")
    await draft.choose("age_band", "18-21")
    assert draft.value("age_band") == "inconnu"
    await draft.choose("commune", "90052")
    await draft.choose("commune", "90052")
    assert draft.value("commune") == "90052"  # what must be given is not taken back


@pytest.mark.parametrize(
    ("taps", "year", "ever"),
    [
        ([("first_contact_ever", "oui")], "oui", "oui"),
        ([("first_contact_year", "non")], "non", "non"),
        ([("first_contact_ever", "oui"), ("first_contact_year", "non")], "non", "non"),
        ([("first_contact_ever", "oui"), ("first_contact_year", "ne-sait-pas")], "ne-sait-pas", None),
        ([("first_contact_year", "oui"), ("first_contact_ever", "non")], "oui", "non"),
        ([("first_contact_year", "oui"), ("first_contact_year", "oui")], None, None),
        ([("first_contact_year", "non"), ("first_contact_year", "non")], None, None),
        ([("first_contact_year", "ne-sait-pas")], "ne-sait-pas", None),
        ([("first_contact_year", "non"), ("first_contact_year", "oui")], "oui", None),
        ([("first_contact_ever", "oui"), ("first_contact_ever", "oui")], "oui", None),
        ([("first_contact_ever", "non"), ("first_contact_year", "ne-sait-pas")], "ne-sait-pas", None),
        (
            [("first_contact_year", "oui"), ("first_contact_ever", "non"), ("first_contact_year", "oui")],
            None,
            None,
        ),
    ],
)
async def test_the_first_contacts_never_contradict_each_other(
    desk: Desk, taps: list[tuple[str, str]], year: str | None, ever: str | None
) -> None:
    draft = await filled(desk)
    for name, code in taps:
        await draft.choose(name, code)
    assert (draft.fields.get("first_contact_year"), draft.fields.get("first_contact_ever")) == (year, ever)
    assert await draft.save()


async def test_a_need_proposes_its_services_nearest_first(desk: Desk) -> None:
    draft = await filled(desk)
    entries = draft.services(LINK)
    assert entries[0].id == "centre-socio-culturel-de-la-haute-savoureuse"
    assert entries[0].km == 0
    distances = [e.km for e in entries if e.km is not None]
    assert distances == sorted(distances)
    await draft.choose("commune", "90033")
    assert draft.services(LINK)[0].id == "centres-sociaux-de-delle-et-beaucourt"


async def test_a_referral_goes_with_its_need(desk: Desk, store: LocalStore) -> None:
    draft = await filled(desk)
    await draft.toggle("needs", "theme", LINK)
    await draft.toggle("needs", "theme", CARE)
    await draft.toggle("referrals", "service", "prevention-specialisee", theme=LINK)
    await draft.toggle("referrals", "service", "cpam-90", theme=CARE)
    await draft.change_referral("cpam-90", "accepted", False)
    await draft.toggle("needs", "theme", LINK)
    [left] = draft.fields["referrals"]
    assert (left["service"], left["accepted"]) == ("cpam-90", False)
    assert await draft.save()
    [saved] = await store.all()
    assert saved.state == "pending"
    assert saved.fields["needs"] == [{"theme": CARE}]


async def test_without_a_commune_the_form_says_what_is_missing_and_keeps_all(
    draft: Draft, store: LocalStore
) -> None:
    await draft.choose("gender", "femme")
    assert not await draft.save()
    assert [p.message for p in draft.problems] == [
        "Commune : à indiquer avant d’enregistrer",
        "Lieu : à indiquer avant d’enregistrer",
    ]
    [waiting] = await store.all()
    assert (waiting.state, waiting.fields["gender"]) == ("draft", "femme")


async def test_a_warning_is_shown_as_one_goes_and_does_not_stop_saving(desk: Desk) -> None:
    draft = await filled(desk)
    await draft.choose("action", "jeunes")
    await draft.choose("age_band", "60-74")
    assert ["16-25 ans" in p.message and p.warning for p in draft.problems] == [True]
    assert await draft.save()


async def test_the_day_goes_back_and_never_beyond_today(draft: Draft) -> None:
    await draft.move_day(-3)
    assert draft.fields["day"] == "2026-03-07"
    await draft.move_day(30)
    assert draft.fields["day"] == "2026-03-10"


async def test_a_draft_thrown_away_is_gone_and_a_saved_record_is_not(desk: Desk, store: LocalStore) -> None:
    draft = await filled(desk)
    await draft.discard()
    assert await store.all() == []
    draft = await filled(desk)
    await draft.save()
    [saved] = await store.all()
    again = await begin.resume(saved, desk)
    await again.choose("gender", "femme")
    await again.discard()
    assert await store.all() == [saved]


async def test_editing_a_sent_record_changes_nothing_until_it_is_saved_again(
    desk: Desk, store: LocalStore
) -> None:
    sent = kept(state="sent", base_revision=1, attempted=True)
    await store.keep(sent)
    draft = await begin.resume(sent, desk)
    await draft.choose("gender", "femme")
    assert await store.get(sent.id) == sent
    assert await draft.save()
    [edited] = await store.all()
    assert (edited.state, edited.revision, edited.base_revision, edited.fields["gender"]) == (
        "pending",
        2,
        1,
        "femme",
    )


async def test_a_refused_record_is_corrected_without_typing_it_again(desk: Desk, store: LocalStore) -> None:
    reason = {"field": "place_type", "code": "unknown_code", "message": "Lieu : …"}
    refused = kept(
        state="to_correct", reasons=[reason], attempted=True, fields=encounter(place_type="x", gender="femme")
    )
    await store.keep(refused)
    draft = await begin.resume(refused, desk)
    assert draft.reasons == ["Lieu : …"]
    assert not await draft.save()
    await draft.choose("place_type", "mairie")
    assert await draft.save()
    [corrected] = await store.all()
    assert (corrected.state, corrected.fields["gender"], corrected.reasons) == ("pending", "femme", [])


async def test_saving_rings_the_bell_of_the_sync(desk: Desk) -> None:
    assert not desk.bell.is_set()
    await (await filled(desk)).save()
    assert desk.bell.is_set()


async def test_the_journal_shows_the_latest_day_first_and_filters_by_state(desk: Desk, store: LocalStore) -> None:
    old, new = kept(fields=encounter(day="2026-01-05")), kept(state="sent", fields=encounter(day="2026-03-01"))
    for met in (old, new, kept(state="pending", deleted=True)):
        await store.keep(met)
    journal = Journal(_desk=desk)
    await journal.refresh()
    assert [met.id for met in journal.records] == [new.id, old.id]
    journal.filter("pending")
    assert [met.id for met in journal.visible] == [old.id]
    journal.filter("pending")
    assert len(journal.visible) == 2
    await journal.delete(old)
    assert [met.id for met in journal.records] == [new.id]


def test_a_record_reads_in_two_short_lines() -> None:
    met = kept(fields=encounter(age_band="18-21", needs=[{"theme": LINK}, {"theme": CARE}]))
    assert title(met) == "Rencontre · Giromagny"
    assert details(met) == "09/03/2026 · Mairie · 18-21 ans"
    presence = kept(kind="presence", fields=encounter(minutes=90, agents=2))
    assert details(presence) == "09/03/2026 · Mairie · 1 h 30, à 2 agents"
    follow_up = Kept("x", "follow_up", {"day": "2026-03-09", "outcome": "honoree"})
    assert title(follow_up) == "Suite · Honorée"
    assert title(Kept("x", "encounter", {})) == "Rencontre · commune à préciser"
    report = Kept("x", "service_report", {"service": "mobijob", "problem": "telephone-faux", "day": "2026-03-09"})
    assert title(report) == "Erreur d’annuaire signalée · Téléphone faux"


async def test_after_midnight_the_new_day_is_proposed(desk: Desk) -> None:
    def later() -> datetime:
        return NOW + timedelta(hours=11)

    desk.clock = later
    fields = (await begin.new("encounter", desk)).fields
    assert (fields["day"], fields["slot"]) == ("2026-03-11", "nuit")
