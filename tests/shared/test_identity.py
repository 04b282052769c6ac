"""What could name a person is found however it is written; what a worker usefully writes passes."""

from __future__ import annotations

import pytest

from shared import identity


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
    ],
)
def test_what_names_a_person_is_found(text: str, sort: str) -> None:
    assert identity.found_in(text) == sort
    assert sort in identity.LABELS


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
    ],
)
def test_a_useful_note_passes(text: str) -> None:
    assert identity.found_in(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("le fils de Kévin", "Kévin"),
        ("MARIE, au marché", "Marie".upper()),
        ("l’amie d’Aïcha", "Aïcha"),
        ("manteau rouge, vue au marché", None),
        ("", None),
    ],
)
def test_a_first_name_is_pointed_at(text: str, name: str | None) -> None:
    assert identity.first_name_in(text) == name
