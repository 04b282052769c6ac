"""A whole number in a text that comes from outside: of any length and any signs, it never raises."""

from __future__ import annotations


def whole(text: str, most: int) -> int | None:
    """Return the number that these decimal digits write, between 0 and `most`; None of anything else.

    Asked before `int`: that one reads digits of every script, and raises beyond 4,300 of them.
    """
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if number <= most else None
