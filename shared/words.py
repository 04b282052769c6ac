"""Words as a search compares them: without accents, case or punctuation."""

from __future__ import annotations

import re
import unicodedata


def plain(text: str) -> str:
    """The text in lower case, without accents; œ and æ as two letters; any run of other signs as one space."""
    # Decomposed before too: a mathematical 𝐀 has no lower case of its own.
    lower = unicodedata.normalize("NFKD", text).lower().replace("œ", "oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", lower)
    return re.sub(r"[\W_]+", " ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()
