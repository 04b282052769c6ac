"""What the person reads on the slip at the door of a service, and what nobody may read there."""

from __future__ import annotations

import pytest

from field_app.state import slip_content
from field_app.state.slip_content import Content, SlipLine, SlipPart
from shared import slip_words
from shared.models import ServiceFields

CODE = "ABC-DEF-GHJ"
KNOWN = ServiceFields(
    name="CCAS de Giromagny", address="4 rue de la Mairie", commune="90052", phone="03 84 27 14 18",
    opening_hours="Mo-Fr 09:00-12:00,14:00-17:00; Sa off; PH off", presentation="aide alimentaire",
    themes=["sante--acces-aux-soins"], publics=["jeunes"],
)  # fmt: skip
NAMED_ONLY = ServiceFields(name="Gaïa")


def slip(service: ServiceFields, language: str = "fr") -> Content:
    return slip_content.write(service, slip_words.load(language), CODE, "trait.exemple.fr/coupon")


def part(content: Content, title: str) -> SlipPart:
    return next(p for p in content.parts if p.title == title)


def test_the_slip_tells_where_when_and_whom_to_call() -> None:
    found = slip(KNOWN)
    assert found.parts == (
        SlipPart("Où\u00a0?", (SlipLine(fact="4 rue de la Mairie"), SlipLine(fact="90200 Giromagny"))),
        SlipPart(
            "Quand\u00a0?",
            (
                SlipLine(
                    "Lundi à vendredi\u00a0:", "9\u00a0h\u00a0–\u00a012\u00a0h, 14\u00a0h\u00a0–\u00a017\u00a0h"
                ),
                SlipLine("Samedi\u00a0: fermé"),
                SlipLine("Jours fériés\u00a0: fermé"),
            ),
        ),
        SlipPart("Téléphone", (SlipLine(fact="03 84 27 14 18"),)),
    )


def test_what_is_not_known_is_said_with_what_to_do_about_it() -> None:
    assert slip(NAMED_ONLY).parts == (
        SlipPart("Où\u00a0?", (SlipLine("L’adresse n’est pas connue."),)),
        SlipPart("Quand\u00a0?", (SlipLine("Les horaires ne sont pas connus."),)),
        SlipPart("", (SlipLine("Demandez à la personne qui vous donne ce coupon."),)),
    )
    with_phone = NAMED_ONLY.model_copy(update={"phone": "39 19"})
    assert slip(with_phone).parts[-1] == SlipPart("", (SlipLine("Appelez avant de venir."),))


@pytest.mark.parametrize(
    "told",
    [
        {"opening_hours": 'Mo-Fr 09:00-12:00 "sur rendez-vous"'},
        {"opening_hours": "Mo-Fr 09:00-12:00", "presentation": "Permanence juridique, sur rendez-vous"},
        {"opening_hours": 'Mo-Fr 09:00-12:00 "by appointment"'},
    ],
)
def test_a_service_that_sees_by_appointment_says_so_and_its_hours_are_still_read(told: dict[str, str]) -> None:
    found = slip(KNOWN.model_copy(update=told))
    assert part(found, "Quand\u00a0?").lines == (
        SlipLine("Il faut prendre rendez-vous."),
        SlipLine("Lundi à vendredi\u00a0:", "9\u00a0h\u00a0–\u00a012\u00a0h"),
    )
    assert found.parts[-1].lines == (SlipLine("Appelez avant de venir."),)


@pytest.mark.parametrize(
    "said",
    [
        "accueil sans rendez-vous", "Accueil sans rendez-vous ou sur rendez-vous.",
        "Visites possibles sur rendez-vous le mercredi ; accueil libre les autres jours",
    ],
)  # fmt: skip
def test_a_service_without_appointment_is_not_taken_for_one(said: str) -> None:
    assert "rendez-vous" not in slip_content.as_text(slip(KNOWN.model_copy(update={"presentation": said})))


def test_a_day_of_which_only_the_appointment_is_said_leaves_the_other_days_readable() -> None:
    told = slip(KNOWN.model_copy(update={"opening_hours": 'Mo-Fr 09:00-12:00; Sa "sur rendez-vous"'}))
    assert part(told, "Quand\u00a0?").lines == (
        SlipLine("Il faut prendre rendez-vous."),
        SlipLine("Lundi à vendredi\u00a0:", "9\u00a0h\u00a0–\u00a012\u00a0h"),
    )


def test_hours_that_may_change_or_are_not_understood_are_to_be_asked_for() -> None:
    doubtful = KNOWN.model_copy(update={"opening_hours": "Mo 09:00-12:00 || Tu 10:00-11:00"})
    assert slip(doubtful).parts[-1].lines == (
        SlipLine("Les horaires peuvent changer."),
        SlipLine("Appelez avant de venir."),
    )
    strange = slip(KNOWN.model_copy(update={"opening_hours": "le mardi, semaines paires"}))
    assert part(strange, "Quand\u00a0?").lines == (SlipLine(fact="le mardi, semaines paires"),)
    assert strange.parts[-1].lines == (SlipLine("Appelez avant de venir."),)


@pytest.mark.parametrize("language", slip_words.LANGUAGES)
def test_the_service_reads_french_and_the_facts_in_whatever_language_the_slip_is(language: str) -> None:
    text = slip_content.as_text(slip(KNOWN, language))
    for fact in (
        "Coupon d’orientation",
        KNOWN.name,
        "4 rue de la Mairie",
        "90200 Giromagny",
        "03 84 27 14 18",
        CODE,
    ):
        assert fact in text
    assert "Pour le service\u00a0: scannez le carré ou tapez ce code sur trait.exemple.fr/coupon" in text
    words = slip_words.load(language)
    assert (words.title in text) == (language != "fr")  # « Coupon d’orientation » says it already
    for said in (words.helps, words.where, words.when, words.phone, words.show, words.no_name):
        assert said in text
    assert words.closed in text


def test_days_and_times_are_those_of_the_language() -> None:
    assert part(slip(KNOWN, "uk"), "Коли?").lines[:2] == (
        SlipLine("Понеділок – п’ятниця:", "9:00\u00a0–\u00a012:00, 14:00\u00a0–\u00a017:00"),
        SlipLine("Субота: зачинено"),
    )
    assert part(slip(KNOWN, "ar"), "متى؟").lines[1] == SlipLine("السبت: مغلق")


@pytest.mark.parametrize("language", ["ar", "prs"])
def test_from_right_to_left_no_number_and_no_address_turns_round(language: str) -> None:
    for line in slip_content.as_text(slip(KNOWN, language)).splitlines():
        outside, inside = "", False
        for c in line:
            inside = c == "\u2066" or (inside and c != "\u2069")
            outside += "" if inside else c
        assert not [c for c in outside if c.isdigit() or "a" <= c.lower() <= "z"], line


@pytest.mark.parametrize("language", slip_words.LANGUAGES)
def test_nothing_on_the_slip_tells_what_the_person_comes_for(language: str) -> None:
    text = slip_content.as_text(slip(KNOWN, language)).casefold()
    assert not [word for word in ("aide alimentaire", "sante", "jeunes", "besoin") if word in text]
