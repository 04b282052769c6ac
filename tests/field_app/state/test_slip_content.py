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


ASKED = {"languages": ["fr", "tr", "prs", "interprete"], "access": "Bus 1, arrêt Mairie", "wheelchair": "oui"}
ASKED_SERVICE = KNOWN.model_copy(update=ASKED)


def test_the_slip_tells_how_to_come_and_who_can_enter() -> None:
    assert part(slip(ASKED_SERVICE), "Comment venir\u00a0?").lines == (
        SlipLine(fact="Bus 1, arrêt Mairie"),
        SlipLine("On peut entrer en fauteuil roulant."),
    )
    upstairs = KNOWN.model_copy(update={"wheelchair": "non"})
    assert part(slip(upstairs, "tr"), "Nasıl gidilir?").lines == (SlipLine("Tekerlekli sandalyeyle girilemez."),)


@pytest.mark.parametrize("language", slip_words.LANGUAGES)
def test_what_nobody_told_of_the_way_and_the_languages_is_not_on_the_slip(language: str) -> None:
    words, text = slip_words.load(language), slip_content.as_text(slip(KNOWN, language))
    untold = (words.way, words.wheelchair, words.no_wheelchair, words.spoken, words.interpreter, words.signs)
    assert not [said for said in untold if said in text]


@pytest.mark.parametrize("language", slip_words.LANGUAGES)
def test_a_person_reads_in_their_language_that_it_is_spoken_there(language: str) -> None:
    words = slip_words.load(language)
    there = slip_content.as_text(slip(KNOWN.model_copy(update={"languages": [language, "interprete"]}), language))
    assert (words.spoken in there) == (language != "fr")  # who reads French knows that France speaks it
    assert words.interpreter not in there
    others = [code for code in slip_words.LANGUAGES if code != language]
    elsewhere = slip_content.as_text(slip(KNOWN.model_copy(update={"languages": others}), language))
    assert words.spoken not in elsewhere


@pytest.mark.parametrize(("language", "helped"), [("uk", True), ("tr", False), ("prs", False), ("fr", False)])
def test_an_interpreter_is_told_to_whom_nobody_there_understands(language: str, helped: bool) -> None:
    words = slip_words.load(language)
    assert (words.interpreter in slip_content.as_text(slip(ASKED_SERVICE, language))) == helped


def test_signs_are_told_in_french_too() -> None:
    signing = KNOWN.model_copy(update={"languages": ["lsf"]})
    assert SlipPart("", (SlipLine("Ici, on utilise la langue des signes française."),)) in slip(signing).parts


@pytest.mark.parametrize(
    ("access", "needed"),
    [
        ("Sur rendez-vous au guichet, bus 1", True),
        ("Bus 1 ; sur RDV", True),
        ("Sans rendez-vous le matin, sur rendez-vous l’après-midi", False),
        ("Bus 1, arrêt Mairie", False),
    ],
)
def test_an_appointment_that_the_way_in_asks_for_is_told(access: str, needed: bool) -> None:
    found = slip(KNOWN.model_copy(update={"access": access}))
    assert (SlipLine("Il faut prendre rendez-vous.") in part(found, "Quand\u00a0?").lines) == needed


@pytest.mark.parametrize("language", ["ar", "prs"])
def test_from_right_to_left_no_number_and_no_address_turns_round(language: str) -> None:
    for line in slip_content.as_text(slip(ASKED_SERVICE, language)).splitlines():
        outside, inside = "", False
        for c in line:
            inside = c == "\u2066" or (inside and c != "\u2069")
            outside += "" if inside else c
        assert not [c for c in outside if c.isdigit() or "a" <= c.lower() <= "z"], line


@pytest.mark.parametrize("language", slip_words.LANGUAGES)
def test_nothing_on_the_slip_tells_what_the_person_comes_for(language: str) -> None:
    text = slip_content.as_text(slip(KNOWN, language)).casefold()
    assert not [word for word in ("aide alimentaire", "sante", "jeunes", "besoin") if word in text]


@pytest.mark.parametrize("language", slip_words.LANGUAGES)
def test_a_telephone_line_has_its_number_and_no_door_to_show_the_slip_at(language: str) -> None:
    line = ServiceFields(name="115 : un toit pour la nuit", phone="115", opening_hours="24/7")
    words = slip_words.load(language)
    found = slip_content.write(line, words, CODE, "trait.exemple.fr/coupon", is_line=True)
    assert [p for p in found.parts if p.title] == [SlipPart(words.phone, (SlipLine(fact="115"),))]
    assert (found.code, found.for_service) == ("", "")
    said = slip_content.as_text(found)
    assert "115" in said
    for nowhere in (words.no_address, words.call_first, words.show, words.no_hours, CODE):
        assert nowhere not in said
