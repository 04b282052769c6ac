"""Two versions of one record, the worker's and another's: what both changed, chosen field by field."""

from __future__ import annotations

from typing import Any

from field_app.state.forms import no_need
from field_app.state.forms.drafts import Draft
from shared import merge
from shared.merge import Difference


def differences(draft: Draft) -> list[Difference]:
    """Return what there is to choose, as it was when the form opened; none when nobody else changed it."""
    opened = draft.opened
    found = merge.differences(draft.kind, opened.fields, _theirs(draft), draft.service_name, plain=True)
    asked = opened.clashes
    return [difference for difference in found if difference.field in asked]


def is_theirs(draft: Draft, name: str) -> bool:
    """Return whether the other version stands in that field."""
    return merge.alike(draft.kind, draft.fields, _theirs(draft), name)


async def take(draft: Draft, name: str, theirs: bool) -> None:
    """Put one of the two versions into a field. Needs, and that there are none, answer one question: both go in
    together, and the referrals follow the needs."""
    fields = _theirs(draft) if theirs else draft.opened.fields
    if name not in merge.ONE_OR_OTHER:
        await draft.put(name, fields.get(name))
        return
    chosen = {k: v for k, v in draft.fields.items() if k not in merge.ONE_OR_OTHER}
    chosen |= {k: fields[k] for k in merge.ONE_OR_OTHER if k in fields}
    there = chosen.get("referrals", [])
    known = {referral["id"] for referral in there}
    back = [referral for referral in fields.get("referrals", []) if referral["id"] not in known]
    await draft.enter(no_need.keep_answered(chosen | {"referrals": [*there, *back]} if back else chosen))


def _theirs(draft: Draft) -> dict[str, Any]:
    opened = draft.opened
    return opened.theirs["fields"] if opened.theirs else opened.fields
