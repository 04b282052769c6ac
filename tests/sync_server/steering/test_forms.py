"""What the coordinator types: numbers and days as French writes them, and what cannot be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.inputs import Input, InputType
from sync_server.steering.forms import (
    UnreadableError,
    fingerprint,
    format_text,
    read_form,
    text_of,
    texts_of,
    value_of,
)

RATE, COUNT, HOURS, EUROS, DAY = (
    Input("x", "X", sort) for sort in ("rate", "whole", "number", "euros", "day")
)  # fmt: skip
KIND = Input("kind", "Trajectoire", "choice", choices=[("", [("a", "Par paliers"), ("b", "Libre")])])


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (RATE, "12,5", 0.125),
        (RATE, "12.5 %", 0.125),
        (RATE, "7", 0.07),
        (RATE, "100 %", 1.0),
        (COUNT, " 1 234 ", 1234),
        (COUNT, "1\u202f234", 1234),
        (COUNT, "0", 0),
        (HOURS, "12,25", 12.25),
        (EUROS, "38\u00a0500 €", 38_500),
        (DAY, "2026-06-30", date(2026, 6, 30)),
        (DAY, "30/06/2026", date(2026, 6, 30)),
        (COUNT, "", None),
        (DAY, "  ", None),
    ],
)
def test_numbers_and_days_are_read_as_french_writes_them(field: Input, text: str, value: Any) -> None:
    assert value_of(field, text) == value


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        (COUNT, "beaucoup", "n’est pas un nombre"),
        (COUNT, "-3", "n’est pas un nombre"),
        (COUNT, "1,2,3", "n’est pas un nombre"),
        (COUNT, "nan", "n’est pas un nombre"),
        (COUNT, "١٢", "n’est pas un nombre"),
        (COUNT, "1e9", "n’est pas un nombre"),
        (COUNT, "9999999999", "trop grand"),
        (COUNT, "1.234", "nombre entier"),
        (RATE, "130", "de 0 à 100"),
        (EUROS, "12,50", "sans centimes"),
        (DAY, "31/02/2026", "n’est pas une date"),
        (DAY, "0001-01-01", "n’est pas une date"),
        (KIND, "z", "Choisissez"),
        (Input("x", "X", most=5), "trop long", "9 caractères, 5 au plus"),
        (Input("x", "X", required=True), "  ", "À remplir"),
    ],
)
def test_what_cannot_be_read_is_said_in_french(field: Input, text: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        value_of(field, text)


def test_one_bad_figure_loses_nothing_of_the_rest() -> None:
    typed = read_form([COUNT, KIND, Input("note", "Note")], {"x": "douze", "kind": "b", "note": "à voir\x00"})
    assert typed.texts == {"x": "douze", "kind": "b", "note": "à voir"}
    assert typed.values == {"kind": "b", "note": "à voir"}
    assert list(typed.errors) == ["x"]


def test_a_new_form_has_the_first_choice_and_empty_boxes() -> None:
    assert texts_of([COUNT, KIND], None) == {"x": "", "kind": "a"}
    assert format_text(KIND, "a") == "Par paliers"
    assert (format_text(RATE, "12,5"), format_text(RATE, ""), format_text(DAY, "2026-06-30")) == (
        "12,5 %", "", "30/06/2026"
    )  # fmt: skip


def test_a_large_number_is_shown_in_groups_of_three() -> None:
    assert text_of(HOURS, value_of(HOURS, "1234567,5")) == "1\u202f234\u202f567,5"


def test_a_form_that_says_something_else_has_another_mark() -> None:
    assert fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"})
    assert fingerprint({"a": "1", "b": "2"}) != fingerprint({"a": "12", "b": ""})


@given(st.integers(0, 1_000_000), st.sampled_from([0, 1, 2, 3, 4]), st.sampled_from(["rate", "number"]))
def test_what_was_typed_is_what_is_shown_again(digits: int, decimals: int, sort: InputType) -> None:
    exact = Decimal(digits).scaleb(-decimals) % (101 if sort == "rate" else 1_000_000)
    text = f"{exact:f}".replace(".", ",")
    text = text.rstrip("0").rstrip(",") if "," in text else text
    field = Input("x", "X", sort)
    if sort != "rate" or exact <= 100:
        assert text_of(field, value_of(field, text)).replace("\u202f", "") == text


@given(st.text(max_size=30), st.sampled_from(["rate", "number", "whole", "euros", "day", "line"]))
def test_whatever_is_typed_is_read_or_refused_with_a_sentence(text: str, sort: InputType) -> None:
    field = Input("x", "X", sort)
    typed = read_form([field], {"x": text})
    if "x" in typed.values:
        assert value_of(field, text_of(field, typed.values["x"])) == typed.values["x"]
    else:
        assert typed.errors["x"].endswith(".")
