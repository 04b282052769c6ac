"""Find a record in the journal: one's own first, by repère, need, service or place, however it is typed."""

from __future__ import annotations

from typing import Any

import pytest

from field_app.state.desk import Desk
from field_app.state.journal import PAGE, Journal
from field_app.store.local_store import Kept, LocalStore
from shared import choices
from tests.field_app.screens.test_double_tap import session_of
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import record
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.state.test_follow_ups import referral
from tests.field_app.world import NOW, encounter, kept
from tests.flet_headless import Screen

RENT, CARE = "logement-hebergement--se-maintenir-dans-le-logement", "sante--acces-aux-soins"
DELLE = "90033"


def met(age: str, **fields: Any) -> Kept:
    return kept(fields=encounter(age_band=age, **fields))


async def opened(desk: Desk, *records: Kept) -> Journal:
    for each in records:
        await desk.store.keep(each)
    journal = Journal(_desk=desk)
    await journal.refresh()
    return journal


def found(journal: Journal, words: str) -> list[str]:
    journal.look_for(words)
    return [str(k.fields.get("age_band", k.kind)) for k in journal.visible]


@pytest.fixture
async def journal(desk: Desk) -> Journal:
    """Four encounters, the last entered first: by the rent, the care, a service, a repère."""
    sent = referral(1) | {"service": "mobijob"}
    coat = met("75+", gender="femme")
    every = met("18-21", needs=[{"theme": RENT}]), met("40-59", needs=[{"theme": CARE}], commune=DELLE)
    made = await opened(desk, *every, met("26-39", referrals=[sent], gender="homme"), coat)
    await desk.notes.put_text(coat.id, "manteau rouge, vue au marché", NOW.date())
    return made


@pytest.mark.parametrize(
    ("words", "ages"),
    [
        ("garder son logement", ["18-21"]),  # the words of the tile
        ("maintenir", ["18-21"]),  # those of the national list
        ("expulsion", ["18-21"]),  # those of every day
        ("delle", ["40-59"]),
        ("mobijob", ["26-39"]),
        ("manteau", ["75+"]),
        ("Femme au marche", ["75+"]),  # accents, capitals and small words tell nothing
        ("manteu", ["75+"]),  # typos
        ("mobijpb", ["26-39"]),
        ("40", ["40-59"]),
        ("09 03", ["75+", "26-39", "40-59", "18-21"]),
        ("homme delle", []),
        ("  ", ["75+", "26-39", "40-59", "18-21"]),
    ],
)
async def test_a_record_is_found_by_what_is_remembered_of_it(
    journal: Journal, words: str, ages: list[str]
) -> None:
    assert found(journal, words) == ages


async def test_a_repere_written_since_is_searched_and_one_erased_no_longer(journal: Journal, desk: Desk) -> None:
    assert found(journal, "velo") == []
    [care] = [k for k in journal.records if k.fields["age_band"] == "40-59"]
    await desk.notes.put_text(care.id, "vélo bleu", NOW.date())
    assert found(journal, "velo") == ["40-59"]
    await desk.notes.put_text(care.id, "", NOW.date())
    assert found(journal, "velo") == []


async def test_what_was_corrected_is_found_as_it_stands_now(journal: Journal, store: LocalStore) -> None:
    assert found(journal, "delle") == ["40-59"]
    [care] = [k for k in journal.records if k.fields.get("commune") == DELLE]
    await store.edit(care.edit_under("x"), {**care.fields, "commune": "90052"}, "pending")
    await journal.refresh()
    assert found(journal, "delle") == []
    assert len(found(journal, "giromagny")) == 4


async def test_ones_own_come_first_and_the_teams_on_demand(desk: Desk) -> None:
    theirs = kept(state="received", fields=encounter(age_band="60-74", commune=DELLE))
    again = kept(from_colleague=True, fields=encounter(age_band="16-17"))  # sent anew for a server that lost it
    journal = await opened(desk, met("18-21"), theirs, again)
    assert found(journal, "") == ["18-21"]
    assert journal.count("") == 1
    assert found(journal, "delle") == []
    journal.filter("received")
    assert found(journal, "delle") == ["60-74"]
    journal.filter("pending")
    assert {*found(journal, "")} == {"18-21", "16-17"}


async def test_what_is_typed_is_sought_on_the_first_page_again(desk: Desk) -> None:
    journal = await opened(desk, *(met("18-21") for _ in range(2 * PAGE + 1)))
    journal.show_older()
    journal.look_for("giromagny")
    assert (journal.most, len(journal.visible)) == (PAGE, 2 * PAGE + 1)


async def test_a_deletion_is_found_among_the_deleted(desk: Desk) -> None:
    journal = await opened(desk, met("18-21"), met("40-59", commune=DELLE))
    for each in [*journal.records]:
        await journal.delete(each)
    journal.filter("deleted")
    assert found(journal, "delle") == ["40-59"]


async def test_a_card_tells_whom_for_what_and_the_repere_of_this_tablet(home: Screen) -> None:
    await record(home, "18-21 ans", "Femme", "Garder son logement")
    session = session_of(home)
    [kept_now] = [k for k in session.journal.records if k.kind == "encounter"]
    await session._opened.notes.put_text(kept_now.id, "manteau rouge", NOW.date())
    await home.tap("Journal des saisies")
    assert home.says("10/03/2026 · Mairie · 18-21 ans · Femme")
    assert home.says("Après-midi · Garder son logement")
    assert home.says("Repère : manteau rouge")
    assert home.chip("Mes saisies (1)").selected


async def test_a_search_that_finds_nothing_says_where_else_to_look(home: Screen) -> None:
    await record(home, "18-21 ans")
    await session_of(home)._opened.store.keep(kept(state="received", fields=encounter(commune=DELLE)))
    await home.tap("Journal des saisies")
    await home.type_in("Rechercher une saisie", "delle")
    assert home.says("Aucune saisie ne correspond : essayez un autre mot.")
    assert home.says("« Reçue de l’équipe » montre celles de vos collègues")
    await home.choose("Reçue de l’équipe")
    assert home.says("Rencontre · Delle")
    await home.tap("Retour à l’accueil")
    await home.tap("Journal des saisies")
    assert home.says("18-21 ans")  # begun anew: nothing stays hidden by a word of before


async def test_a_follow_up_says_of_what_it_is(desk: Desk) -> None:
    parts = {"obstacles": [{"id": "1" * 32, "kind": "mobilite"}], "rights": [{"id": "2" * 32, "right": "aah"}]}
    journal = await opened(desk, met("40-59", referrals=[referral(3)], **parts))
    for subject, kind, said in (
        ("1" * 32, "obstacle", choices.load("obstacle").label_of("mobilite")),
        ("2" * 32, "right", choices.load("right").label_of("aah")),
        (referral(3)["id"], "referral", "vers Mobijob (MIFE 90)"),
    ):
        fields = {"subject_id": subject, "subject_kind": kind, "day": str(NOW.date()), "outcome": "sans-nouvelle"}
        assert journal.more(kept(kind="follow_up", fields=fields)) == said


async def test_an_error_of_the_directory_names_its_service_and_goes_nowhere(desk: Desk) -> None:
    journal = await opened(desk)
    fields = {"service": "mobijob", "problem": "telephone-faux", "day": str(NOW.date())}
    assert journal.more(kept(kind="service_report", fields=fields)) == "Mobijob (MIFE 90)"
