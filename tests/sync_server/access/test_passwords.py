"""Passwords that people here would think of, and those that they should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.access import passwords


@pytest.mark.parametrize(
    "password",
    ["password1234", "P@ssw0rd12345", "motdepasse2026!", "Mot de passe 2026", "azertyuiop12", "AzertyAzerty1",
     "qwertyuiop123", "123456789012", "111111111111", "abcabcabcabc", "abababababab", "belfort90000",
     "Territoire de Belfort 90", "trait-d’union-2026", "Trait d'union 2027", "coordination1", "France-Services-90",
     "soleil123456", "chouchou2026", "iloveyouiloveyou", "dragonmonkey", "Pacte des solidarités", "90000belfort",
     "marielle.durand", "Marielle.Durand2026", "marielledurand!!"],
)  # fmt: skip
def test_what_whoever_guesses_tries_first_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="se devine"):
        passwords.check_new(password, "marielle.durand")


@pytest.mark.parametrize(
    "password",
    ["une phrase assez longue", "cheval batterie agrafe", "bleu-menthe-rivage-42", "jardin vélo pomme",
     "Les vaches de Delle broutent", "la pluie tombe mardi", "k3r9-xw2p-7vtb-qq8m", "тихий вечер у реки",
     "قهوة مع الجيران صباحا", "é" * 6 + "ça va bien", "a1!" * 3 + "zéphyr à Vescemont"],
)  # fmt: skip
def test_words_without_a_link_are_accepted_in_any_language(password: str) -> None:
    passwords.check_new(password, "marielle.durand")


def test_a_password_manager_pastes_what_it_likes() -> None:
    passwords.check_new("uK7#" + "xY9~wQ2-" * 15 + "tail", "coordination")


@pytest.mark.parametrize(("length", "said"), [(11, "12 caractères ou plus"), (129, "128 caractères au plus")])
def test_the_length_is_said_in_words(length: int, said: str) -> None:
    drawn = "bleu menthe rivage tortue " * 6
    with pytest.raises(ValueError, match=said):
        passwords.check_new(drawn[:length], "coordination")
    passwords.check_new(drawn[:128][::-1], "coordination")


def test_the_passwords_of_the_demonstration_are_never_refused() -> None:
    for _ in range(200):
        passwords.check_new(passwords.make(), "coordination")


@given(st.text(min_size=12, max_size=128), st.text(max_size=30))
def test_any_text_is_judged(password: str, login: str) -> None:
    assert passwords.is_guessable(password, login) in (True, False)


def test_the_list_says_where_it_comes_from_and_under_which_licence() -> None:
    assert len(passwords._common()) > 29_000
    assert not any(line.startswith("#") and "MIT" in line for line in passwords._common())
