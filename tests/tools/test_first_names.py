"""The lists of first names: how they are made, and what must travel with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.people.folding import fold
from shared.people.lists import NameKind, kind_of
from tools.first_names.__main__ import HERE, SHIPPED, is_long_enough, read_choices, read_sections, split
from tools.first_names.alphabets import in_latin
from tools.first_names.sources import read_towns


def test_a_name_whose_folded_form_is_a_word_is_compared_as_it_is_written() -> None:
    lists = split({"youssef", "meline"}, {fold("melin")})
    assert lists == {"folded": {"usef"}, "exact": {"meline"}}
    assert fold("meline") == fold("melin")


@pytest.mark.parametrize(
    ("name", "latin"),
    [("Олександр", "oleksandr"), ("Юлія", "iouliia"), ("გიორგი", "giorgi"), ("Mehmet", "mehmet")],
)
def test_a_name_of_another_alphabet_is_written_in_latin_letters(name: str, latin: str) -> None:
    assert in_latin(name) == latin


def test_a_name_of_three_letters_is_shipped_when_it_is_meant() -> None:
    assert is_long_enough("awa", {"awa"})
    assert not is_long_enough("bat", {"awa"})
    assert not is_long_enough("é", {"é"})


def test_what_the_choices_say_is_what_ships() -> None:
    choices = read_choices(HERE / "words.txt")
    assert all(kind_of(name) is NameKind.NAME for name in choices.sure - choices.never)
    assert all(kind_of(name) is NameKind.WORD for name in choices.context - choices.sure - choices.never)
    assert all(kind_of(name) is NameKind.NONE for name in choices.never)
    assert all(kind_of(name) is not NameKind.NAME for name in read_towns())


def test_our_own_list_has_at_least_thirty_names_of_each_origin() -> None:
    origins = read_sections(HERE / "by_hand.txt")
    assert len(origins) >= 12
    assert min(map(len, origins.values())) >= 30


def test_each_list_travels_with_its_licence() -> None:
    assert "Licence Ouverte 2.0" in (SHIPPED / "first_names.txt").read_text("utf-8")[:600]
    heading = (SHIPPED / "nam_dict.txt").read_text("utf-8")[:1500]
    assert "GNU Free" in heading
    assert "Jörg MICHAEL" in heading
    assert "GNU Free Documentation License" in (SHIPPED / "GFDL-1.2.txt").read_text("utf-8")
    assert "Daniele Faraglia" in (SHIPPED / "LICENCES.md").read_text("utf-8")
    assert sum(path.stat().st_size for path in Path(SHIPPED).glob("*.txt")) < 320_000
