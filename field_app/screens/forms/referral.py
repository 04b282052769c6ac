"""One referral of an encounter: what the person answers, and what is done for them."""

from __future__ import annotations

from functools import partial
from typing import Any

import flet as ft

from field_app import theme, widgets
from field_app.state.forms.drafts import Draft
from field_app.widgets import sight
from shared import choices

ANSWER = {"Elle accepte": True, "Elle refuse": False}
ANSWERED = "Réponse de la personne"
QUESTION = "La personne accepte-t-elle ?"
UNANSWERED = f"{QUESTION} Seules les orientations acceptées comptent."


def title_of(draft: Draft, referral: dict[str, Any]) -> str:
    """Return the title of the card of a referral."""
    return f"Orientation vers {draft.service_name(referral['service'])}"


def find_unanswered(draft: Draft) -> str:
    """Return the title of the last referral that the person has not answered, empty where there is none."""
    waiting = (r for r in reversed(draft.fields.get("referrals", [])) if r.get("accepted", True) is None)
    return next((title_of(draft, referral) for referral in waiting), "")


def referral_card(draft: Draft, referral: dict[str, Any]) -> ft.Control:
    """Draw a referral: the person's answer, which is asked first, what was done, its slip, the way out."""
    service = referral["service"]
    mode, accepted = referral.get("mode", "information"), referral.get("accepted", True)
    modes = [
        widgets.chip(c.label, mode == c.code, partial(draft.change_referral, service, "mode", c.code))
        for c in choices.load("referral_mode").by_code.values()
    ]
    # Chips, not a switch: the client would turn that by itself, even where the tap is not believed.
    answers = [
        widgets.chip(label, accepted is said, partial(draft.change_referral, service, "accepted", said))
        for label, said in ANSWER.items()
    ]
    title = title_of(draft, referral)
    # The service may be far, or gone from the directory: then no chip above takes it out.
    out = widgets.button("Retirer cette orientation", partial(draft.toggle, "referrals", "service", service))
    slip = widgets.button("Coupon", partial(draft.hand_over, referral), ft.Icons.QR_CODE_2)
    refused = bool(draft.refusal("referrals")) and accepted is None
    content = widgets.group(
        title,
        widgets.line(QUESTION, color=theme.MUTED) if accepted is None and not refused else None,
        widgets.chips(answers, ANSWERED),
        widgets.chips(modes, title),
        widgets.row(None if accepted is False else slip, out, wrap=True),
        problem=UNANSWERED if refused else "",
        key=sight.asked(title),
    )
    return widgets.framed(content, f"referral {service}")
