"""The form of a group session: where and when, how many came, and as much of who as is known."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.forms.fields import Circumstances, single
from field_app.screens.forms.structure import Structure
from field_app.state.forms import margins
from field_app.state.forms.drafts import Draft
from field_app.widgets.text_box import TextBox
from shared import choices, field_labels, french
from shared.models.group_session import MOST_PEOPLE

NOT_TYPED: str | None = None
"""Nobody is typing a number; an empty field that is being typed in stays empty."""


def group_session(draft: Draft) -> list[widgets.Slot]:
    """Return the whole of its fields."""
    return [
        Circumstances(draft),
        Headcount(draft),
        single(draft, "session_type"),
        _theme(draft),
        _margin(draft, "ages"),
        _margin(draft, "genders"),
        Structure(draft, "partner", "Partenaire"),
        Structure(draft, "establishment", "Établissement"),
        single(draft, "school_holidays"),
    ]


@ft.component
def Headcount(draft: Draft) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw how many came: by taps, or typed. What is typed and cannot be is said, and changes nothing."""
    typed, set_typed = ft.use_state(NOT_TYPED)
    now, least = margins.headcount(draft.fields), margins.least(draft.fields)

    async def add(by: int) -> None:
        set_typed(NOT_TYPED)
        await draft.put("headcount", margins.headcount_of(draft.fields, margins.headcount(draft.fields) + by))

    async def listen(text: str) -> None:
        set_typed(text)
        if (number := _number(text)) and margins.least(draft.fields) <= number <= MOST_PEOPLE:
            await draft.put("headcount", number)

    box = TextBox(
        "Nombre", (str(now) if now else "") if typed is NOT_TYPED else typed, listen,
        on_blur=widgets.typed(lambda _: set_typed(NOT_TYPED)), width=120, text_size=28,
        text_align=ft.TextAlign.CENTER, keyboard_type=ft.KeyboardType.NUMBER,
    )  # fmt: skip
    steps = widgets.row(
        _big(ft.Icons.REMOVE, "Un participant de moins", partial(add, -1)),
        box,
        _big(ft.Icons.ADD, "Un participant de plus", partial(add, 1)),
        widgets.button("+5", partial(add, 5)),
        wrap=True,
        spacing=12,
        vertical_alignment=ft.CrossAxisAlignment.CENTER,
    )
    return widgets.group(
        "Nombre de participants", steps, _why(typed, now, least), problem=draft.refusal("headcount")
    )


def _big(icon: ft.IconData, name: str, on_tap: widgets.Action) -> ft.Control:
    """Draw a step that is tapped many times in a row, without looking."""
    return ft.FilledTonalIconButton(
        ft.Icon(icon, size=32, semantics_label=name), on_click=widgets.handler(on_tap), width=64, height=64
    )


def _number(typed: str) -> int:
    return int(typed) if typed.strip().isdecimal() else 0


def _why(typed: str | None, now: int, least: int) -> list[ft.Control]:
    """Draw why the number cannot be what was typed, or go lower."""
    lines: list[ft.Control] = []
    if typed and _number(typed) != now:
        lines.append(
            widgets.line(f"Écrivez un nombre de {least} à {MOST_PEOPLE}. Le nombre reste {now}.", color=theme.BAD)
        )
    if now and least > 1 and now <= least:
        lines.append(
            widgets.line(
                f"{least} sont déjà répartis plus bas : retirez-en avant de baisser le nombre.", color=theme.MUTED
            )
        )
    return lines


def _theme(draft: Draft) -> ft.Control:
    """Draw what it was about: the needs that are proposed, most used first."""
    chosen, known = draft.value("theme"), choices.load("theme")
    codes = [choice.code for choice in draft.themes]
    shown = [*codes, *([chosen] if chosen and chosen not in codes else [])]
    taps = [widgets.chip(known.label_of(c), chosen == c, partial(draft.choose, "theme", c)) for c in shown]
    return widgets.group("Thème", widgets.chips(taps, "Thème"), problem=draft.refusal("theme"))


def _margin(draft: Draft, part: str) -> ft.Control:
    """Draw a stepper for each code, up to what is left of the headcount."""
    left = margins.left(draft.fields, part)
    if not margins.headcount(draft.fields):
        said = "Dites d’abord combien de personnes sont venues."
    elif left < 0:
        said = f"{-left} de trop : retirez-en, ou augmentez le nombre de participants."
    else:
        said = f"{french.format_count(left, 'participant')} sans précision." if left else "Tout est réparti."
    shares = [
        ft.Container(_share(draft, part, c), col={"xs": 12, "md": 6}) for c in margins.codes(draft.fields, part)
    ]
    return widgets.group(
        field_labels.of(part),
        widgets.line(said, color=theme.BAD if left < 0 else theme.MUTED),
        widgets.grid(shares, run_spacing=4),
        problem=draft.refusal(part),
    )


def _share(draft: Draft, part: str, code: str) -> ft.Control:
    label = choices.load(margins.KEYS[part]).label_of(code)

    async def move(by: int) -> None:
        await draft.put(part, margins.moved(draft.fields, part, code, by))

    return widgets.row(
        widgets.filling(widgets.written(label, size=16)),
        widgets.step(ft.Icons.REMOVE, f"{label} : un de moins", partial(move, -1)),
        widgets.line(str(margins.people(draft.fields, part, code)), 20),
        widgets.step(ft.Icons.ADD, f"{label} : un de plus", partial(move, 1)),
    )
