"""Opening hours as OpenStreetMap writes them, and as a worker at the door reads them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import hours

OFFICE = "Mo-Fr 09:00-12:00,14:00-17:00; PH off"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "kind", "sentence"),
    [
        ("2026-03-10T08:59", "closed", "Fermé, ouvre à 9 h"),  # a Tuesday
        ("2026-03-10T09:00", "open", "Ouvert, ferme à 12 h"),
        ("2026-03-10T12:00", "closed", "Fermé, ouvre à 14 h"),
        ("2026-03-10T16:59", "open", "Ouvert, ferme à 17 h"),
        ("2026-03-10T17:00", "closed", "Fermé, ouvre demain à 9 h"),
        ("2026-03-13T18:00", "closed", "Fermé, ouvre lundi à 9 h"),
        ("2026-04-06T10:00", "closed", "Fermé, ouvre demain à 9 h"),  # Easter Monday
        ("2026-12-26T10:00", "closed", "Fermé, ouvre lundi à 9 h"),  # no Saint Stephen's day here, but a Saturday
    ],
)
def test_an_office_at_each_hour_of_its_week(moment: str, kind: str, sentence: str) -> None:
    assert hours.state(OFFICE, at(moment)) == hours.State(kind, sentence)  # type: ignore[arg-type]  # from a table


@pytest.mark.parametrize(
    ("text", "moment", "sentence"),
    [
        ("24/7", "2026-03-10T03:00", "Ouvert en permanence"),
        ("Fr-Sa 22:00-02:00", "2026-03-14T01:00", "Ouvert, ferme à 2 h"),  # since Friday evening
        ("Fr-Sa 22:00-02:00", "2026-03-13T23:00", "Ouvert, ferme demain à 2 h"),
        ("Fr-Sa 22:00-02:00", "2026-03-13T01:00", "Fermé, ouvre à 22 h"),
        ("Mo-Fr 18:00-24:00", "2026-03-10T20:00", "Ouvert, ferme à minuit"),
        ("Mo,We,Fr 08:30-12:00", "2026-03-10T10:00", "Fermé, ouvre demain à 8 h 30"),
        ("Sa-Mo 09:00-12:00", "2026-03-09T10:00", "Ouvert, ferme à 12 h"),
        ("Mo-Su 09:00-18:00; Tu off", "2026-03-10T10:00", "Fermé, ouvre demain à 9 h"),
        ("Mo-Fr 09:00-17:00; Tu 13:00-15:00", "2026-03-10T10:00", "Fermé, ouvre à 13 h"),
        ("Sep-Jun Mo-Fr 09:00-12:00; Jul-Aug off", "2026-07-07T10:00", "Fermé, ouvre le 01/09/2026 à 9 h"),
        ("Nov-Feb 20:00-08:00", "2026-01-10T07:00", "Ouvert, ferme à 8 h"),
        ("PH 10:00-12:00", "2026-05-08T11:00", "Ouvert, ferme à 12 h"),
        ("off", "2026-03-10T10:00", "Fermé"),
        ("Mo-Fr 09:00-12:00 || \"sur rendez-vous\"", "2026-03-10T10:00",
         "Ouvert, ferme à 12 h (horaires à vérifier)"),
    ],
)  # fmt: skip
def test_other_ways_of_opening(text: str, moment: str, sentence: str) -> None:
    assert hours.state(text, at(moment)).sentence == sentence


@pytest.mark.parametrize(
    "text",
    ["sur rendez-vous", "Mo-Fr sunrise-sunset", "SH Mo 09:00-12:00", "Mo[1] 09:00-12:00", "Mo 9h-12h", "Mo",
     "Mo-Fr 09:00-12:00, Sa 10:00-11:00", "Mo 09:00+", "Mo 25:00-26:00", "Mo 10:00-10:00",
     "week 1-20 Mo 09:00-10:00", "Mo-Fr 12:00-14:00 off", "2026 Mo 09:00-10:00"],
)  # fmt: skip
def test_what_is_not_understood_is_shown_as_it_is_and_neither_open_nor_closed(text: str) -> None:
    assert hours.described(text) == [text]
    assert hours.state(text, at("2026-03-09T10:00")) == hours.State("unknown", "Horaires inconnus")


def test_no_hours_are_unknown_hours() -> None:
    assert hours.state(None, at("2026-03-10T10:00")).kind == "unknown"
    assert hours.state("", at("2026-03-10T10:00")).kind == "unknown"


@given(st.text(max_size=40) | st.text("MoTuFrPHoff,;:-|0129 ", max_size=30))
def test_whatever_is_written_the_directory_opens(text: str) -> None:
    assert hours.state(text, at("2026-03-10T10:00")).sentence
    assert hours.described(text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (OFFICE, ["Lundi à vendredi : 9 h – 12 h, 14 h – 17 h", "Jours fériés : fermé"]),
        ("24/7", ["Tous les jours : 24 h sur 24"]),
        ("Sep-Jun Mo,We 08:30-12:00", ["Septembre à juin, lundi, mercredi : 8 h 30 – 12 h"]),
        ("Fr 22:00-02:00", ["Vendredi : 22 h – 2 h"]),
        ("Mo 09:00-12:00 || unknown", ["Lundi : 9 h – 12 h", "Horaires à vérifier"]),
    ],
)
def test_the_hours_in_french(text: str, lines: list[str]) -> None:
    assert hours.described(text) == lines


@pytest.mark.parametrize(
    "day", ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2285-03-22"]
)
def test_easter_falls_when_the_almanac_says(day: str) -> None:
    assert hours.easter(int(day[:4])) == date.fromisoformat(day)


def test_belfort_has_eleven_public_holidays_and_not_those_of_alsace() -> None:
    found = hours.holidays(2026)
    assert len(found) == 11
    assert {date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25)} <= found
    assert not {date(2026, 4, 3), date(2026, 12, 26)} & found
