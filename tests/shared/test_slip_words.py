"""What a slip says in each language: every sentence in every one, and nothing left in French by mistake."""

from __future__ import annotations

import dataclasses
import unicodedata

import pytest

from shared import choices, french, hours, slip_words
from shared.slip_words import LANGUAGES, Words
from tests import fonts
from tools.web_build import places

FOREIGN = [language for language in LANGUAGES if language != "fr"]
SENTENCES = [f.name for f in dataclasses.fields(Words) if f.type == "str" and f.name not in ("code", "in_french")]
SCRIPTS = {"ar": "ARABIC", "prs": "ARABIC", "uk": "CYRILLIC", "ru": "CYRILLIC"}
"""The script of each language, the others being Latin."""


def letters(words: Words) -> str:
    said = [getattr(words, name) for name in SENTENCES] + [*words.days, *words.months]
    return "".join(c for c in "".join(said) if c.isalpha())


def test_the_ten_languages_are_proposed_french_first_each_by_its_own_name() -> None:
    assert [slip_words.load(language).name for language in LANGUAGES] == [
        "Français", "English", "العربية", "Türkçe", "Українська", "Русский",
        "Shqip", "دری", "Português", "Español",
    ]  # fmt: skip


def test_a_worker_tells_them_apart_in_french() -> None:
    named = [slip_words.load(language).in_french for language in LANGUAGES]
    assert named[:3] == ["français", "anglais", "arabe"]
    assert len(set(named)) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there_and_is_one_line(language: str) -> None:
    words = slip_words.load(language)  # a key that lacks or is unknown raises
    for name in SENTENCES:
        said = getattr(words, name)
        assert said
        assert said == said.strip(" ")
        assert "\n" not in said
    assert (len(words.days), len(words.months)) == (8, 12)
    assert len(set(words.days)) == 8
    assert len(set(words.months)) == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_short_and_holds_no_number_that_would_turn_round_in_arabic(language: str) -> None:
    words = slip_words.load(language)
    sentences = [getattr(words, name) for name in SENTENCES]
    assert max(len(said.split()) for said in sentences) <= 10
    if words.right_to_left:
        assert not [said for said in sentences if any(c.isdigit() for c in said)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_written_in_its_script_throughout(language: str) -> None:
    script = SCRIPTS.get(language, "LATIN")
    words = slip_words.load(language)
    assert {unicodedata.name(c).split()[0] for c in letters(words)} == {script}
    assert words.right_to_left == (script == "ARABIC")


@pytest.mark.parametrize("language", FOREIGN)
def test_no_sentence_was_left_in_french(language: str) -> None:
    words, ours = slip_words.load(language), slip_words.load("fr")
    same = {name for name in SENTENCES if getattr(words, name) == getattr(ours, name)}
    assert same == set()


def test_the_directory_names_the_languages_of_the_slip_by_the_same_codes_and_words() -> None:
    spoken = choices.load("language")
    assert list(spoken.by_code)[: len(LANGUAGES)] == list(LANGUAGES)
    for language in LANGUAGES:
        words = slip_words.load(language)
        assert (words.code, words.is_french) == (language, language == "fr")
        assert spoken.label_of(language).lower() == words.in_french


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_in_a_wheelchair_is_never_told_the_contrary(language: str) -> None:
    words = slip_words.load(language)
    ways = (words.way, words.wheelchair, words.no_wheelchair, words.spoken, words.interpreter, words.signs)
    assert len(set(ways)) == len(ways)


def test_the_french_words_are_those_of_the_directory() -> None:
    ours = slip_words.load("fr")
    assert (ours.days, ours.months) == ((*french.WEEKDAYS, "jours fériés"), french.MONTHS)
    assert (ours.every_day, ours.closed, ours.all_day) == ("tous les jours", "fermé", "24 h sur 24")
    assert ours.opening is hours.FRENCH


def test_a_language_that_is_not_there_is_not_invented() -> None:
    with pytest.raises(FileNotFoundError):
        slip_words.load("xx")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_is_in_a_font_of_the_tablet(language: str) -> None:
    """Or Flutter would ask for another font, which is not there without a network."""
    roboto = fonts.characters(places.FLET / "assets" / "fonts" / "roboto.woff2")
    arabic = fonts.characters(places.ARABIC_FONT)
    words = slip_words.load(language)
    said = "".join([words.name, words.in_french, *map(str, dataclasses.astuple(words))])
    assert {c for c in said if c not in roboto | arabic} == set()
    if not words.right_to_left:
        assert {c for c in said if c not in roboto} == set()  # nothing more to read at a start


def test_a_font_is_read_right() -> None:
    arabic = fonts.characters(places.ARABIC_FONT)
    assert {"ا", "ی", "گ", "\u200c"} <= arabic
    assert not {"a", "я", "中"} & arabic
    assert {"я", "ğ", "ë"} <= fonts.characters(places.FLET / "assets" / "fonts" / "roboto.woff2")
