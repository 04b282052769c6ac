"""The two questions about a first contact, of the year and ever: what one answer says of the other."""

from __future__ import annotations

from typing import Any

YEAR, EVER = "first_contact_year", "first_contact_ever"


def put(before: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Return the fields with that value, and with what it says of the other question."""
    fields = {**before, name: value}
    if name == EVER and value == "oui":
        fields[YEAR] = "oui"
    if name == YEAR and before.get(name) == "non":
        fields[EVER] = "ne-sait-pas"  # that « non » followed from the other
    if name == YEAR and value != "oui" and fields.get(EVER) == "oui":
        fields[EVER] = "ne-sait-pas"
    if name == YEAR and value == "non":
        fields[EVER] = "non"
    return fields
