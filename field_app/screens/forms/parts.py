"""The parts of an encounter: more of its needs, the services that answer them, obstacles, rights."""

from __future__ import annotations

from functools import partial
from typing import Any

import flet as ft

from field_app import theme, widgets
from field_app.screens.forms.fields import draw_unknown, list_proposed
from field_app.screens.forms.offers import Offer
from field_app.screens.forms.referral import find_unanswered, referral_card
from field_app.state.forms.drafts import Draft
from shared import choices, field_labels

DETAILS = {"expression": "exprime", "last_mile": None}
"""What may be told of a need, and what holds while nobody told it."""
ASKED = {"expression": "Qui en a parlé ?", "last_mile": "Ce qui éloigne la personne"}
ANSWERS = {
    "exprime": "La personne l’a dit", "detecte": "Je l’ai remarqué",
    "geographique": "La distance", "social": "L’isolement", "culturel": "La langue ou la culture",
    "numerique": "Le numérique",
}  # fmt: skip
"""The same in a worker's words: the pact's own (« dernier kilomètre ») stay in the reports."""
ADD = {"obstacles": "Ajouter un frein", "rights": "Ajouter un droit à ouvrir"}


@ft.component
def Details(draft: Draft) -> ft.Control:  # noqa: N802
    """Draw what more is known of each need, closed until it is wanted: whether the person said it, and which last
    mile stands in its way."""
    needs = draft.fields.get("needs", [])
    opened, set_opened = ft.use_state(any(name in need for need in needs for name in DETAILS))
    if not opened:
        return widgets.buttons(
            widgets.button("Préciser les besoins", lambda: set_opened(True), ft.Icons.EXPAND_MORE)
        )
    return widgets.stack([_detail(draft, need, name) for need in needs for name in DETAILS], spacing=theme.EDGE)


def _detail(draft: Draft, need: dict[str, Any], name: str) -> ft.Control:
    chosen = need.get(name, DETAILS[name])
    title = f"{ASKED[name]} · {choices.load('theme').plain_of(need['theme'])}"
    taps = [
        widgets.chip(
            ANSWERS.get(c.code, c.label), chosen == c.code, partial(_tell, draft, need["theme"], name, c.code)
        )
        for c in choices.load(name).on(draft.day)
    ]
    return widgets.group(title, widgets.chips(taps, title))


async def _tell(draft: Draft, need: str, name: str, code: str) -> None:
    """Set that field of that need; the same code again clears it."""

    def told(entry: dict[str, Any]) -> dict[str, Any]:
        bare = {key: value for key, value in entry.items() if key != name}
        return bare if entry.get(name) == code else {**bare, name: code}

    needs = draft.fields.get("needs", [])
    await draft.put("needs", [told(entry) if entry["theme"] == need else entry for entry in needs])


@ft.component
def Referrals(draft: Draft) -> ft.Control:  # noqa: N802
    """Draw the services that answer each need, nearest first, with the referrals made for it; then those that are
    for none of them."""
    needs = [need["theme"] for need in draft.fields.get("needs", [])]
    offers = [Offer(draft, need, key=need) for need in needs]  # type: ignore[call-arg]  # flet's own
    wrong = "" if find_unanswered(draft) else draft.refusal("referrals")
    return widgets.stack(
        offers,
        [referral_card(draft, r) for r in draft.fields.get("referrals", []) if r.get("theme") not in needs],
        widgets.group(field_labels.of("referrals"), problem=wrong) if wrong else None,
        spacing=theme.EDGE,
    )


@ft.component
def Several(draft: Draft, part: str, key: str, list_name: str) -> ft.Control:  # noqa: N802
    """Draw chips of one list, any number of which may be chosen, closed until wanted: obstacles, rights."""
    opened, set_opened = ft.use_state(bool(draft.fields.get(part)))
    if not opened:
        return widgets.buttons(widgets.button(ADD[part], lambda: set_opened(True), ft.Icons.ADD))
    found, chosen = choices.load(list_name), [entry[key] for entry in draft.fields.get(part, [])]

    def tap(code: str) -> widgets.Action:
        return partial(draft.toggle, part, key, code)

    shown = [widgets.chip(c.label, c.code in chosen, tap(c.code)) for c in list_proposed(found, draft.day, chosen)]
    title = field_labels.of(part)
    return widgets.group(
        title,
        widgets.chips(shown, title),
        draw_unknown([code for code in chosen if code not in found], tap),
        problem=draft.refusal(part),
    )
