"""The two questions about a first contact, of the year and ever: what one answer says of the other."""

from __future__ import annotations

from typing import Any

YEAR, EVER = "first_contact_year", "first_contact_ever"


def put(before: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Return the fields with that value, and with what it says of the other question. Neither is answered until
    somebody does: None takes an answer back."""
    fields = {**before, name: value}
    if name not in (YEAR, EVER):
        return fields
    if value is None:
        del fields[name]
    if name == EVER and value == "oui":
        fields[YEAR] = "oui"
    followed = before.get(YEAR) == "non"  # then that of the other followed from it
    if name == YEAR and (followed or (value != "oui" and fields.get(EVER) == "oui")):
        fields.pop(EVER, None)
    if name == YEAR and value == "non":
        fields[EVER] = "non"
    return fields
