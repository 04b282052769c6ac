from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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
