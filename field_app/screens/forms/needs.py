"""The needs of an encounter: the everyday ones as tiles, every other one on a sheet with a search."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import widgets
from field_app.screens.forms.parts import draw_unknown, list_proposed
from field_app.state.forms import needs as states
from field_app.state.forms.drafts import Draft
from field_app.widgets import sheet
from field_app.widgets.text_box import TextBox
from shared import choices, field_labels
from shared.choices import Choice

ROWS = {1: "Papiers et argent", 2: "Manger et se loger", 3: "Santé et lien social", 4: "Famille et avenir"}
"""What each row of tiles is about, as a screen reader says it."""
NOTHING = "Aucun besoin trouvé : essayez un mot plus simple, papiers ou loyer par exemple."


@ft.component
def Needs(draft: Draft) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the everyday needs, always at the same place; those chosen on the sheet; the button that opens it."""
    opened, set_opened = ft.use_state(False)
    close = partial(set_opened, False)
    ft.use_dialog(sheet.over_screen(NeedSheet(draft, close), close) if opened else None)
    rows, known = states.tile_rows(draft.day), choices.load("theme")
    at_once = {need.code for row in rows.values() for need in row}
    chosen = [need["theme"] for need in draft.fields.get("needs", [])]
    others = [known[code] for code in chosen if code in known and code not in at_once]
    return widgets.group(
        "Besoins",
        [_chips(draft, row, ROWS[number]) for number, row in rows.items()],
        _chips(draft, others, "Autres besoins choisis") if others else None,
        draw_unknown(draft, "needs", "theme", "theme"),
        _no_need(draft),
        widgets.row(widgets.button("Autres besoins", partial(set_opened, True), ft.Icons.SEARCH)),
        problem=draft.refusal("needs"),
    )


def _no_need(draft: Draft) -> ft.Control:
    """Draw the tile of who expressed no need, below the others: an encounter without it says that nobody asked."""
    chosen = bool(draft.value("no_need"))

    async def turn() -> None:
        if draft.fields.get("needs") and not chosen:
            widgets.ask(ft.context.page, _ask_to_remove(draft), "Garder", "Retirer", draft.say_no_need)
        else:
            await draft.put("no_need", None if chosen else True)

    name = field_labels.of("no_need")
    return widgets.chips([widgets.chip(name, chosen, turn, "no_need", ft.Icons.FORUM)], "Aucun besoin")


def _ask_to_remove(draft: Draft) -> str:
    """Return the question before the needs chosen go, and what goes with them."""
    many = len(draft.fields["needs"])
    question = "Retirer le besoin choisi ?" if many == 1 else f"Retirer les {many} besoins choisis ?"
    follow = any(referral.get("theme") for referral in draft.fields.get("referrals", []))
    return f"{question} Les orientations qui y répondent seront retirées aussi." if follow else question


def _chips(draft: Draft, shown: list[Choice], name: str) -> ft.Control:
    return widgets.chips([_chip(draft, need) for need in shown], name)


def _chip(draft: Draft, need: Choice) -> ft.Control:
    icon = getattr(ft.Icons, need.more["icon"]) if "icon" in need.more else None
    chosen = draft.has("needs", "theme", need.code)
    toggle = partial(draft.toggle, "needs", "theme", need.code)
    return widgets.chip(states.plain_name(need), chosen, toggle, need.code, icon)


@ft.component
def NeedSheet(draft: Draft, close: widgets.Action) -> ft.Control:  # noqa: N802
    """Draw every need: by family, or those that the words typed may mean. « Fermer » stays in sight."""
    typed, set_typed = ft.use_state("")
    themes = list_proposed(draft, "needs", "theme", choices.load("theme"))
    box = TextBox(
        "Chercher un besoin", typed, set_typed, hint_text="psy, papiers, permis…", autocorrect=False,
        prefix_icon=ft.Icons.SEARCH,
    )  # fmt: skip
    shown = _found(draft, states.find(typed, themes)) if typed.strip() else _by_family(draft, themes)
    return sheet.content_of("Autres besoins", close, box, shown)


def _found(draft: Draft, found: list[Choice]) -> list[ft.Control]:
    return [_chips(draft, found, "Besoins trouvés") if found else widgets.line(NOTHING)]


def _by_family(draft: Draft, themes: list[Choice]) -> list[ft.Control]:
    families = [
        (f.label, [t for t in themes if t.group == f.code]) for f in choices.load("theme_group").by_code.values()
    ]
    return [widgets.group(name, _chips(draft, shown, name)) for name, shown in families if shown]
