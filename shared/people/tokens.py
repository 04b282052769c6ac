"""Cut a text into its words, with what a rule asks of each: how it is written and what stands before it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.people.folding import plain_name

_WORD = re.compile(r"[^\W\d_]+")
_JOINS = frozenset("-‐‑–")
_ENDS = frozenset(".!?;:•\n")


@dataclass(frozen=True, slots=True)
class Token:
    """A word: as written and plain, where it stands, and `gap`, the signs between the word before and this one."""

    text: str
    plain: str
    start: int
    end: int
    gap: str

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper()

    @property
    def caps(self) -> bool:
        """Whether it is in capital letters throughout."""
        return len(self.text) > 1 and self.text.isupper()

    @property
    def joined(self) -> bool:
        """Whether a hyphen alone stands between the word before and this one."""
        return self.gap in _JOINS

    @property
    def follows(self) -> bool:
        """Whether nothing but spaces, a hyphen, an apostrophe or a point stands before it: it goes on a name."""
        return all(sign.isspace() or sign in _JOINS or sign in "'’." for sign in self.gap)

    @property
    def begins(self) -> bool:
        """Whether a sentence begins here; a first word is judged by its place."""
        return not self.start or any(sign in _ENDS for sign in self.gap)


def cut(text: str) -> list[Token]:
    """Return the words of the text, in order."""
    tokens, end = [], 0
    for match in _WORD.finditer(text):
        tokens.append(Token(match[0], plain_name(match[0]), match.start(), match.end(), text[end : match.start()]))
        end = match.end()
    return tokens
