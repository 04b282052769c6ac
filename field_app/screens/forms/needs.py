"""The needs of an encounter, the theme of a group session: the everyday ones as tiles, every other one on a sheet
with a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import flet as ft

from field_app import widgets
from field_app.screens.forms.fields import draw_unknown, list_proposed
from field_app.state.forms import needs as states
from field_app.state.forms.drafts import Draft
from field_app.widgets import sheet
from field_app.widgets.text_box import TextBox
from shared import choices, field_labels
from shared.choices import Choice

ROWS = {1: "Papiers et argent", 2: "Manger et se loger", 3: "Santé et lien social", 4: "Famille et avenir"}
"""What each row of tiles is about, as a screen reader says it."""
NOTHING = "Aucun {word} trouvé : essayez un mot plus simple, papiers ou loyer par exemple."


Tap = Callable[[str], widgets.Action]
"""What a tap on the chip of a code does."""


@dataclass(frozen=True)
class NeedField:
    """What needs are chosen for: the field of a record, its title, what one of them is called, the
    words of the button that opens the sheet and of its search, and whether `several` may be chosen."""

    field: str
    title: str
    word: str
    others: str
    search: str
    several: bool

    def chosen(self, draft: Draft) -> list[str]:
        """Return the codes that stand in the record."""
        if self.several:
            return [need["theme"] for need in draft.fields.get(self.field, [])]
        return [str(code)] if (code := draft.fields.get(self.field)) else []

    async def toggle(self, draft: Draft, code: str) -> None:
        """Choose that one, or take it back."""
        await (draft.toggle(self.field, "theme", code) if self.several else draft.choose(self.field, code))


NEEDS = NeedField("needs", "Besoins", "besoin", "Autres besoins", "Chercher un besoin", several=True)
THEME = NeedField("theme", "Thème", "thème", "Autres thèmes", "Chercher un thème", several=False)


@ft.component
def Needs(draft: Draft, asked: NeedField = NEEDS) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the everyday needs, always at the same place; those chosen on the sheet; the button that opens it."""
    opened, set_opened = ft.use_state(False)
    close = partial(set_opened, False)
    ft.use_dialog(sheet.over_screen(NeedSheet(draft, asked, close), close) if opened else None)
    rows, known = states.tile_rows(draft.day), choices.load("theme")
    at_once = {need.code for row in rows.values() for need in row}
    chosen = asked.chosen(draft)
    others = [known[code] for code in chosen if code in known and code not in at_once]

    def tap(code: str) -> widgets.Action:
        return partial(asked.toggle, draft, code)

    return widgets.group(
        asked.title,
        [_chips(row, chosen, tap, ROWS[number]) for number, row in rows.items()],
        _chips(others, chosen, tap, f"{asked.others} choisis") if others else None,
        draw_unknown([code for code in chosen if code not in known], tap),
        _no_need(draft) if asked.field == "needs" else None,
        widgets.buttons(widgets.button(asked.others, partial(set_opened, True), ft.Icons.SEARCH)),
        problem=draft.refusal(asked.field),
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


def _chips(shown: list[Choice], chosen: list[str], tap: Tap, name: str) -> ft.Control:
    return widgets.chips([_chip(need, need.code in chosen, tap(need.code)) for need in shown], name)


def _chip(need: Choice, chosen: bool, on_tap: widgets.Action) -> ft.Control:
    icon = getattr(ft.Icons, need.more["icon"]) if "icon" in need.more else None
    return widgets.chip(need.plain, chosen, on_tap, need.code, icon)


@ft.component
def NeedSheet(draft: Draft, asked: NeedField, close: widgets.Action) -> ft.Control:  # noqa: N802
    """Draw every need: by family, or those that the words typed may mean. « Fermer » stays in sight; where only
    one is asked for, choosing it closes the sheet."""
    typed, set_typed = ft.use_state("")
    chosen = asked.chosen(draft)
    themes = list_proposed(choices.load("theme"), draft.day, chosen)
    box = TextBox(
        asked.search, typed, set_typed, hint_text="psy, papiers, permis…", autocorrect=False,
        prefix_icon=ft.Icons.SEARCH,
    )  # fmt: skip

    def tap(code: str) -> widgets.Action:
        async def toggle() -> None:
            await asked.toggle(draft, code)
            if not asked.several and code in asked.chosen(draft):
                await widgets.finish(close())

        return toggle

    if typed.strip():
        found = states.find(typed, themes)
        name = f"{asked.word.capitalize()}s trouvés"
        shown = [_chips(found, chosen, tap, name) if found else widgets.line(NOTHING.format(word=asked.word))]
    else:
        shown = _by_family(themes, chosen, tap)
    return sheet.content_of(asked.others, close, box, shown)


def _by_family(themes: list[Choice], chosen: list[str], tap: Tap) -> list[ft.Control]:
    families = [
        (f.label, [t for t in themes if t.group == f.code]) for f in choices.load("theme_group").by_code.values()
    ]
    return [widgets.group(name, _chips(shown, chosen, tap, name)) for name, shown in families if shown]
