"""What a slip says in each language: every sentence in every one, and nothing left in French by mistake."""

from __future__ import annotations

import dataclasses
import unicodedata

import pytest

from shared import french, hours, slip_words
from shared.slip_words import LANGUAGES, Words

FOREIGN = [language for language in LANGUAGES if language != "fr"]
SENTENCES = [f.name for f in dataclasses.fields(Words) if f.type == "str"]
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


def test_the_french_words_are_those_of_the_directory() -> None:
    ours = slip_words.load("fr")
    assert (ours.days, ours.months) == ((*french.WEEKDAYS, "jours fériés"), french.MONTHS)
    assert (ours.every_day, ours.closed, ours.all_day) == ("tous les jours", "fermé", "24 h sur 24")
    assert ours.opening is hours.FRENCH


def test_a_language_that_is_not_there_is_not_invented() -> None:
    with pytest.raises(FileNotFoundError):
        slip_words.load("xx")
