"""Whoever is met is warned of alike, from wherever their name comes; what names nobody is left in peace.

The names and texts are data of this test's own hand, made before the list that ships and apart from it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from shared import personal_data

DATA = Path(__file__).parent / "people"
RECALL, PRECISION, EACH_ORIGIN = 0.95, 0.90, 0.90
FALSE_ALARMS = 0.02
"""Of the texts that name nobody: a worker who is warned for nothing stops reading."""


def lines(name: str) -> list[str]:
    """Return the lines of a data file."""
    return [line for line in (DATA / name).read_text("utf-8").splitlines() if line and line[0] != "#"]


def origins() -> dict[str, list[str]]:
    """Return the first names of `names.txt` by origin."""
    found: dict[str, list[str]] = {}
    for line in lines("names.txt"):
        if line[0] == "[":
            names = found.setdefault(line.strip("[]"), [])
        else:
            names.extend(line.split())
    return found


ORIGINS = origins()


def texts_with(names: list[str]) -> list[str]:
    """Put each name in one sentence, and write it as it is, in lower case and in capitals, in turn."""
    sentences = lines("sentences.txt")
    found = []
    for place, name in enumerate(names):
        text = sentences[place % len(sentences)].format(name)
        found += [text, text.lower(), text.upper() if place % 3 == 0 else text.replace(name, name.upper())]
    return found


def is_found(text: str) -> bool:
    return personal_data.names_somebody(text)


def missed(texts: list[str]) -> list[str]:
    return [text for text in texts if not is_found(text)]


def test_the_set_is_as_large_as_it_says() -> None:
    assert len(ORIGINS) >= 12
    assert min(map(len, ORIGINS.values())) >= 30
    assert len(lines("nobody.txt")) >= 150


@pytest.mark.parametrize("origin", ORIGINS)
def test_somebody_is_warned_of_from_wherever_their_name_comes(origin: str) -> None:
    texts = texts_with(ORIGINS[origin])
    assert 1 - len(missed(texts)) / len(texts) >= EACH_ORIGIN, missed(texts)


def test_most_people_are_found_and_most_warnings_are_right() -> None:
    people = [text for names in ORIGINS.values() for text in texts_with(names)] + lines("people.txt")
    found = len(people) - len(missed(people))
    alarms = [text for text in lines("nobody.txt") if is_found(text)]
    assert found / len(people) >= RECALL, missed(people)
    assert len(alarms) / len(lines("nobody.txt")) <= FALSE_ALARMS, alarms
    # As if a text that names somebody came as seldom as one that does not: the set has far more people.
    share = found / len(people) / (found / len(people) + len(alarms) / len(lines("nobody.txt")))
    assert share >= PRECISION


def test_a_person_said_by_a_word_is_found() -> None:
    people = lines("people.txt")
    assert len(missed(people)) / len(people) <= 1 - RECALL, missed(people)


@pytest.mark.parametrize("text", lines("refused.txt"))
def test_a_number_or_a_birth_date_is_refused(text: str) -> None:
    for written in (text, f"grand brun, {text}", f"{text}, à rappeler"):
        assert personal_data.found_in(written) is not None


@pytest.mark.parametrize("text", lines("warned.txt"))
def test_a_day_of_long_ago_or_a_house_is_warned_of(text: str) -> None:
    for written in (text, f"grand brun, {text}"):
        doubt = personal_data.find_doubt(written)
        assert doubt is not None
        assert doubt.sort in ("birth", "address")
        assert personal_data.found_in(written) is None
