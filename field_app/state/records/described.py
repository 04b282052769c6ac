"""A record in a few words, as a worker knows it."""

from __future__ import annotations

from field_app.state.forms.timer import spoken
from field_app.store.local_store import Kept
from shared import choices, field_labels, french, territory
from shared.models.follow_up import OUTCOME_LIST


def name(kept: Kept) -> str:
    """Return what tells a record from most others, in one line."""
    return f"{title(kept)}, {details(kept)}"


def title(kept: Kept) -> str:
    """Return a record in a few words: what, and where or which outcome."""
    if kept.kind == "follow_up":
        outcomes = choices.load(OUTCOME_LIST[kept.fields.get("subject_kind", "referral")])
        return f"{field_labels.KIND_LABELS[kept.kind]} · {outcomes.label_of(str(kept.fields.get('outcome', '')))}"
    if kept.kind == "service_report":
        problems = choices.load("service_problem")
        return f"{field_labels.KIND_LABELS[kept.kind]} · {problems.label_of(str(kept.fields.get('problem', '')))}"
    what = (
        field_labels.KIND_LABELS[kept.kind]
        if kept.edit_of is None
        else f"Modification · {field_labels.KIND_LABELS[kept.kind]}"
    )
    commune = territory.communes().get(str(kept.fields.get("commune")))
    return f"{what} · {commune.name if commune else 'commune à préciser'}"


def details(kept: Kept) -> str:
    """Return a record in one more line: day, place, whom."""
    fields = kept.fields
    year, month, day = (str(fields.get("day", "")) + "--").split("-")[:3]
    parts = [f"{day}/{month}/{year}" if day else ""]
    parts += [
        choices.load(name).label_of(fields[name])
        for name in ("place_type", "age_band", "gender", "session_type", "partner_type")
        if fields.get(name, "inconnu") != "inconnu"
    ]
    if "minutes" in fields:
        agents = fields.get("agents", 1)
        parts.append(f"{spoken(fields['minutes'])}{f', à {agents} agents' if agents > 1 else ''}")
    if "headcount" in fields:
        parts.append(french.format_count(fields["headcount"], "participant"))
    parts += [str(fields[name]) for name in ("structure", "establishment") if fields.get(name)]
    parts.append(field_labels.NO_NEED if fields.get("no_need") else "")
    return " · ".join(part for part in parts if part)


def needs_of(kept: Kept) -> list[str]:
    """Return the codes of the needs of an encounter, or of what a session was about."""
    codes = [need.get("theme") for need in kept.fields.get("needs", [])] or [kept.fields.get("theme")]
    return [str(code) for code in codes if code]
