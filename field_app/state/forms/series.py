"""One record after another: the next of a series, and the copy of one that was kept."""

from __future__ import annotations

from typing import Any

from field_app.state.desk import Desk
from field_app.state.forms import no_need, school_days
from field_app.state.forms.begin import begun
from field_app.state.forms.drafts import Draft
from field_app.store.local_store import Kept
from shared import choices, ids

SITUATION = ("action", "day", "slot", "commune", "place_type")
"""What the next of a series keeps: where and when."""
SAVED = {
    "encounter": "Rencontre enregistrée", "presence": "Présence enregistrée",
    "group_session": "Séance collective enregistrée", "partner_contact": "Contact partenaire enregistré",
}  # fmt: skip
"""What is said once a record is kept, durably."""
SAME_PROFILE = (
    "age_band", "gender", "household", "housing", "activity", "rsa", "already_followed", "contact_mode",
)  # fmt: skip
"""What « même profil » copies between people met together. Never the first contacts: each person has their own."""


def after(draft: Draft, desk: Desk, said: str) -> Draft:
    """Return the next of a series: the same place, slot, commune, day and action; the profile within a tap, the
    needs within another."""
    fields = {name: draft.fields[name] for name in SITUATION if name in draft.fields}
    alike = {name: draft.fields[name] for name in SAME_PROFILE if draft.value(name) != "inconnu"}
    listed = {theme.code for theme in choices.load("theme").on(draft.day)}
    if needs := [need["theme"] for need in draft.fields.get("needs", []) if need["theme"] in listed]:
        alike["needs"] = [{"theme": theme} for theme in needs]  # the rest was said by somebody else
    return begun(draft.kind, fields, desk, alike=alike, said=said, by_hand=draft.by_hand)


def copy_of(kept: Kept, desk: Desk) -> Draft:
    """Create a record like that one, of today or of the outing under way; of the same day, it keeps its slot. Its
    parts get ids of their own; the first contacts are not copied, which would count the person twice, nor the
    slip, handed to somebody else."""
    fields = {
        name: value
        for name, value in kept.fields.items()
        if not name.startswith("first_contact") and name != school_days.FIELD  # known from the new day
    }
    for part in ("obstacles", "rights", "referrals"):
        if part in fields:
            fields[part] = [
                {**{k: v for k, v in entry.items() if k != "coupon"}, "id": ids.new_id(desk.today)}
                for entry in fields[part]
            ]
    now = {name: value for name, value in desk.when.items() if name in fields}
    return begun(kept.kind, fields if fields.get("day") == now.get("day") else fields | now, desk)


async def take_profile(draft: Draft) -> None:
    """Copy the profile of the person met just before, in one tap."""
    await _copy(draft, {name: value for name, value in draft.alike.items() if name != "needs"})


async def take_needs(draft: Draft) -> None:
    """Copy the needs of the person met just before, beside those chosen already."""
    needs = draft.fields.get("needs", [])
    known = {need["theme"] for need in needs}
    more = [need for need in draft.alike.get("needs", []) if need["theme"] not in known]
    await _copy(draft, {"needs": [*needs, *more]})


async def _copy(draft: Draft, fields: dict[str, Any]) -> None:
    """Enter what stood in the record before."""
    draft.follow_day()
    await draft.enter(no_need.keep_one({**draft.fields, **fields}, no_need.NEEDS if "needs" in fields else ""))
