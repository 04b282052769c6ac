"""The closed vocabulary of the declarations: the views of `facts.sql`, what each is broken down by, and the codes
a condition may name. What is not here is refused at load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared import choices

_WHEN_WHERE = ("month", "quarter", "epci", "commune")
_PERSON = (*_WHEN_WHERE, "age_band", "gender", "place_type")


@dataclass(frozen=True, slots=True)
class View:
    """A view of `facts.sql`. `dimensions` are what its rows may be broken down and filtered by, in the order in
    which they are proposed; `columns` what a condition may name. `outcomes` is the list its furthest follow-up at
    the cut-off day comes from, and `subject` what that follow-up is about."""

    dimensions: tuple[str, ...]
    columns: frozenset[str]
    outcomes: str = ""
    subject: str = ""


VIEWS: Mapping[str, View] = {
    "fact_encounter": View(
        (*_PERSON, "contact_mode", "household", "housing", "activity", "rsa"),
        frozenset(
            {
                "action",
                "age_band",
                "first_contact_year",
                "first_contact_ever",
                "already_followed",
                "outside_system",
                "accompanied",
            }
        ),
    ),
    "fact_need": View((*_PERSON, "theme", "last_mile"), frozenset({"action", "age_band"})),
    "fact_referral": View(
        (*_PERSON, "service", "theme"),
        frozenset({"action", "age_band", "network", "outcome"}),
        "outcome_referral",
        "referral",
    ),
    "fact_obstacle": View(
        (*_PERSON, "obstacle"), frozenset({"action", "age_band", "outcome"}), "outcome_obstacle", "obstacle"
    ),
    "fact_right": View(
        (*_PERSON, "right"),
        frozenset({"action", "age_band", "first_contact_year", "outcome"}),
        "outcome_right",
        "right",
    ),
    "fact_presence": View((*_WHEN_WHERE, "place_type", "slot"), frozenset({"action"})),
    "fact_session": View(
        (*_WHEN_WHERE, "place_type", "school_holidays"), frozenset({"action", "session_type", "school_holidays"})
    ),
    "fact_partner": View((*_WHEN_WHERE, "partner_type"), frozenset({"action", "partner_type", "purpose"})),
    "fact_relay": View(
        (*_WHEN_WHERE, "partner_type"),
        frozenset({"action", "partner_type", "purpose", "outcome"}),
        "outcome_referral",
        "referral",
    ),
    "fact_commune_year": View(("epci", "commune"), frozenset({"action"})),
}
SEVERAL_PER_PERSON = frozenset({"theme", "last_mile", "right", "obstacle"})
"""Dimensions of which one person may have several: a share by one of these divides by all the persons."""
DECIDES = {"service": "network"}
"""Dimensions whose value settles that of a column. A service has one network, so a share « France Services / all »
by service would be 0 or 100 %; the denominator ignores the service."""
CODED = {
    "action": "action",
    "age_band": "age_band",
    "first_contact_year": "first_contact",
    "first_contact_ever": "first_contact",
    "already_followed": "already_followed",
    "network": "network",
    "partner_type": "partner_type",
    "purpose": "partner_purpose",
    "session_type": "session_type",
    "school_holidays": "school_holidays",
}
"""The columns a condition may name, and the list its codes come from."""
FLAGS = {"outside_system": ("oui", "non", "inconnu"), "accompanied": ("oui", "non")}
"""Columns that `facts.sql` makes, with their codes."""
ADDED = frozenset({"rows", "encounter", "theme"})
"""What may be counted and then added up over the dimensions of an encounter, which has one value of each: rows,
encounters where an encounter may have several rows, or the themes of each, a local one with its national one."""
DISTINCT = frozenset({"commune", "structure"})
"""What is counted once however many rows say it: two months may not be added up."""
SUMS = frozenset({"agent_minutes", "headcount"})

COMMUNES, DEPRIVED, BASE, STOCK = "communes", "deprived", "base", "stock"
WHOLES = (COMMUNES, DEPRIVED, BASE, STOCK)
"""What a share may be of, besides other indicators: the communes of the territory or of the EPCI; those of them
marked « dépourvue » at T0; the rows that `base` tells; a number from the pact."""


def codes_of(view: str, column: str) -> tuple[str, ...] | None:
    """Return the codes a condition may name of that column, None where the view has no such column. Never a local
    code: it counts under its national one."""
    if column not in VIEWS[view].columns:
        return None
    if column in FLAGS:
        return FLAGS[column]
    listed = choices.load(VIEWS[view].outcomes if column == "outcome" else CODED[column])
    return tuple(code for code, choice in listed.by_code.items() if choice.national is None)


def list_of(column: str) -> str | None:
    """Return the choice list of that column, of whatever view; None of a column that has none."""
    return CODED.get(column, column if column in choices.names() else None)
