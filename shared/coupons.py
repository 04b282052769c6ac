"""The code on a referral slip (coupon d'orientation): made on the tablet, typed or scanned at the service.

Eight random characters and one that checks them, written `ABC-DEF-GHJ`. The alphabet leaves out 0/O and 1/I, which
a tired eye takes for one another. The code names the referral, never the person; only its hash is synced.
"""

from __future__ import annotations

import hashlib
import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters: 8 of them carry 40 bits, one chance in 10^9 for each guess while a thousand slips are out."""
RANDOM = 8
_PURPOSE = b"trait-dunion coupon v1|"


class CouponError(ValueError):
    """What was typed is not a code: a character is wrong, missing or too many. Says nothing of any slip."""


def new_code() -> str:
    """Make a fresh code as it is written: `ABC-DEF-GHJ`. The check is ISO 7064's hybrid system over our
    alphabet."""
    from stdnum.iso7064 import mod_37_36  # at the first slip only: a tablet starts without

    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return written(random + mod_37_36.calc_check_digit(random, ALPHABET))


def written(bare: str) -> str:
    """Return a code in groups of three, as it is read out."""
    return "-".join(bare[i : i + 3] for i in range(0, len(bare), 3))


def bare(typed: str) -> str:
    """Return the nine characters of a code as a person typed it. Raises CouponError on any single slip."""
    from stdnum.iso7064 import mod_37_36

    found = "".join(c for c in typed.upper() if not c.isspace() and c not in "-–.")
    try:
        if len(found) != RANDOM + 1:
            raise CouponError("length")
        mod_37_36.validate(found, ALPHABET)
    except ValueError as error:  # stdnum's own is one
        raise CouponError(str(error)) from error
    return found


def hashed(code: str) -> str:
    """Return what is synced instead of the code: 64 hexadecimal digits. Raises CouponError.

    SHA-256 does not hide 40 bits from whoever holds the server's database; they can write follow-ups anyway.
    """
    return hashlib.sha256(_PURPOSE + bare(code).encode()).hexdigest()
