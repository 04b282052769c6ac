"""Refer to the service that an encounter was begun from, in one tap on the need it answers."""

from __future__ import annotations

from field_app.state.forms.drafts import Draft
from shared import choices
from shared.choices import Choice


def needs_of(draft: Draft) -> list[Choice]:
    """List the needs that the service answers; where the directory notes none, those entered in the encounter."""
    service = draft.service(draft.toward)
    noted = service.themes if service else []
    codes = noted or [need["theme"] for need in draft.fields.get("needs", [])]
    return [theme for theme in choices.load("theme").on(draft.day) if theme.code in codes]


def is_for(draft: Draft, theme: str) -> bool:
    """Tell whether the person is referred to the service for that need."""
    return any(r["service"] == draft.toward and r.get("theme") == theme for r in draft.fields.get("referrals", []))


async def refer(draft: Draft, theme: str) -> None:
    """Enter the need and the referral, or take the referral out again; the need stays, which may have been entered
    by itself. A service is referred to once: for another need, the referral moves to that one."""
    if is_for(draft, theme):
        await draft.toggle("referrals", "service", draft.toward)
        return
    if not draft.has("needs", "theme", theme):
        await draft.toggle("needs", "theme", theme)
    if draft.has("referrals", "service", draft.toward):
        await draft.change_referral(draft.toward, "theme", theme)
    else:
        await draft.toggle("referrals", "service", draft.toward, theme=theme)
