"""Write names of other alphabets in Latin letters, as they are in a passport or near it; `fold` does the rest."""

from __future__ import annotations

_CYRILLIC = (
    "а a б b в v г g ґ g д d е e з z и i й i к k л l м m н n о o п p р r с s т t"
    " у ou ф f ы y э e і i ї i ў ou љ lj њ nj ћ c"
    " ђ dj џ dj ј j ж j х kh ц ts ч tch ш ch щ chtch ъ a ь - ю iou я ia є ie ё io"
)
_GEORGIAN = (
    "ა a ბ b გ g დ d ე e ვ v ზ z თ t ი i კ k ლ l მ m ნ n ო o პ p ჟ zh რ r ს s"
    " ტ t უ u ფ p ქ k ღ gh ყ k შ sh ჩ ch ც ts ძ dz"
    " წ ts ჭ ch ხ kh ჯ j ჰ h"
)
_PAIRS = f"{_CYRILLIC} {_GEORGIAN}".split()
_LETTERS = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)))


def in_latin(name: str) -> str:
    """Return the name in Latin letters; one that is written in them already as it is."""
    return name.lower().replace("ь", "").translate(_LETTERS)
