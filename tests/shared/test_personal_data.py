"""What could name a person is found however it is written; what a worker usefully writes passes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import hours, personal_data, rules, search_text
from shared.people import counts, dates_and_addresses, folding, identity, tokens
from sync_server.directory import service_form


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("06 12 34 56 78", "phone"),
        ("rappeler au 06.12.34.56.78 lundi", "phone"),
        ("tel0612345678ok", "phone"),
        ("+33 6 12 34 56 78", "phone"),
        ("0033612345678", "phone"),
        ("03 84 29 00 00", "phone"),
        ("a.b@c.fr", "email"),
        ("a.b (at) c.fr", "email"),
        ("1 85 05 78 006 084 91", "nir"),
        ("185057800608491", "nir"),
        ("FR76 3000 6000 0112 3456 7890 189", "iban"),
        ("virement FR7630006000011234567890189 demain", "iban"),
        ("virementFR76-3000-6000-0112-3456-7890-189demain", "iban"),
        ("AB12 FR76 3000 6000 0112 3456 7890 189", "iban"),
        ("nir1.85.05.78.006.084ok", "nir"),
        ("porte 12, 1 85 05 2A 006 084", "nir"),
        ("06-12-34-56-78", "phone"),
        ("06/12/34/56/78", "phone"),
        ("06/12 34 56 78", "phone"),
        ("06.12.34 56 78", "phone"),
        ("(06) 12 34 56 78", "phone"),
        ("06 12 34 5678", "phone"),
        ("06\u00a012\u00a034\u00a056\u00a078", "phone"),
        ("06\u201112\u201134\u201156\u201178", "phone"),
        ("06\u200b12345678", "phone"),
        ("٠٦١٢٣٤٥٦٧٨", "phone"),
        ("0033 6 12 34 56 78", "phone"),
        ("+33 (0)6 12 34 56 78", "phone"),
        ("+41 79 123 45 67", "phone"),
        ("porte 45 0612345678", "phone"),
        ("RDV 05/12/2026 14h30, tel 0612345678", "phone"),
        ("RDV 05/12/2026 14h30 06 12 34 56 78", "phone"),
        ("2026-12-05 10:15 0612345678", "phone"),
        ("06 12 34 56 18 habite Delle", "phone"),
        ("06 12 34 56 18 h", "phone"),
        ("06 12 34 56 18h", "phone"),
        ("06 12 34 56 20h30", "phone"),
        ("06 12 34 56 22:15", "phone"),
        ("tel 06 12 34 56 18h", "phone"),
        ("appeler 06 12 34 56 18 h", "phone"),
        ("06.12.34.56.18h", "phone"),
        ("0612 34 56 18h", "phone"),
        ("+33 6 12 34 56 18h", "phone"),
        ("06/12/34 56 78", "phone"),
        ("06/12/34 5678", "phone"),
        ("06.12 14.16 18", "phone"),
        ("06-12 14-16 18", "phone"),
        ("RDV 06 12 34 56 78", "phone"),
        ("05/12 14-16 0612345678", "phone"),
        ("05/12 14.30-16.30 06 12 34 56 78", "phone"),
        ("05 12 2026 06 12 34 56 78", "phone"),
        ("le 05/12 à 14h 06.12.34.56.78", "phone"),
        ("14 h 06 12 34 56 78", "phone"),
        ("05/12 07.56 743 251", "phone"),
        ("05/12 14-16 06.28 54/21 12", "phone"),
        ("10:05 01 1956 9218", "phone"),
        ("06123456789", "phone"),
        ("tel 06 12 34 56 789", "phone"),
        ("+336123456789", "phone"),
    ],
)
def test_what_names_a_person_is_found(text: str, sort: str) -> None:
    assert personal_data.found_in(text) == sort
    assert sort in personal_data.LABELS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "grande, manteau rouge, vue au marché",
        "bât. 3, appt 12, escalier 4",
        "lundi 12/03/2026 à 14 h 30",
        "Collège du Val-de-Rosemont",
        "CCAS de Delle",
        "2 enfants de 4 et 7 ans",
        "90200",
        "RDV 05/12/2026 14h30",
        "RDV 05/12/2026 14 h 30, porte 2",
        "05.12.2026 14:30",
        "2026-12-05 10:15",
        "07/05/2026 06h12",
        "05/12/2026 14",
        "05/12/26 14 30",
        "05.12.26 14h",
        "05 12 2026 14h30",
        "05122026 14h",
        "12 05 2026",
        "05/12 - 08/12 14h",
        "05/12/2026 - 06/12/2026",
        "RDV 06 12 34 56 18h30",
        "RDV 05/12 14.30-16.30",
        "RDV 05/12 14.30-16",
        "05/12 09-12 14-17",
        "05/12 14-16 06/12",
        "05/12 (14-16) 06/12",
        "2 RDV 03/12 10.00 04/12",
        "09.00-12.00 14.00-17.00",
        "le 05 14.30-16.30",
        "03/12 05/12 07/12 09/12",
        "RDV 02-12 09-12 06-12",
        "02-12 - 09-12 - 06-12",
        "2005 12 07 2006 12 08",
        "2005 12 07 2006 12 08 2007 12 09",
        "dossier 2 05 12 2026 14 30 00",
        "05 12 2026 1430",
        "20h 17.03-11.04 10-12",
        "05/12 14h 08.20-11.38 29-12",
        "le 02/06 08.19-16.59 13:00",
        "14 h 05 le 06/12/2026",
        "05/12/2026 14 h 05 - 16 h 05",
        "05/12 14-16 90200 12 rue de Belfort",
        "05122026 1430",
        "05/12/26 90200 Delle",
        "14h05 06 12 20 26",
        "2026-12-05 10 15 20 30",
        "le 05/12/2026 à 14 heures 30",
        "14h30-15h00",
        "bât 3, 2e étage, porte 45",
        "bus 20 arrêt 14",
        "90200 Giromagny 12",
        "escalier 12 appartement 45 batiment 3",
    ],
)
def test_a_useful_note_passes(text: str) -> None:
    assert personal_data.found_in(text) is None


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.times(), st.sampled_from("/.-"), st.sampled_from("h:"))
def test_no_day_and_hour_is_a_number(day: date, at: Any, between: str, of: str) -> None:
    written = between.join((f"{day:%d}", f"{day:%m}", f"{day:%Y}"))
    for text in (
        f"RDV {written} {at:%H}{of}{at:%M}",
        f"{day} {at:%H}{of}{at:%M}",
        f"{at:%H}{of}{at:%M} {written}",
    ):
        assert personal_data.found_in(text) is None


@given(
    st.integers(10**8, 10**9 - 1),
    st.lists(st.sampled_from(["", " ", "  ", " - ", "_", "\u00a0"]), min_size=9, max_size=9),
)
def test_a_number_is_found_whatever_stands_between_its_digits(number: int, between: list[str]) -> None:
    written = "0" + "".join(sep + digit for sep, digit in zip(between, str(number), strict=True))
    assert (
        personal_data.found_in(f"tel {written} demain") == personal_data.found_in(f"tel{written}demain") == "phone"
    )


def test_where_it_stands_is_told_to_the_sign() -> None:
    text = "manteau rouge, a.b@c.fr demain"
    found = personal_data.find(text)
    assert found is not None
    assert text[found.start : found.end] == "a.b@c.fr"
    found = personal_data.find("vue ０６ 12 34 56 78 hier")
    assert found is not None
    assert (found.start, found.end) == (4, 18)


UNITS = (
    "a", "1", "0", " ", "@", "a@", "a ", "(at", "1 ", "1.", "1/", "1-", "2a", "AA11", "0 6", "+", "+33 ",
    "00", "33", "05/12/", "05/12 - ", "14.30-16.30 ", "02-12 ", "05 12 2026 ", "2005 12 07 ", "rdv ",
    "12:", "12h", "12 ", "- ", "06 ", "185057800608491 ", "FR76 3000 ", "é",
    "\u0301", "\u200b",
    "Marie-", "Jean ", "saint ", "rue de la ", "12 rue a ", "12 rue a-", "rue a, ", "né le ", "naissance ",
    "1 mars ", "Mme de ", "passeport n ", "caf:", "id a ", "99 0", "a1b2c3d4e ", "ohe", "famille ",
    "Vu Xab ", "de Xab ", "Chez Xab bar ", "caf 2025-26 ", "caf 500-600 ", "depuis le ", "1 000 ", "chien nommé ",
    "Mo,", "Mo-Fr,", "Jan,", "10:00-12:00,", ",", "a" * 8 + " ",
)  # fmt: skip
"""What a hostile text is made of: whatever a pattern looks for, begun again and again and never ended."""
MODULES = (
    personal_data, counts, dates_and_addresses, identity, folding, tokens, search_text, hours, service_form,
)  # fmt: skip
PATTERNS = [
    (name, pattern.fullmatch if module in (hours, service_form) else pattern.search)
    for module in MODULES
    for name, pattern in vars(module).items()
    if isinstance(pattern, re.Pattern)
]
"""Every pattern that meets a text of others, with what is asked of it."""
LONGER = 8
MOST = 4 * LONGER
"""What reads eight times the text may take four times eight times the time; a quadratic one takes 64 times."""


def growth(work: Callable[[str], object], unit: str, size: int) -> float:
    """Return how much more processor time that work takes on a text `LONGER` times as long."""

    def quickest(length: int) -> float:
        text = (unit * length)[:length] + "!"
        took = []
        for _ in range(3):
            begun = time.process_time()
            work(text)
            took.append(time.process_time() - begun)
        return min(took)

    return quickest(size * LONGER) / max(quickest(size), 20e-6)  # below that, a clock measures itself


def test_the_detector_has_its_patterns_where_the_test_looks_for_them() -> None:
    assert {
        "_EMAIL",
        "_DATE",
        "_AGENDA",
        "_TIME",
        "_NIR",
        "_NIR_AND_KEY",
        "_IBAN",
        "_FRENCH",
        "_WHOLE",
        "_ABROAD",
        "_BORN",
        "_OLD",
        "_HOUSE",
        "_NUMBER_BEHIND",
        "_ANNOUNCED",
        "_ANNOUNCED_MIXED",
        "_FORMS",
        "_CARD",
        "_EVENT_BEFORE",
        "_GROUPS",
    } <= {name for name, _ in PATTERNS}


@pytest.mark.parametrize(("name", "search"), PATTERNS, ids=[name for name, _ in PATTERNS])
def test_a_hostile_text_is_searched_in_a_time_that_grows_with_its_length(
    name: str, search: Callable[[str], object]
) -> None:
    for unit in UNITS:
        assert growth(search, unit, 1_000) < MOST, (name, unit)


@pytest.mark.parametrize("unit", [*UNITS, "\u0301\u0327", "\u0f73"])
def test_comparing_words_takes_a_time_that_grows_with_their_length(unit: str) -> None:
    assert growth(search_text.plain, unit, 2_000) < MOST


@pytest.mark.parametrize("unit", UNITS)
def test_no_text_is_searched_beyond_what_is_ever_kept(unit: str) -> None:
    assert growth(personal_data.find, unit, personal_data.MOST_SEARCHED) < MOST / 8
    assert growth(personal_data.find_doubt, unit, personal_data.MOST_SEARCHED) < MOST / 8


@pytest.mark.parametrize("unit", UNITS)
def test_looking_for_a_doubt_takes_a_time_that_grows_with_the_text(unit: str) -> None:
    assert growth(personal_data.find_doubt, unit, personal_data.MOST_SEARCHED // LONGER) < MOST


@pytest.mark.parametrize("unit", ["a", "1", "@", " ", "é"])
def test_a_name_of_any_length_is_refused_before_it_is_searched(unit: str) -> None:
    def judge(text: str) -> None:
        verdict = rules.judge("partner_contact", {"structure": text}, rules.Evidence(date(2026, 3, 10)))
        assert "structure" in {problem.field for problem in verdict.refusals}

    assert growth(judge, unit, 20_000) < MOST


@pytest.mark.parametrize(
    ("text", "sort", "written"),
    [
        ("le fils de Kévin", "name", "Kévin"),
        ("MARIE, au marché", "name", "MARIE"),
        ("l’amie d’Aïcha", "name", "Aïcha"),
        ("vu mamadou au marché", "name", "mamadou"),
        ("voir Mme Haddad lundi", "person", "Mme Haddad"),
        ("chez la famille Da Silva", "person", "famille Da Silva"),
        ("habite 12 rue de la Gare", "address", "12 rue de la Gare"),
        ("12.03.2001", "birth", "12.03.2001"),
        ("manteau rouge, vue au marché", None, ""),
        ("rendez-vous le 12/03/2026", None, ""),
        ("", None, ""),
    ],
)
def test_what_may_name_a_person_is_pointed_at(text: str, sort: str | None, written: str) -> None:
    doubt = personal_data.find_doubt(text)
    assert (doubt.sort if doubt else None) == sort
    assert (text[doubt.start : doubt.end] if doubt else "") == written
    assert personal_data.found_in(text) is None
    assert personal_data.names_somebody(text) == bool(sort)


@given(st.text(max_size=80))
def test_what_is_found_stands_in_the_text(text: str) -> None:
    for found, labels in (
        (personal_data.find(text), personal_data.LABELS),
        (personal_data.find_doubt(text), personal_data.DOUBTS),
    ):
        if found:
            assert found.sort in labels
            assert 0 <= found.start < found.end <= len(text)


@given(st.text(st.sampled_from("abcdeghijkoqstuwxyzé"), max_size=30))
def test_folding_a_name_twice_folds_it_once(name: str) -> None:
    once = folding.fold(folding.plain_name(name))
    assert folding.fold(once) == once


@pytest.mark.parametrize(
    "spellings",
    [
        ("Mohamed", "Mohammed", "Mohamedd"),
        ("Mouhamad", "Muhammad", "Mouhammad"),
        ("Youssef", "Yusef", "Yousef", "Youssèf"),
        ("Oleksandr", "Oleqsandr"),
        ("Serhiy", "Serhii", "Serhiï"),
        ("Khadija", "Kadidja", "Kadija"),
        ("Cheikh", "Sheik", "Cheick"),
        ("Ouassila", "Wassila", "Wasila"),
        ("Yasmine", "Yassmine", "Yasmin"),
    ],
)
def test_the_spellings_of_one_name_are_one(spellings: tuple[str, ...]) -> None:
    assert len({folding.fold(folding.plain_name(name)) for name in spellings}) == 1
