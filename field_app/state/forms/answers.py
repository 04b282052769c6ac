"""The answers that are asked and never preset, since figures count them: the two about a first contact, and the
person's own to a referral. What one answer, or what is done, says of another."""

from __future__ import annotations

from typing import Any

YEAR, EVER = "first_contact_year", "first_contact_ever"
ASKED: dict[str, dict[str, Any]] = {"referrals": {"accepted": None}}
"""What a new part of an encounter still lacks: the person’s own answer, without which it is not saved."""


def put(before: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Return the fields with that answer, None for one taken back, and with what it says of the other question.
    Neither is answered until somebody does; the second has no answer where it is not asked, unless the first says
    it."""
    fields = {**before, name: value} if value is not None else {k: v for k, v in before.items() if k != name}
    if name == EVER and value == "oui":
        fields[YEAR] = "oui"
    if name == YEAR and (value != "oui" or before.get(YEAR) == "non"):
        fields.pop(EVER, None)
    if name == YEAR and value == "non":
        fields[EVER] = "non"
    return fields


def tell(referral: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Return the referral with that field. Whose appointment is made, who is accompanied or takes the slip has
    accepted, unless they said no."""
    accepts = name in ("mode", "coupon") and value not in (None, "information")
    unanswered = referral.get("accepted", True) is None
    return referral | ({"accepted": True} if accepts and unanswered else {}) | {name: value}
