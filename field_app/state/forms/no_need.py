"""« Pas de besoin, simple échange », or needs: what noting the one says of the other."""

from __future__ import annotations

from typing import Any

NEEDS, NONE = "needs", "no_need"
"""The fields that answer the one question of what the person needs. Without either nobody asked."""


def keep_answered(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields without the referrals that answer a need which is noted no more."""
    themes = {need["theme"] for need in fields.get(NEEDS, [])}
    left = [r for r in fields.get("referrals", []) if r.get("theme") in {None, *themes}]
    return fields | {"referrals": left} if "referrals" in fields else fields


def keep_one(fields: dict[str, Any], noted: str) -> dict[str, Any]:
    """Return the fields without what the one just noted says is not so."""
    other = {NEEDS: NONE, NONE: NEEDS}.get(noted)
    return {k: v for k, v in fields.items() if k != other} if fields.get(noted) else fields
