"""Judge a new password: long enough, and not one that whoever guesses tries first (OWASP ASVS 5, 6.2).

No rule on what it is made of: three or four words of one's own are better than a sign in the place of a letter.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from functools import cache
from importlib.resources import files

from shared.coupons import ALPHABET

SHORTEST, LONGEST = 12, 128
"""Characters."""
OWN_WORDS = frozenset(
    {
        "traitdunion", "territoiredebelfort", "belfort", "giromagny", "delle", "pacte", "pactelocal",
        "pactedessolidarites", "solidarites", "coordination", "coordinateur", "coordinatrice", "administration",
        "administrateur", "lecture", "maraude", "franceservices", "mobijob", "motdepasse", "azertyuiop", "bonjour",
        "departement", "prefecture", "console",
    }
)  # fmt: skip
"""What anybody here would try: the pact, the places, the roles, and French words that the list of leaks lacks."""
TOO_SHORT = (
    f"Le mot de passe doit avoir {SHORTEST} caractères ou plus. Choisissez-en un plus long, puis recommencez."
)
TOO_LONG = (
    f"Le mot de passe doit avoir {LONGEST} caractères au plus. Choisissez-en un plus court, puis recommencez."
)
NOT_NEW = "Le nouveau mot de passe est le même que l’actuel. Choisissez-en un autre, puis recommencez."
TOO_COMMON = (
    "Ce mot de passe se devine : il est fait de mots de passe courants, de votre identifiant ou de mots de ce"
    " service. Prenez trois ou quatre mots sans rapport entre eux, puis recommencez."
)
_LEET = str.maketrans("0134578@$!", "oieastbasi")
"""Signs that stand for letters in what people think of as hidden."""


def make() -> str:
    """Make a password that whoever types it from a screen cannot misread: 79 bits, in groups of four."""
    letters = ALPHABET.lower().replace("l", "")  # it looks like 1
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def check_new(password: str, login: str) -> None:
    """Accept a new password, or raise ValueError with a French sentence that says what to do."""
    if len(password) < SHORTEST:
        raise ValueError(TOO_SHORT)
    if len(password) > LONGEST:
        raise ValueError(TOO_LONG)
    if is_guessable(password, login):
        raise ValueError(TOO_COMMON)


def is_guessable(password: str, login: str) -> bool:
    """Tell whether it is made of nothing but one or two common passwords, words of this service or the login, with
    digits and signs around, or of one short piece again and again."""
    plain = _plain(password)
    known = _common() | OWN_WORDS | {_plain(login), _letters(_plain(login))}
    if len(set(plain)) < 5 or re.fullmatch(r"(.{1,6}?)\1+.{0,5}", plain):
        return True
    words = {word for text in (plain, plain.translate(_LEET)) for word in (text, _letters(text))}
    return any(_is_made_of(word, known) for word in words)


def _is_made_of(text: str, known: frozenset[str] | set[str]) -> bool:
    """Tell whether the text is one that is known, or two, or one with a few characters more."""
    if not text or text in known:
        return bool(text)
    for at in range(1, len(text)):
        head, tail = text[:at], text[at:]
        if (head in known and (tail in known or _is_filler(tail))) or (tail in known and _is_filler(head)):
            return True
    return False


def _is_filler(text: str) -> bool:
    """Tell whether it adds nothing: digits and signs, or three characters."""
    return len(text) <= 3 or not any(one.isalpha() for one in text)


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


def _plain(text: str) -> str:
    """Take accents, capitals and spaces away."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in split if not unicodedata.combining(one) and not one.isspace())


@cache
def _common() -> frozenset[str]:
    text = (files("sync_server.access") / "common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("# "))
