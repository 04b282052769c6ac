"""Begin a record: a new one with what is proposed, a draft that waited, one to correct or edit."""

from __future__ import annotations

from typing import Any

from field_app.state.desk import Desk
from field_app.state.forms import proposed
from field_app.state.forms.drafts import Draft
from field_app.store.local_store import Kept
from shared import choices, ids
from shared.models import KINDS


async def new(kind: str, desk: Desk) -> Draft:
    """Create a record, with the place, commune and action used last, the day of the outing and the slot of now, or
    the one chosen by hand just before."""
    last = await proposed.read_last(desk)
    await desk.look()
    fields: dict[str, Any] = {
        "action": desk.enrolment.action if desk.enrolment else next(iter(choices.load("action").by_code)),
        **desk.when,
        **last,
    }
    fields["slot"] = proposed.choose_slot(last, fields["day"], desk.clock())
    by_hand = fields["slot"] != desk.when["slot"]
    if desk.preferred.action:
        fields["action"] = desk.preferred.action
    return begun(kind, {k: v for k, v in fields.items() if k in KINDS[kind].model_fields}, desk, by_hand=by_hand)


def begun(kind: str, fields: dict[str, Any], desk: Desk, **more: Any) -> Draft:
    """Create an entry with those fields; kept at the first input. Until then its day is that of the outing."""
    kept, of_outing = Kept(ids.new_id(desk.today), kind, fields), fields.get("day") == str(desk.outing_day)
    return Draft(kind, fields, _desk=desk, _kept=kept, _untouched=of_outing, **more)


async def resume(kept: Kept, desk: Desk) -> Draft:
    """Resume a record: a draft that waited, or one to correct or edit, with what was already changed."""
    if kept.state != "draft":
        under_way = (k for k in await desk.store.all() if k.edit_of is not None and k.edit_of["id"] == kept.id)
        kept = next(under_way, kept.edit_under(ids.new_id(desk.today)))
    begun_from = await desk.store.note("toward")  # of the draft that was begun from a service, the last one
    toward = str(begun_from.get("service", "")) if begun_from.get("draft") == kept.id else ""
    return Draft(kept.kind, dict(kept.fields), toward=toward, _desk=desk, _kept=kept)
