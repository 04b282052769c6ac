"""Words as a search compares them: without accents, case or punctuation; and as one line shows them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SIGNS = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Return the text in lower case, without accents; œ and æ as two letters; any run of other signs as one
    space."""
    # Decomposed before too: a mathematical 𝐀 has no lower case of its own.
    lower = "".join(map(_decomposed, text)).lower().replace("œ", "oe").replace("æ", "ae")
    return _SIGNS.sub(" ", "".join(map(_decomposed, lower))).strip()


def one_line(text: str) -> str:
    """Return the text on one line, without what nobody sees: it would turn the words around, act on a terminal, or
    make two names that read alike."""
    return " ".join(filter(None, ("".join(filter(str.isprintable, word)) for word in text.split())))


@lru_cache(4096)
def _decomposed(sign: str) -> str:
    """Return one character without its accents. One by one: `normalize` sorts a run of accents in quadratic time,
    25 s for 160,000 of them."""
    return "".join(c for c in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(c))
