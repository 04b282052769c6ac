"""What a person reads is written as French writes it, wherever it stands."""

from __future__ import annotations

from datetime import date

import pytest

from shared.french import (
    NBSP,
    NNBSP,
    begin_large,
    begin_small,
    format_count,
    format_day,
    format_month,
    format_number,
    format_percent,
    format_period,
    format_range,
    format_ratio,
    format_week,
    format_weekday,
    plural,
)

TUESDAY = date(2026, 3, 10)


def test_a_day_a_week_and_a_month() -> None:
    assert format_day(TUESDAY) == "10/03/2026"
    assert format_weekday(TUESDAY) == "mardi 10/03/2026"
    assert format_month(2026, 12) == "décembre 2026"
    assert format_period(date(2026, 1, 1), TUESDAY) == "du 01/01/2026 au 10/03/2026"


def test_a_week_is_said_with_no_more_than_it_takes() -> None:
    assert format_week(date(2026, 3, 9)) == "du 9 au 15 mars 2026"
    assert format_week(date(2026, 2, 23)) == "du 23 février au 1er mars 2026"
    assert format_week(date(2026, 12, 28)) == "du 28 décembre 2026 au 3 janvier 2027"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(1234567, 0, f"1{NNBSP}234{NNBSP}567"), (2.5, 1, "2,5"), (2.0, 1, "2"), (-3, 0, "−3"), (-0.01, 1, "0"),
     (None, 0, "—")],
)  # fmt: skip
def test_a_number(value: float | None, decimals: int, text: str) -> None:
    assert format_number(value, decimals) == text


def test_a_rate_over_nothing_is_no_zero() -> None:
    assert (format_percent(0.302), format_percent(0), format_percent(None)) == (f"30,2{NNBSP}%", f"0{NNBSP}%", "—")


def test_a_range_is_one_number_where_both_ends_are_the_same() -> None:
    assert (format_range(12, 15), format_range(12, 12), format_range(12, None)) == ("12 à 15", "12", "12")
    assert format_ratio("1", "2") == f"1{NBSP}sur{NBSP}2"


@pytest.mark.parametrize(("number", "mark"), [(0, ""), (1, ""), (1.5, ""), (2, "s"), (1500, "s")])
def test_the_plural_begins_at_two(number: float, mark: str) -> None:
    assert plural(number) == mark


def test_a_number_with_its_noun() -> None:
    assert [format_count(n, "saisie") for n in (0, 1, 2)] == ["0 saisie", "1 saisie", "2 saisies"]
    assert format_count(1200, "travail", "travaux") == f"1{NNBSP}200 travaux"


def test_a_sentence_begins_large_and_goes_on_small_whatever_its_length() -> None:
    assert begin_large("école fermée") == "École fermée"
    assert begin_small("Sans nouvelle") == "sans nouvelle"
    assert begin_large("") == begin_small("") == ""
