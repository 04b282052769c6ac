from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared import territory
from shared.search_text import plain


@pytest.mark.parametrize(
    ("text", "bare"),
    [("Évette-Salbert", "evette salbert"), ("Cœur  d’œuvre", "coeur d oeuvre"), ("", ""), (" — ", ""), ("À", "a")],
)
def test_words_are_compared_bare(text: str, bare: str) -> None:
    assert plain(text) == bare


@example("𝐀")
@given(st.text())
def test_bare_words_stay_as_they_are(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.sampled_from(list(territory.communes().values())), st.data())
def test_a_commune_is_found_by_the_beginning_of_any_of_its_words(
    commune: territory.Commune, data: st.DataObject
) -> None:
    word = data.draw(st.sampled_from(plain(commune.name).split()))
    assert commune in territory.find(word.upper(), most=101)
    assert territory.find(commune.name)[0] == commune


def test_the_commune_that_begins_so_comes_first() -> None:
    assert [c.name for c in territory.find("bel")][:1] == ["Belfort"]
    assert territory.find("  ") == []
    assert territory.find("paris") == []
    assert len(territory.find("e", most=3)) == 3
